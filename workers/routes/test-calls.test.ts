import { describe, expect, onTestFinished, test } from "vitest";
import { AGENT_SUBPROTOCOL } from "../../schema/contracts/agent-socket.ts";
import { problemSchema } from "../../schema/contracts/errors.ts";
import {
  TEST_CALL_ABILITY,
  type TestCallToNode,
  type TestCallView,
  testCallAudioPath,
  testCallViewSchema,
} from "../../schema/contracts/test-calls.ts";
import { newNode, newRegion, request } from "../hub/test-fixture.ts";
import { hello, openLink, state, type TestLink } from "../hub/test-link.ts";
import { type TestSocket, takeSocket } from "../hub/test-socket.ts";
import { importNumber, newAgent, newClient, type TestClient } from "./test-client.ts";

const PATH = "/v1/test-calls";
const INBOUND = { inbound_trunk_config: { allowed_addresses: ["192.0.2.1"] } };
const upgrade = { upgrade: "websocket" };

interface Placed {
  readonly client: TestClient;
  readonly link: TestLink;
  readonly view: TestCallView;
  readonly asked: TestCallToNode;
}

async function linkNode(region: string, abilities = [TEST_CALL_ABILITY]): Promise<TestLink> {
  const node = await newNode(region);
  const link = await openLink(node.credential);
  link.send({ ...hello(state(0, 0)), abilities });
  await link.next("welcome");
  return link;
}

/** A call that waits for both ends of its audio. */
async function place(key: string = crypto.randomUUID()): Promise<Placed> {
  const client = await newClient(newRegion());
  const link = await linkNode(client.region);
  const { id } = await importNumber(client, INBOUND);
  const placed = await request("POST", PATH, {
    body: { phone_number_id: id },
    headers: { "xi-api-key": client.key, "idempotency-key": key },
  });
  const view = testCallViewSchema.parse(await placed.json());
  return { client, link, view, asked: await link.next("test_call") };
}

function joinAs(client: TestClient, view: Pick<TestCallView, "audio_path">): Promise<Response> {
  return request("GET", view.audio_path, { headers: { ...upgrade, "xi-api-key": client.key } });
}

function joinAsNode(view: TestCallView, ticket: string): Promise<Response> {
  return request("GET", testCallAudioPath(view.test_call_id), {
    bearer: ticket,
    headers: { ...upgrade, "sec-websocket-protocol": AGENT_SUBPROTOCOL },
  });
}

async function joined(placed: Placed): Promise<{ browser: TestSocket; node: TestSocket }> {
  const { asked, client, view } = placed;
  const node = takeSocket(await joinAsNode(view, asked.question.ticket));
  const browser = takeSocket(await joinAs(client, view));
  expect(JSON.parse(await node.nextText())).toMatchObject({
    type: "ready",
    sample_rate_hz: 16_000,
  });
  expect(JSON.parse(await browser.nextText())).toEqual({ type: "connecting" });
  return { browser, node };
}

const problem = async (response: Response) => problemSchema.parse(await response.json());

describe("a test call", () => {
  test("is ordered of a node for the number, or the agent's number, with the call that will be in the history", async () => {
    const { asked, client, link, view } = await place("a-key");
    expect(asked).toMatchObject({
      testCallId: view.test_call_id,
      question: {
        callId: view.call_id,
        workspaceId: client.workspaceId,
        phoneNumberId: view.phone_number_id,
        caller: "console",
      },
    });
    expect(view.conversation_id.slice(5)).toBe(view.call_id.slice(5));
    expect(JSON.stringify(view)).not.toContain(asked.question.ticket);
    const body = { phone_number_id: view.phone_number_id };
    const headers = { "xi-api-key": client.key, "idempotency-key": "a-key" };
    const replayed = await request("POST", PATH, { body, headers });
    expect(await replayed.json()).toEqual(view);
    const again = await client.call("POST", PATH, body);
    expect([again.status, again.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(await problem(again)).toMatchObject({ code: "too_many_test_calls" });
    const { testCallId } = asked;
    link.send({ type: "test_call_end", testCallId, outcome: "done" });
    const agent_id = await newAgent(client);
    const without = await client.call("POST", PATH, { agent_id });
    expect(without.status).toBe(409);
    expect(await problem(without)).toMatchObject({ code: "agent_without_number" });
    const { id } = await importNumber(client, { ...INBOUND, agent_id });
    const placed = await client.ok("POST", PATH, { agent_id, caller: "+4930123456" });
    expect(placed.phone_number_id).toBe(id);
    expect((await link.next("test_call")).question.caller).toBe("+4930123456");
  });

  test("passes audio both ways at the pace of speech, keys and states, and ends for both with either", async () => {
    const { browser, node } = await joined(await place());
    const frame = new ArrayBuffer(640);
    const beganAtMs = Date.now();
    for (let sent = 0; sent < 200; sent += 1) browser.sendBytes(frame);
    browser.send(JSON.stringify({ type: "dtmf", digits: "5" }));
    let frames = 0;
    for (let text = await node.nextText(); ; text = await node.nextText()) {
      if (text.startsWith("{")) {
        expect(JSON.parse(text)).toEqual({ type: "send_digits", digits: "5", in_band: false });
        break;
      }
      frames += 1;
    }
    expect(frames).toBeGreaterThanOrEqual(10);
    // As much as could be said meanwhile, and what may come at once.
    expect(frames * 20).toBeLessThanOrEqual(Date.now() - beganAtMs + 200);
    for (let sent = 0; sent < 120; sent += 1) node.sendBytes(frame);
    for (const type of ["ringing", "answered"]) node.send(JSON.stringify({ type }));
    node.send("no JSON");
    const heard: string[] = [];
    while (heard.at(-1) !== '{"type":"answered"}') heard.push(await browser.nextText());
    // A second of audio that nobody says has come, and no more.
    expect(heard.filter((text) => !text.startsWith("{"))).toHaveLength(50);
    node.send(JSON.stringify({ type: "end", reason: "callee_hung_up" }));
    expect(JSON.parse(await browser.nextText())).toEqual({
      type: "ended",
      reason: "callee_hung_up",
    });
    expect(await browser.closed).toBe(1000);
    const other = await joined(await place());
    other.browser.cut();
    expect(JSON.parse(await other.node.nextText())).toEqual({ type: "hangup" });
  });

  test("is joined by its workspace and by the node's ticket alone, once each", async () => {
    const { asked, client, view } = await place();
    const { ticket } = asked.question;
    const stranger = await newClient();
    expect((await joinAs(stranger, view)).status).toBe(404);
    expect((await joinAsNode(view, "x".repeat(43))).status).toBe(404);
    const plain = await client.call("GET", view.audio_path);
    expect(plain.status).toBe(426);
    const made = await client.call("POST", "/v1/api-keys", { name: "R", scopes: ["calls:read"] });
    const { api_key: key } = await made.json<{ api_key: string }>();
    expect((await joinAs({ ...client, key }, view)).status).toBe(403);
    const asReader = { headers: { "xi-api-key": key }, body: { phone_number_id: "phnum_1" } };
    expect(await problem(await request("POST", PATH, asReader))).toMatchObject({
      code: "scope_missing",
      hint: "calls:create",
    });
    const cookieless = await request("GET", view.audio_path, { headers: upgrade });
    expect(cookieless.status).toBe(401);
    const node = await joinAsNode(view, ticket);
    expect(node.headers.get("sec-websocket-protocol")).toBe(AGENT_SUBPROTOCOL);
    takeSocket(node);
    takeSocket(await joinAs(client, view));
    expect((await joinAsNode(view, ticket)).status).toBe(409);
    const twice = await joinAs(client, view);
    expect(twice.status).toBe(409);
    expect(await problem(twice)).toMatchObject({ code: "test_call_joined" });
  });

  test("that no node can carry is told so, to whoever asks and to whoever waits", async () => {
    const client = await newClient(newRegion());
    const { id } = await importNumber(client, INBOUND);
    const body = { phone_number_id: id };
    const none = await client.call("POST", PATH, body);
    expect([none.status, (await problem(none)).code]).toEqual([503, "no_node_answers"]);
    const link = await linkNode(client.region, []);
    const old = await client.call("POST", PATH, body);
    expect([old.status, (await problem(old)).code]).toEqual([503, "test_call_not_supported"]);
    link.cut();
    await link.closed;
    const able = await linkNode(client.region);
    const view = testCallViewSchema.parse(await client.ok("POST", PATH, body));
    const waiting = takeSocket(await joinAs(client, view));
    const { testCallId } = await able.next("test_call");
    able.send({ type: "test_call_end", testCallId, outcome: "busy" });
    expect(JSON.parse(await waiting.nextText())).toEqual({ type: "ended", reason: "node_busy" });
    const gone = await joinAsNode(view, "x".repeat(43));
    expect(gone.status).toBe(404);
    onTestFinished(() => able.cut());
  });

  test("names what it is for: a number of the workspace that takes calls, and a caller that may stand in a URI", async () => {
    const client = await newClient();
    const foreign = await importNumber(await newClient(), INBOUND);
    const unknown = await client.call("POST", PATH, { phone_number_id: foreign.id });
    expect(unknown.status).toBe(404);
    const outbound = await importNumber(client, {
      supports_inbound: false,
      outbound_trunk_config: { address: "sip.carrier.example", transport: "tls" },
    });
    const deaf = await client.call("POST", PATH, { phone_number_id: outbound.id });
    expect([deaf.status, (await problem(deaf)).code]).toEqual([409, "number_takes_no_calls"]);
    for (const body of [{}, { phone_number_id: "a", agent_id: "b" }]) {
      expect((await client.call("POST", PATH, body)).status).toBe(422);
    }
    const caller = "a@b>\r\nX: y";
    const bad = await client.call("POST", PATH, { phone_number_id: foreign.id, caller });
    expect(bad.status).toBe(422);
    expect((await problem(bad)).errors?.[0]).toMatchObject({ pointer: "/caller" });
  });
});
