import { describe, expect, test } from "vitest";
import { reachedVoicemail, type VoicemailReport } from "../../schema/contracts/agent-voicemail.ts";
import { callStartedSchema } from "../../schema/contracts/call-record.ts";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import { answeringMachineDetectionSchema } from "../../schema/contracts/webhook.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { readTable } from "../db/routing-changes.ts";
import { findDelivery, listPending } from "../db/webhooks.ts";
import { deps, newCallRecord, newNode, refuseWebhooks, request } from "../hub/test-fixture.ts";
import { AGENTS, newClient, type TestClient } from "./test-client.ts";

refuseWebhooks();

/** What the nodes are told of the workspace's one agent. */
async function routeOf(client: TestClient): Promise<unknown> {
  const changes = await readTable(deps.db, client.region, { after: 0, upTo: 1_000, limit: 100 });
  const entry = changes.map((change) => routingEntrySchema.parse(change)).at(-1);
  return entry?.kind === "agent" ? entry.value?.voicemail : undefined;
}

const withTool = (params: unknown) => ({
  conversation_config: {
    agent: {
      prompt: { built_in_tools: { voicemail_detection: { name: "voicemail_detection", params } } },
    },
  },
});
const DEFAULTS = { decisionTimeoutMs: 6_000, beepTimeoutMs: 45_000 };

describe("an agent's voicemail detection", () => {
  test("is off unless it is asked for, and for rows of before", async () => {
    const client = await newClient();
    await client.ok("POST", `${AGENTS}/create`, { conversation_config: {} });
    expect(await routeOf(client)).toBeNull();
  });

  test("of the vendor's tool leaves its message, or hangs up where it has none", async () => {
    const client = await newClient();
    const { agent_id: id } = await client.ok(
      "POST",
      `${AGENTS}/create`,
      withTool({ system_tool_type: "voicemail_detection", voicemail_message: "Call {{who}}." }),
    );
    const leaves = { action: "leave_message", message: "Call {{who}}.", ...DEFAULTS };
    expect(await routeOf(client)).toEqual(leaves);
    const silent = { system_tool_type: "voicemail_detection", voicemail_message: "" };
    await client.ok("PATCH", `${AGENTS}/${id}`, withTool(silent));
    expect(await routeOf(client)).toEqual({ action: "hang_up", message: null, ...DEFAULTS });
  });

  test("of our own setting is stronger than the tool, is given back, and can be off", async () => {
    const client = await newClient();
    const tool = withTool({ system_tool_type: "voicemail_detection" });
    const own = { action: "leave_message", decision_timeout_secs: 4, beep_timeout_secs: 30 };
    const body = { ...tool, voicemail_detection: own };
    const { agent_id: id } = await client.ok("POST", `${AGENTS}/create`, body);
    const route = { action: "leave_message", message: null, beepTimeoutMs: 30_000 };
    expect(await routeOf(client)).toEqual({ ...route, decisionTimeoutMs: 4_000 });
    const view = await client.ok("GET", `${AGENTS}/${id}`);
    expect(view.voicemail_detection).toEqual(own);
    await client.ok("PATCH", `${AGENTS}/${id}`, { voicemail_detection: { action: "off" } });
    expect(await routeOf(client)).toBeNull();
  });

  test("is refused with the member that is wrong", async () => {
    const client = await newClient();
    const response = await client.call("POST", `${AGENTS}/create`, {
      voicemail_detection: { action: "beep", beep_timeout_secs: 3_600 },
    });
    expect(response.status).toBe(422);
    const { detail } = await response.json<{ detail: { loc: string[] }[] }>();
    expect(detail.map(({ loc }) => loc.at(-1))).toEqual(["action", "beep_timeout_secs"]);
  });
});

const REPORT: VoicemailReport = {
  verdict: "machine",
  confidence: 0.8,
  cause: "long_greeting",
  atMs: 3_120,
  beepAtMs: null,
  action: "leave_message",
  message: null,
};

describe("what a node says of an answer", () => {
  async function setUp() {
    const client = await newClient();
    const node = await newNode(client.region);
    const created = await client.ok("POST", "/v1/workspace/webhooks", {
      settings: { auth_type: "hmac", name: "hook", webhook_url: "https://hooks.example.com/" },
    });
    const workspaceId = parseId("workspace", client.workspaceId);
    if (workspaceId === null) throw new Error("ids");
    const record = {
      ...newCallRecord(client.region, workspaceId),
      direction: "outbound",
      voicemail: REPORT,
    } as const;
    const send = async (...events: readonly unknown[]) => {
      const body = { events };
      const response = await request("POST", "/v1/nodes/events", { bearer: node.credential, body });
      return await response.json<{ accepted: string[] }>();
    };
    const { answeredAtMs } = record;
    const call = { ...callStartedSchema.parse(record), answeredAtMs, voicemail: REPORT };
    const screened = { kind: "call_screened", eventId: newId("event"), call };
    /** The bodies that wait for the endpoint. */
    const pending = async () => {
      const rows = await listPending(deps.db, created.webhook_id, 10);
      const bodies = rows.map(async ({ id }) => (await findDelivery(deps.db, id))?.body ?? null);
      return (await Promise.all(bodies)).map((body) => JSON.parse(body ?? "{}"));
    };
    const view = () => client.ok("GET", `/v1/convai/conversations/${record.conversationId}`);
    return { client, record, screened, send, pending, view };
  }

  test("is told by webhook once while the call lasts, and is in the conversation", async () => {
    const { screened, send, pending, record, view } = await setUp();
    expect((await send(screened)).accepted).toEqual([screened.eventId]);
    await send(screened, { ...screened, eventId: newId("event") });
    const told = await pending();
    expect(told).toHaveLength(1);
    // As it is stored: its place among the call's events comes with each delivery.
    const stored = answeringMachineDetectionSchema.omit({ event_id: true, sequence: true });
    const body = stored.parse(told[0]);
    expect(body.data).toEqual({
      verdict: "machine",
      confidence: 0.8,
      cause: "long_greeting",
      at_ms: 3_120,
      beep_at_ms: null,
      action: "leave_message",
      message: null,
      agent_id: record.agentId,
      conversation_id: record.conversationId,
      from_number: "+15005550100",
      to_number: "+15005550199",
      call_sid: "sid",
    });
    expect(await view()).toMatchObject({
      status: "in-progress",
      answering_machine_detection: { verdict: "machine", beep_at_ms: null },
      metadata: { features_usage: { voicemail_detection: { enabled: true, used: true } } },
    });
  });

  test("is completed by the end, which may come in one batch with it", async () => {
    const { record, screened, send, pending, view } = await setUp();
    const message = { atMs: 9_300, after: "beep" } as const;
    const voicemail = { ...REPORT, verdict: "machine_beep", beepAtMs: 9_020, message } as const;
    const ended = { kind: "call_ended", eventId: newId("event"), call: { ...record, voicemail } };
    expect((await send(screened, ended)).accepted).toHaveLength(2);
    expect(await view()).toMatchObject({
      status: "done",
      answering_machine_detection: {
        verdict: "machine_beep",
        at_ms: 3_120,
        beep_at_ms: 9_020,
        message: { at_ms: 9_300, after: "beep" },
      },
    });
    const told = (await pending()).map(({ type }) => type);
    expect(told.toSorted()).toEqual(["answering_machine_detection", "post_call_transcription"]);
  });

  test("of a call that was erased is taken, and nobody is told", async () => {
    const { client, record, screened, send, pending } = await setUp();
    await send({ kind: "call_ended", eventId: newId("event"), call: record });
    await client.ok("DELETE", `/v1/convai/conversations/${record.conversationId}`);
    expect((await send(screened)).accepted).toEqual([screened.eventId]);
    expect(await pending()).toEqual([]);
  });

  test("of calls without it is nothing: neither enabled nor used", async () => {
    const { record, send, view } = await setUp();
    const { voicemail: _none, ...plain } = record;
    await send({ kind: "call_ended", eventId: newId("event"), call: plain });
    expect(await view()).toMatchObject({
      answering_machine_detection: null,
      metadata: { features_usage: { voicemail_detection: { enabled: false, used: false } } },
    });
  });
});

test("only a machine that may have taken a message is voicemail", () => {
  const reached = (changes: Partial<VoicemailReport>) =>
    reachedVoicemail({ ...REPORT, ...changes });
  expect(reached({})).toBe(true);
  expect(reached({ verdict: "machine_beep", cause: "beep" })).toBe(true);
  expect(reached({ cause: "network_announcement" })).toBe(false);
  expect(reached({ verdict: "human", cause: "short_greeting" })).toBe(false);
  expect(reached({ verdict: "unknown", cause: "undecided" })).toBe(false);
  expect(reachedVoicemail(undefined)).toBe(false);
});
