import { describe, expect, test } from "vitest";
import { agentRouteSchema, inboundTrunkRouteSchema } from "../../schema/contracts/routing.ts";
import { importSealingKey, unseal } from "../../schema/sealing/sealing.ts";
import { readTable } from "../db/routing-changes.ts";
import { deps } from "../hub/test-fixture.ts";
import { AGENTS, importNumber, newClient, type TestClient } from "./test-client.ts";

const SETTINGS = "/v1/convai/settings";
const KEY = "conversation_initiation_client_data_webhook";
const TOKEN = `t-${crypto.randomUUID()}`;
const webhook = {
  url: "https://crm.example.com/pre-call?tenant=7",
  request_headers: { Authorization: `Bearer ${TOKEN}`, "X-Plain": "p" },
};
const enabled = {
  overrides: { enable_conversation_initiation_client_data_from_webhook: true },
};

async function newAgent(client: TestClient, platformSettings?: object): Promise<string> {
  const body = { conversation_config: {}, platform_settings: platformSettings };
  return (await client.ok("POST", `${AGENTS}/create`, body)).agent_id;
}

async function routeOf(client: TestClient, id: string) {
  const page = { after: 0, upTo: 1_000_000, limit: 1_000 };
  const change = (await readTable(deps.db, client.region, page)).find((one) => one.entityId === id);
  return agentRouteSchema.parse(change?.value).preCallWebhook;
}

async function routedHeaders(client: TestClient, id: string): Promise<unknown> {
  const sealed = (await routeOf(client, id))?.headers;
  if (sealed == null) return null;
  const key = await deps.secrets.regionKey(client.region);
  const owner = `${client.workspaceId}/${id}/pre-call`;
  return JSON.parse(await unseal(await importSealingKey(key.id, key.bytes), sealed, owner));
}

describe("settings of a workspace", () => {
  test("that never changed are the vendor's defaults", async () => {
    const client = await newClient();
    expect(await client.ok("GET", SETTINGS)).toEqual({
      [KEY]: null,
      webhooks: { post_call_webhook_id: null, events: ["transcript"], send_audio: false },
      default_livekit_stack: "standard",
      can_use_mcp_servers: false,
    });
  });

  test("keep what a change does not name, and a field that nobody here knows", async () => {
    const client = await newClient();
    await client.ok("PATCH", SETTINGS, {
      webhooks: { post_call_webhook_id: "whe_1" },
      can_use_mcp_servers: true,
      rag_retention_period_days: 3,
    });
    const changed = await client.ok("PATCH", SETTINGS, {
      webhooks: { transcript_format: "json" },
      default_livekit_stack: "static",
      can_use_mcp_servers: null,
    });
    expect(await client.ok("GET", SETTINGS)).toEqual({
      [KEY]: null,
      webhooks: {
        post_call_webhook_id: "whe_1",
        events: ["transcript"],
        send_audio: false,
        transcript_format: "json",
      },
      default_livekit_stack: "static",
      can_use_mcp_servers: true,
      rag_retention_period_days: 3,
    });
    expect(changed.default_livekit_stack).toBe("static");
  });

  test("take the vendor's own example, whose header is the request's in any case", async () => {
    const client = await newClient();
    const example = {
      request_headers: { "Content-Type": "application/json" },
      url: "https://example.com/webhook",
    };
    const { [KEY]: view } = await client.ok("PATCH", SETTINGS, { [KEY]: example });
    expect(view.url).toBe(example.url);
  });

  test("of one workspace are not those of another", async () => {
    const [one, other] = [await newClient(), await newClient()];
    await one.ok("PATCH", SETTINGS, { [KEY]: webhook });
    expect((await other.ok("GET", SETTINGS))[KEY]).toBe(null);
    expect((await one.call("GET", SETTINGS)).status).toBe(200);
  });

  test("names the headers and never their values, which the database holds sealed", async () => {
    const client = await newClient();
    const changed = await client.ok("PATCH", SETTINGS, { [KEY]: webhook });
    const read = await client.ok("GET", SETTINGS);
    expect(read[KEY]).toEqual({
      url: webhook.url,
      request_headers: {
        Authorization: { secret_id: "stored" },
        "X-Plain": { secret_id: "stored" },
      },
      timeout_ms: 3_000,
      on_failure: "continue",
    });
    expect(JSON.stringify([changed, read])).not.toContain(TOKEN);
    const rows = await deps.db.read((reader) =>
      reader.all(`SELECT * FROM workspace_settings WHERE workspace_id = '${client.workspaceId}'`),
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
  });

  test("sent back as they were read keep the stored values, and a new text replaces one", async () => {
    const client = await newClient();
    const agentId = await newAgent(client, enabled);
    await client.ok("PATCH", SETTINGS, { [KEY]: { ...webhook, timeout_ms: 700 } });
    const { [KEY]: read } = await client.ok("GET", SETTINGS);
    await client.ok("PATCH", SETTINGS, { [KEY]: read });
    expect(await routedHeaders(client, agentId)).toEqual(webhook.request_headers);
    await client.ok("PATCH", SETTINGS, {
      [KEY]: {
        url: "https://crm.example.com/other-path",
        request_headers: { ...read.request_headers, "X-Plain": "q" },
      },
    });
    expect(await routedHeaders(client, agentId)).toEqual({
      ...webhook.request_headers,
      "X-Plain": "q",
    });
    expect((await routeOf(client, agentId))?.timeoutMs).toBe(700);
  });

  test.each([
    ["another host", { url: "https://evil.example.net/", request_headers: undefined }],
    [
      "another host, by reference",
      {
        url: "https://evil.example.net/",
        request_headers: { Authorization: { secret_id: "stored" } },
      },
    ],
    ["a header that is not kept", { request_headers: { "X-New": { secret_id: "stored" } } }],
    ["a secret of nobody", { request_headers: { Authorization: { secret_id: "other" } } }],
  ])("give a kept value to nobody else: %s is refused", async (_, change) => {
    const client = await newClient();
    await client.ok("PATCH", SETTINGS, { [KEY]: webhook });
    const refused = await client.call("PATCH", SETTINGS, { [KEY]: { ...webhook, ...change } });
    expect(refused.status).toBe(422);
    expect((await client.ok("GET", SETTINGS))[KEY].url).toBe(webhook.url);
  });

  test.each([
    ["a private address", { url: "https://10.0.0.1/" }],
    ["the metadata service", { url: "https://169.254.169.254/latest" }],
    ["a host without TLS", { url: "http://crm.example.com/" }],
    ["credentials in the URL", { url: "https://u:p@crm.example.com/" }],
    ["no URL", { url: "crm" }],
    ["a header with a line break", { request_headers: { A: "x\r\nB: y" } }],
    ["a name that is none", { request_headers: { "A B": "x" } }],
    ["the request's own header", { request_headers: { Host: "x" } }],
    ["too short a deadline", { timeout_ms: 499 }],
    ["too long a deadline", { timeout_ms: 10_001 }],
    ["an unknown policy", { on_failure: "retry" }],
  ])("with %s are refused with 422", async (_, change) => {
    const client = await newClient();
    const body = { [KEY]: { ...webhook, ...change } };
    expect((await client.call("PATCH", SETTINGS, body)).status).toBe(422);
    expect((await client.ok("GET", SETTINGS))[KEY]).toBe(null);
  });
});

describe("the route of an agent", () => {
  test("has the workspace's webhook only while the agent enables it", async () => {
    const client = await newClient();
    const [asking, silent] = [await newAgent(client, enabled), await newAgent(client)];
    const changed = await client.ok("PATCH", SETTINGS, {
      [KEY]: { ...webhook, timeout_ms: 1_500, on_failure: "reject" },
    });
    expect(await routeOf(client, silent)).toBe(null);
    expect(await routeOf(client, asking)).toMatchObject({
      url: webhook.url,
      timeoutMs: 1_500,
      onFailure: "reject",
      overrides: { conversationConfig: [], customLlmExtraBody: false },
    });
    expect(await routedHeaders(client, asking)).toEqual(webhook.request_headers);
    expect(changed.routing_revision).toBeGreaterThan(0);

    await client.ok("PATCH", `${AGENTS}/${silent}`, { platform_settings: enabled });
    expect((await routeOf(client, silent))?.url).toBe(webhook.url);
    await client.ok("PATCH", `${AGENTS}/${silent}`, {
      platform_settings: {
        overrides: { enable_conversation_initiation_client_data_from_webhook: false },
      },
    });
    expect(await routeOf(client, silent)).toBe(null);

    await client.ok("PATCH", SETTINGS, { [KEY]: null });
    expect(await routeOf(client, asking)).toBe(null);
  });

  test("has the agent's own webhook before the workspace's, and the workspace's again after null", async () => {
    const client = await newClient();
    await client.ok("PATCH", SETTINGS, { [KEY]: webhook });
    const own = { url: "https://own.example.org/", request_headers: { "X-Own": TOKEN } };
    const id = await newAgent(client, { ...enabled, workspace_overrides: { [KEY]: own, a: 1 } });
    expect((await routeOf(client, id))?.url).toBe(own.url);
    expect(await routedHeaders(client, id)).toEqual({ "X-Own": TOKEN });
    const view = await client.ok("GET", `${AGENTS}/${id}`);
    expect(view.platform_settings).toMatchObject({
      ...enabled,
      workspace_overrides: {
        a: 1,
        [KEY]: { url: own.url, request_headers: { "X-Own": { secret_id: "stored" } } },
      },
    });
    expect(JSON.stringify(view)).not.toContain(TOKEN);

    // Sent back whole, as clients do that read, change and write.
    const { platform_settings } = view;
    await client.ok("PATCH", `${AGENTS}/${id}`, { name: "Renamed", platform_settings });
    expect(await routedHeaders(client, id)).toEqual({ "X-Own": TOKEN });

    // A change of the workspace's is not one of this agent's.
    await client.ok("PATCH", SETTINGS, { [KEY]: { ...webhook, timeout_ms: 9_000 } });
    expect(await routeOf(client, id)).toMatchObject({ url: own.url, timeoutMs: 3_000 });

    await client.ok("PATCH", `${AGENTS}/${id}`, {
      platform_settings: { workspace_overrides: { [KEY]: null } },
    });
    expect(await routeOf(client, id)).toMatchObject({ url: webhook.url, timeoutMs: 9_000 });
    const rows = await deps.db.read((reader) =>
      reader.all(`SELECT * FROM agents WHERE id = '${id}'`),
    );
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
  });

  test("says which overrides are enabled, and a name with a dot enables none", async () => {
    const client = await newClient();
    await client.ok("PATCH", SETTINGS, { [KEY]: webhook });
    const id = await newAgent(client, {
      overrides: {
        ...enabled.overrides,
        custom_llm_extra_body: true,
        conversation_config_override: {
          agent: { first_message: true, language: false, prompt: { prompt: true } },
          tts: { voice_id: true },
          "agent.language": true,
        },
      },
    });
    expect((await routeOf(client, id))?.overrides).toEqual({
      conversationConfig: ["agent.first_message", "agent.prompt.prompt", "tts.voice_id"],
      customLlmExtraBody: true,
    });
  });

  test("is right after settings and agents have changed at the same time", async () => {
    const client = await newClient();
    const id = await newAgent(client, enabled);
    await Promise.all([
      client.ok("PATCH", SETTINGS, { [KEY]: webhook }),
      client.ok("PATCH", `${AGENTS}/${id}`, { name: "A" }),
      client.ok("PATCH", SETTINGS, { [KEY]: { ...webhook, timeout_ms: 2_000 } }),
      client.ok("PATCH", `${AGENTS}/${id}`, { name: "B" }),
    ]);
    const { [KEY]: stands } = await client.ok("GET", SETTINGS);
    expect((await routeOf(client, id))?.timeoutMs).toBe(stands.timeout_ms);
  });
});

test("an inbound trunk's attributes_to_headers reach the nodes", async () => {
  const client = await newClient();
  const map = { system__conversation_id: "X-Conversation-Id" };
  await importNumber(client, { inbound_trunk_config: { attributes_to_headers: map } });
  const page = { after: 0, upTo: 1_000_000, limit: 1_000 };
  const rows = await readTable(deps.db, client.region, page);
  const trunk = rows.find(({ kind }) => kind === "inbound_trunk");
  expect(inboundTrunkRouteSchema.parse(trunk?.value).attributesToHeaders).toEqual(map);
});
