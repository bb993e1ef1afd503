import { afterEach, describe, expect, test, vi } from "vitest";
import { VENDOR_OPERATIONS } from "../../schema/contracts/vendor-operations.ts";
import { request } from "../hub/test-fixture.ts";
import { agentRoute } from "./agent-test-client.ts";
import { AGENTS, importNumber, NUMBERS, newAgent, newClient, newNumber } from "./test-client.ts";
import { wav } from "./test-wav.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the vendor's operations", () => {
  test("that are refused answer 400 in the vendor's shape, with the reason; a key is asked for first", async () => {
    const client = await newClient();
    for (const { method, note, path, state } of VENDOR_OPERATIONS) {
      if (state !== "refused") continue;
      const at = path.replaceAll(/\{\w+\}/g, "one");
      const response = await client.call(method, at, method === "GET" ? undefined : {});
      expect([at, response.status, await response.json()]).toEqual([
        at,
        400,
        { detail: { status: "not_supported", message: note } },
      ]);
    }
    expect((await request("GET", "/v1/convai/conversation/token")).status).toBe(401);
  });

  test("that are supported are in our own document", async () => {
    const document = await (await request("GET", "/openapi.json")).json<{
      paths: Record<string, Record<string, unknown>>;
    }>();
    const missing = VENDOR_OPERATIONS.filter(
      ({ method, path, state }) =>
        state === "supported" && document.paths[path]?.[method.toLowerCase()] === undefined,
    );
    expect(missing).toEqual([]);
  });
});

describe("numbers", () => {
  test.each(["twilio", "exotel"])("of %s are refused with what to do instead", async (provider) => {
    const client = await newClient();
    const body = { phone_number: newNumber(), label: "L", provider, sid: "AC", token: "secret" };
    const response = await client.call("POST", NUMBERS, body);
    const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
    expect([response.status, detail]).toMatchObject([
      422,
      [{ loc: ["body", "provider"], type: "provider_not_supported", hint: "sip_trunk" }],
    ]);
    expect(await client.ok("GET", `${NUMBERS}?provider=${provider}`)).toEqual([]);
  });

  test("are found by the branch that they were given, in both lists", async () => {
    const client = await newClient();
    const { id } = await importNumber(client);
    await importNumber(client);
    await client.ok("PATCH", `${NUMBERS}/${id}`, { branch_id: "agtbrch_1" });
    const first = await client.ok("GET", `${NUMBERS}?branch_id=agtbrch_1`);
    const second = await client.ok("GET", "/v1/convai/v2/phone-numbers?branch_id=agtbrch_1");
    for (const found of [first, second.phone_numbers]) {
      expect(found.map((one: { phone_number_id: string }) => one.phone_number_id)).toEqual([id]);
    }
  });

  test("have the port of their trunk in the node's address, and a pasted URI is told apart", async () => {
    const client = await newClient();
    const trunk = { address: "[2001:db8::1]", port: 5080, transport: "tcp" };
    const { id } = await importNumber(client, { outbound_trunk_config: trunk });
    expect((await client.ok("GET", `${NUMBERS}/${id}`)).outbound_trunk).toMatchObject(trunk);
    const pasted = { address: "<sip:100@PBX.example.com:5061;transport=tls>" };
    const body = { phone_number: newNumber(), label: "L", outbound_trunk_config: pasted };
    const response = await client.call("POST", NUMBERS, body);
    const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
    expect([response.status, detail[0]]).toMatchObject([
      422,
      { split: { address: "pbx.example.com", port: 5061, transport: "tls" } },
    ]);
    const wrong = { ...body, outbound_trunk_config: { address: "pbx.example.com", port: 0 } };
    expect((await client.call("POST", NUMBERS, wrong)).status).toBe(422);
  });
});

describe("agents", () => {
  test("are duplicated with settings, secrets and audio, and without numbers", async () => {
    const client = await newClient();
    const connection = {
      protocol: "elevenlabs",
      agent_id: "agent_theirs",
      api_key: "out-of-sight",
      headers: { "X-Secret": "as well" },
    };
    const { agent_id: id } = await client.ok("POST", `${AGENTS}/create`, {
      name: "Ada",
      connection,
      conversation_config: { agent: { first_message: "Hello", unknown: [1] } },
    });
    const bytes = wav(8_000);
    await request("PUT", `/v1/agents/${id}/audio-files/sorry`, {
      headers: { "xi-api-key": client.key, "content-type": "audio/wav" },
      body: bytes,
    });
    await client.ok("PATCH", `${AGENTS}/${id}`, {
      fallback: { action: "announcement", audio_file: "sorry" },
    });
    await importNumber(client, { agent_id: id });
    const key = crypto.randomUUID();
    const duplicate = async (body: object) => {
      const response = await request("POST", `${AGENTS}/${id}/duplicate`, {
        headers: { "xi-api-key": client.key, "idempotency-key": key },
        body,
      });
      return response.json<{ agent_id: string }>();
    };
    const { agent_id: copy } = await duplicate({});
    expect((await duplicate({})).agent_id).toBe(copy);
    const [from, to] = [
      await client.ok("GET", `${AGENTS}/${id}`),
      await client.ok("GET", `${AGENTS}/${copy}`),
    ];
    const { metadata: _made, ...rest } = from;
    expect(to).toMatchObject({ ...rest, agent_id: copy, name: "Ada (copy)", phone_numbers: [] });
    const route = await agentRoute(client, copy);
    expect(route).toMatchObject({ fallback: { action: "announcement" } });
    // The original's end takes nothing of the copy.
    await client.ok("DELETE", `${AGENTS}/${id}`);
    const { data } = await client.ok("GET", `/v1/agents/${copy}/audio-files`);
    expect(data).toMatchObject([{ name: "sorry", bytes: bytes.length }]);
    const stranger = await newClient(client.region);
    expect((await stranger.call("POST", `${AGENTS}/${copy}/duplicate`, {})).status).toBe(404);
  });

  test("have hold audio as a file of theirs, told to their nodes by its name", async () => {
    const client = await newClient();
    const id = await newAgent(client);
    const path = `${AGENTS}/${id}/hold-audio`;
    const upload = async (bytes: Uint8Array<ArrayBuffer>, at = path) => {
      const form = new FormData();
      form.set("hold_audio_file", new File([bytes], "jazz.wav", { type: "audio/wav" }));
      const encoded = new Response(form);
      return request("POST", at, {
        headers: {
          "xi-api-key": client.key,
          "content-type": encoded.headers.get("content-type") ?? "",
        },
        body: new Uint8Array(await encoded.arrayBuffer()),
      });
    };
    const bytes = wav(16_000);
    const set = await upload(bytes);
    expect([set.status, await set.json()]).toMatchObject([
      200,
      {
        agent_id: id,
        hold_audio: { original_filename: "jazz.wav", duration_secs: 2, size_bytes: bytes.length },
      },
    ]);
    expect((await agentRoute(client, id))?.audioFiles).toMatchObject({
      "hold-audio": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const view = await client.ok("GET", `${AGENTS}/${id}`);
    expect(view.platform_settings.queueing_config.hold_audio).toMatchObject({ duration_secs: 2 });

    const mp3 = await upload(new Uint8Array([0x49, 0x44, 0x33]));
    expect([mp3.status, await mp3.json()]).toMatchObject([
      422,
      { detail: [{ loc: ["body", "hold_audio_file"], type: "audio_not_playable" }] },
    ]);
    expect((await client.call("POST", path, {})).status).toBe(415);
    expect((await upload(new Uint8Array(2_000_000))).status).toBe(413);
    expect((await upload(bytes, `${AGENTS}/agent_nobody/hold-audio`)).status).toBe(404);
    await client.ok("DELETE", path);
    expect((await client.call("DELETE", path)).status).toBe(404);
    expect((await agentRoute(client, id))?.audioFiles).toEqual({});
  });

  test("that nobody archived are in no list of archived ones", async () => {
    const client = await newClient();
    await newAgent(client);
    const agents = async (query: string) => (await client.ok("GET", `${AGENTS}?${query}`)).agents;
    expect(await agents("archived=false&show_only_owned_agents=true")).toHaveLength(1);
    expect(await agents("archived=true")).toEqual([]);
    expect(await agents("created_by_user_id=somebody")).toEqual([]);
  });
});

/** A body without an end: whoever reads all of it never answers. */
function endless(): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(16_384).fill(0x20);
  return new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
}

describe("signed URLs", () => {
  const PATH = "/v1/convai/conversation/get-signed-url";

  async function signing(answer: () => Promise<Response>) {
    const client = await newClient();
    const connection = { protocol: "elevenlabs", agent_id: "agent_theirs", api_key: "their-key" };
    const body = { connection, conversation_config: {} };
    const { agent_id: id } = await client.ok("POST", `${AGENTS}/create`, body);
    const asked: Request[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
      asked.push(new Request(input, init));
      return answer();
    });
    return { client, id, asked };
  }

  test("are asked for at the agent's own platform, with the agent's own key", async () => {
    const signed_url = "wss://api.elevenlabs.io/v1/convai/conversation?token=t";
    const { asked, client, id } = await signing(async () => Response.json({ signed_url }));
    for (const path of [PATH, "/v1/convai/conversation/get_signed_url"]) {
      const query = `agent_id=${id}&include_conversation_id=true&branch_id=b&environment=staging`;
      expect(await client.ok("GET", `${path}?${query}`)).toEqual({ signed_url });
    }
    const [first] = asked;
    expect([first?.url, first?.headers.get("xi-api-key"), first?.redirect]).toEqual([
      "https://api.elevenlabs.io/v1/convai/conversation/get-signed-url?agent_id=agent_theirs&include_conversation_id=true&branch_id=b&environment=staging",
      "their-key",
      "manual",
    ]);
  });

  test.each([
    ["an insecure URL", async () => Response.json({ signed_url: "ws://example.com/x" }), 400],
    ["a refusal", async () => new Response("no", { status: 401 }), 400],
    ["a redirect", async () => Response.redirect("https://example.com/"), 400],
    ["no JSON", async () => new Response("hello"), 400],
    ["what never ends", async () => new Response(endless()), 400],
    ["a fault", async () => new Response(null, { status: 500 }), 503],
    ["silence", () => Promise.reject(new Error("their-key")), 503],
  ])("that the platform answers with %s are not given", async (_, answer, status) => {
    const { client, id } = await signing(answer);
    const response = await client.call("GET", `${PATH}?agent_id=${id}`);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain("their-key");
  });

  test("are had neither of agents on other platforms nor of other workspaces", async () => {
    const client = await newClient();
    const id = await newAgent(client);
    const response = await client.call("GET", `${PATH}?agent_id=${id}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { detail: { status: "signed_url_not_supported" } },
    ]);
    const stranger = await newClient(client.region);
    expect((await stranger.call("GET", `${PATH}?agent_id=${id}`)).status).toBe(404);
    expect((await client.call("GET", PATH)).status).toBe(422);
    expect((await client.call("POST", PATH, {})).status).toBe(405);
  });
});
