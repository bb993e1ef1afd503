import { describe, expect, test } from "vitest";
import { importSealingKey, unseal } from "../../schema/sealing/sealing.ts";
import { deps } from "../hub/test-fixture.ts";
import { agentRoute, create } from "./agent-test-client.ts";
import { AGENTS, newClient, type TestClient } from "./test-client.ts";

const TOKEN = `t-${crypto.randomUUID()}`;
const native = {
  protocol: "native",
  url: "wss://agent.example.com/call",
  headers: { Authorization: `Bearer ${TOKEN}` },
};

async function routedHeaders(client: TestClient, id: string): Promise<unknown> {
  const connection = (await agentRoute(client, id))?.connection;
  if (connection?.protocol !== "native" || connection.headers === null) return null;
  const key = await deps.secrets.regionKey(client.region);
  const owner = `${client.workspaceId}/${id}/headers`;
  const opened = await unseal(await importSealingKey(key.id, key.bytes), connection.headers, owner);
  return JSON.parse(opened);
}

async function routedToken(client: TestClient, id: string): Promise<string | null> {
  const connection = (await agentRoute(client, id))?.connection;
  if (connection === undefined || !("authToken" in connection)) return null;
  if (connection.authToken === null) return null;
  const key = await deps.secrets.regionKey(client.region);
  const owner = `${client.workspaceId}/${id}/auth-token`;
  return unseal(await importSealingKey(key.id, key.bytes), connection.authToken, owner);
}

describe("the connection of an agent", () => {
  test("a native connection reaches the nodes; its headers open there and are in no answer", async () => {
    const client = await newClient();
    const id = await create(client, { connection: native });
    const view = await client.ok("GET", `${AGENTS}/${id}`);
    expect(view.connection).toEqual({
      protocol: "native",
      url: native.url,
      header_names: ["Authorization"],
    });
    expect(JSON.stringify(view)).not.toContain(TOKEN);
    expect(JSON.stringify(await agentRoute(client, id))).not.toContain(TOKEN);
    expect(await routedHeaders(client, id)).toEqual(native.headers);
  });

  test("kept headers follow the URL within its origin and to no other host", async () => {
    const client = await newClient();
    const id = await create(client, { connection: native });
    const path = `${AGENTS}/${id}`;
    const moved = { protocol: "native", url: "wss://agent.example.com/other" };
    await client.ok("PATCH", path, { connection: moved });
    expect(await routedHeaders(client, id)).toEqual(native.headers);
    const stolen = { protocol: "native", url: "wss://thief.example.com/" };
    const refused = await client.call("PATCH", path, { connection: stolen });
    expect(refused.status).toBe(422);
    await client.ok("PATCH", path, { connection: { ...stolen, headers: {} } });
    expect(await routedHeaders(client, id)).toBeNull();
  });

  describe.each(["twilio", "telnyx"])("of the media streams of %s", (protocol) => {
    const streams = {
      protocol,
      url: "wss://agent.example.com/stream",
      headers: native.headers,
      auth_token: `token-${crypto.randomUUID()}`,
    };

    test("the token opens at the nodes and is in no answer", async () => {
      const client = await newClient();
      const id = await create(client, { connection: streams });
      const view = await client.ok("GET", `${AGENTS}/${id}`);
      expect(view.connection).toEqual({
        protocol,
        url: streams.url,
        header_names: ["Authorization"],
        has_auth_token: true,
      });
      expect(JSON.stringify(view)).not.toContain(streams.auth_token);
      expect(JSON.stringify(await agentRoute(client, id))).not.toContain(streams.auth_token);
      expect(await routedToken(client, id)).toBe(streams.auth_token);
    });

    test("a kept token follows the URL within its origin and to no other host, and is none of another protocol", async () => {
      const client = await newClient();
      const id = await create(client, { connection: streams });
      const path = `${AGENTS}/${id}`;
      const moved = { protocol, url: "wss://agent.example.com/other" };
      await client.ok("PATCH", path, { connection: moved });
      expect(await routedToken(client, id)).toBe(streams.auth_token);
      const stolen = { protocol, url: "wss://thief.example.com/", headers: {} };
      const refused = await client.call("PATCH", path, { connection: stolen });
      expect(refused.status).toBe(422);
      expect(await refused.text()).toContain("auth_token");
      await client.ok("PATCH", path, { connection: { ...moved, auth_token: "" } });
      expect(await routedToken(client, id)).toBeNull();

      await client.ok("PATCH", path, { connection: streams });
      await client.ok("PATCH", path, { connection: native });
      await client.ok("PATCH", path, { connection: moved });
      expect(await routedToken(client, id)).toBeNull();
    });

    test("a token that is no token is 422", async () => {
      const client = await newClient();
      for (const token of ["two words", "x".repeat(513), "\u00e9", 5]) {
        const connection = { ...streams, auth_token: token };
        const body = { conversation_config: {}, connection };
        expect((await client.call("POST", `${AGENTS}/create`, body)).status).toBe(422);
      }
    });
  });

  describe("of OpenAI Realtime", () => {
    const session = { instructions: "Be kind.", audio: { output: { voice: "marin" } } };
    const openai = {
      protocol: "openai",
      model: "gpt-realtime",
      session,
      api_key: `sk-${crypto.randomUUID()}`,
    };

    test("needs a model only, is at the vendor's unless it is said where, and its settings reach the nodes", async () => {
      const client = await newClient();
      const id = await create(client, { connection: { protocol: "openai", model: "m" } });
      const view = await client.ok("GET", `${AGENTS}/${id}`);
      expect(view.connection).toEqual({
        protocol: "openai",
        url: "wss://api.openai.com/v1/realtime",
        header_names: [],
        model: "m",
        session: {},
        speaks_first: true,
        functions: ["end_call", "transfer_call", "send_digits"],
        has_api_key: false,
      });
      const path = `${AGENTS}/${id}`;
      const url = "wss://x.openai.azure.com/openai/v1/realtime";
      const other = { ...openai, url, speaks_first: false, functions: ["end_call"] };
      await client.ok("PATCH", path, { connection: other });
      expect((await agentRoute(client, id))?.connection).toMatchObject({
        protocol: "openai",
        url,
        settings: { model: "gpt-realtime", session, speaksFirst: false, functions: ["end_call"] },
      });
    });

    test("the key opens at the nodes, is in no answer, and follows the URL to no other host", async () => {
      const client = await newClient();
      const id = await create(client, { connection: openai });
      const path = `${AGENTS}/${id}`;
      const view = await client.ok("GET", path);
      expect(view.connection).toMatchObject({ session, has_api_key: true });
      expect(JSON.stringify(view)).not.toContain(openai.api_key);
      expect(JSON.stringify(await agentRoute(client, id))).not.toContain(openai.api_key);
      expect(await routedToken(client, id)).toBe(openai.api_key);
      const { api_key: _, ...kept } = openai;
      const stolen = { ...kept, url: "wss://thief.example.com/" };
      const refused = await client.call("PATCH", path, { connection: stolen });
      expect(refused.status).toBe(422);
      expect(await refused.text()).toContain("api_key");
      await client.ok("PATCH", path, { connection: kept });
      expect(await routedToken(client, id)).toBe(openai.api_key);
    });

    test("a session that sets what the node sets, is too large or holds a tool's credentials is 422", async () => {
      const client = await newClient();
      for (const wrong of [
        { session: { type: "realtime" } },
        { session: { model: "another" } },
        { session: { instructions: "x".repeat(65_536) } },
        { session: { tools: [{ type: "mcp", server_label: "s", authorization: "secret" }] } },
        { session: { tools: [{ type: "mcp", server_label: "s", headers: { a: "b" } }] } },
        { model: "two words" },
        { functions: ["rm"] },
      ]) {
        const body = { conversation_config: {}, connection: { ...openai, ...wrong } };
        expect((await client.call("POST", `${AGENTS}/create`, body)).status).toBe(422);
      }
    });
  });

  describe("of ElevenLabs", () => {
    const elevenlabs = {
      protocol: "elevenlabs",
      agent_id: "agent_3701k3ttaq12ewp8b7qv5rfyszkz",
      api_key: `xi-${crypto.randomUUID()}`,
    };

    test("is the vendor's own where it names no other, and its key opens at the nodes and is in no answer", async () => {
      const client = await newClient();
      const id = await create(client, { connection: elevenlabs });
      const view = await client.ok("GET", `${AGENTS}/${id}`);
      expect(view.connection).toEqual({
        protocol: "elevenlabs",
        agent_id: elevenlabs.agent_id,
        url: "wss://api.elevenlabs.io",
        header_names: [],
        has_api_key: true,
      });
      const route = await agentRoute(client, id);
      expect(route?.connection).toMatchObject({
        protocol: "elevenlabs",
        url: `wss://api.elevenlabs.io/v1/convai/conversation?agent_id=${elevenlabs.agent_id}`,
      });
      // A key is part of a turn: an answer is collected where the settings say nothing.
      expect(route?.digitInput).toEqual({ timeoutMs: 2_000, hashTerminator: true });
      expect(JSON.stringify([view, route])).not.toContain(elevenlabs.api_key);
      expect(await routedToken(client, id)).toBe(elevenlabs.api_key);
    });

    test("may be of another residency or path; a public one has no key, and a kept key goes to no other host", async () => {
      const client = await newClient();
      const url = "wss://api.eu.residency.elevenlabs.io/proxy/";
      const id = await create(client, { connection: { ...elevenlabs, url } });
      const path = `${AGENTS}/${id}`;
      const { connection } = await client.ok("GET", path);
      expect(connection.url).toBe("wss://api.eu.residency.elevenlabs.io/proxy");
      const { api_key: _, ...keyless } = elevenlabs;
      await client.ok("PATCH", path, { connection: { ...keyless, url, agent_id: "agent_2" } });
      expect(await routedToken(client, id)).toBe(elevenlabs.api_key);
      const refused = await client.call("PATCH", path, { connection: keyless });
      expect(refused.status).toBe(422);
      expect(await refused.text()).toContain("api_key");
      await client.ok("PATCH", path, { connection: { ...keyless, api_key: "" } });
      expect((await client.ok("GET", path)).connection).toMatchObject({
        url: "wss://api.elevenlabs.io",
        has_api_key: false,
      });
      expect(await routedToken(client, id)).toBeNull();
    });

    test.each([
      { agent_id: "a b" },
      { agent_id: "" },
      { agent_id: undefined },
      { url: "https://api.elevenlabs.io" },
      { url: "wss://10.0.0.1" },
      { url: "nonsense" },
      { api_key: "two words" },
    ])("that is wrong is 422: %j", async (wrong) => {
      const client = await newClient();
      const body = { conversation_config: {}, connection: { ...elevenlabs, ...wrong } };
      expect((await client.call("POST", `${AGENTS}/create`, body)).status).toBe(422);
    });
  });

  test("a connection is wss, or ws to this machine while the policy is loopback", async () => {
    const client = await newClient();
    const statuses: [string, number][] = [];
    for (const url of [
      "ws://127.0.0.1:9000/agent",
      "wss://agent.example.com/",
      "ws://agent.example.com/",
      "https://agent.example.com/",
      "wss://10.0.0.1/",
      "wss://user:pass@agent.example.com/",
      "nonsense",
    ]) {
      const body = { conversation_config: {}, connection: { protocol: "native", url } };
      statuses.push([url, (await client.call("POST", `${AGENTS}/create`, body)).status]);
    }
    expect(statuses.map(([, status]) => status)).toEqual([200, 200, 422, 422, 422, 422, 422]);
  });

  test("a header that belongs to the handshake, or would end its line, is 422", async () => {
    const client = await newClient();
    for (const headers of [{ Host: "x" }, { "Sec-WebSocket-Key": "x" }, { "X-A": "1\r\nX-B: 2" }]) {
      const connection = { ...native, headers };
      const body = { conversation_config: {}, connection };
      expect((await client.call("POST", `${AGENTS}/create`, body)).status).toBe(422);
    }
  });

  test("headers of more than a request's head holds are 422", async () => {
    const client = await newClient();
    const headers = { "x-a": "y".repeat(4_096), "x-b": "y".repeat(4_096) };
    const connection = { protocol: "native", url: "wss://agent.example.com", headers };
    const response = await client.call("POST", `${AGENTS}/create`, { name: "h", connection });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("characters together");
  });
});
