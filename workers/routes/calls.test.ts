import { describe, expect, test } from "vitest";
import {
  type CallActionOutcome,
  type CallActionToNode,
  callViewSchema,
} from "../../schema/contracts/call-control.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { newCallRecord, newNode, request } from "../hub/test-fixture.ts";
import { greet, openLink } from "../hub/test-link.ts";
import { newClient, type TestClient } from "./test-client.ts";

const CALLS = "/v1/calls";
type Stage = "call_started" | "call_answered" | "call_ended";

/** A workspace, a node of its region on the link, and calls that the node tells of. */
async function region() {
  const client = await newClient();
  const node = await newNode(client.region);
  const tell = async (stage: Stage, more: Partial<CallRecord> = {}): Promise<CallRecord> => {
    const workspaceId = parseId("workspace", client.workspaceId);
    if (workspaceId === null) throw new Error("not a workspace");
    const record = { ...newCallRecord(client.region, workspaceId), nodeId: node.nodeId, ...more };
    const call = stage === "call_ended" ? record : { ...record, endedAtMs: undefined };
    const body = { events: [{ kind: stage, eventId: newId("event"), call }] };
    const answer = await request("POST", "/v1/nodes/events", { bearer: node.credential, body });
    const said = await answer.text();
    if (answer.status !== 200 || said.includes('rejected":[{')) throw new Error(said);
    return record;
  };
  return { client, node, tell };
}

/** The node's end of the link, answering every action alike. */
async function answering(credential: string, outcome: CallActionOutcome | null) {
  const link = await openLink(credential);
  await greet(link);
  const asked: Omit<CallActionToNode, "type">[] = [];
  void (async () => {
    for (;;) {
      const message = await link.next("call_action");
      const { type: _type, ...action } = message;
      asked.push(action);
      const { actionId } = message;
      if (outcome !== null) link.send({ type: "call_action_result", actionId, outcome });
    }
  })().catch(() => undefined);
  return asked;
}

const idsOf = async (client: TestClient, query = ""): Promise<string[]> =>
  (await client.ok("GET", `${CALLS}${query}`)).data.map(
    ({ call_id }: { call_id: string }) => call_id,
  );

async function problemOf(response: Response) {
  const problem = problemSchema.parse(await response.json());
  return { status: response.status, code: problem.code, errors: problem.errors };
}

describe("the list of live calls", () => {
  test("has those that ring and those that an agent has, newest first, and none that has ended", async () => {
    const { client, tell } = await region();
    const ringing = await tell("call_started", { startedAtMs: 1_790_000_002_000 });
    const up = await tell("call_answered", { direction: "outbound" });
    const ended = await tell("call_ended");
    expect(await idsOf(client)).toEqual([ringing.callId, up.callId]);
    expect(await idsOf(client, "?status=ringing")).toEqual([ringing.callId]);
    expect(await idsOf(client, "?status=in_progress")).toEqual([up.callId]);
    expect(await idsOf(client, "?direction=inbound")).toEqual([ringing.callId]);
    expect(await idsOf(client, `?agent_id=${up.agentId}`)).toEqual([up.callId]);
    expect(await idsOf(client, `?phone_number_id=${up.phoneNumberId}`)).toEqual([up.callId]);
    const one = await client.ok("GET", `${CALLS}/${up.callId}`);
    expect(callViewSchema.parse(one)).toMatchObject({
      conversation_id: up.conversationId,
      status: "in_progress",
      started_at: "2026-09-21T14:13:20.000Z",
      answered_at: "2026-09-21T14:13:21.000Z",
      ended_at: null,
      end: null,
    });
    expect(await client.ok("GET", `${CALLS}/${ended.callId}`)).toMatchObject({
      status: "ended",
      duration_secs: 30,
      end: { code: "caller_hung_up" },
    });
    // The first test of a file pays for the Worker's start as well.
  }, 20_000);

  test("is paged, and a cursor of other filters is 400", async () => {
    const { client, tell } = await region();
    const calls: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      calls.unshift((await tell("call_started", { startedAtMs: 1_790_000_000_000 + i })).callId);
    }
    const first = await client.ok("GET", `${CALLS}?page_size=2`);
    expect([first.data.length, first.has_more]).toEqual([2, true]);
    const rest = await client.ok("GET", `${CALLS}?page_size=2&cursor=${first.next_cursor}`);
    expect(rest).toMatchObject({
      data: [{ call_id: calls[2] }],
      has_more: false,
      next_cursor: null,
    });
    const query = `?direction=inbound&cursor=${first.next_cursor}`;
    expect((await client.call("GET", `${CALLS}${query}`)).status).toBe(400);
  });
});

describe("an action", () => {
  test("is done by the node that has the call, once for each Idempotency-Key", async () => {
    const { client, node, tell } = await region();
    const { callId } = await tell("call_answered");
    const asked = await answering(node.credential, "done");
    const keyed = (key: string, digits: string) =>
      request("POST", `${CALLS}/${callId}/dtmf`, {
        headers: { "xi-api-key": client.key, "idempotency-key": key },
        body: { digits },
      });
    expect(await (await keyed("a", "12#")).json()).toEqual({
      call_id: callId,
      action: "dtmf",
      status: "done",
    });
    const again = await keyed("a", "12#");
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(asked).toEqual([
      { actionId: expect.any(String), callId, action: { kind: "dtmf", digits: "12#" } },
    ]);
    expect((await keyed("a", "99")).status).toBe(422);
    const transfer = { destination: "+4930123400" };
    expect(await client.ok("POST", `${CALLS}/${callId}/transfer`, transfer)).toMatchObject({
      status: "started",
    });
    expect(await client.ok("POST", `${CALLS}/${callId}/hangup`)).toMatchObject({
      action: "hangup",
    });
    expect(asked.slice(1).map(({ action }) => action)).toEqual([
      { kind: "transfer", destination: "+4930123400", method: "conference" },
      { kind: "hangup" },
    ]);
  });

  test("on a call of another workspace is 404, and the node hears nothing of it", async () => {
    const { client, node, tell } = await region();
    const { callId } = await tell("call_answered");
    const asked = await answering(node.credential, "done");
    const other = await newClient(client.region);
    expect((await other.call("POST", `${CALLS}/${callId}/hangup`)).status).toBe(404);
    expect((await other.call("GET", `${CALLS}/${callId}`)).status).toBe(404);
    expect(await idsOf(other)).toEqual([]);
    expect((await client.call("POST", `${CALLS}/call_unknown/hangup`)).status).toBe(404);
    expect((await request("POST", `${CALLS}/${callId}/hangup`)).status).toBe(401);
    expect(asked).toEqual([]);
  });

  test("on a call that has ended is 409, whoever knows of its end", async () => {
    const { client, node, tell } = await region();
    const ended = await tell("call_ended");
    const gone = await tell("call_answered");
    await answering(node.credential, "call_ended");
    for (const { callId } of [ended, gone]) {
      const answer = await client.call("POST", `${CALLS}/${callId}/hangup`);
      expect(await problemOf(answer)).toMatchObject({ status: 409, code: "call_ended" });
    }
  });

  test("on a node that is not linked, or says nothing, is 503 with when to try again", async () => {
    const { client, node, tell } = await region();
    const { callId } = await tell("call_answered");
    const unlinked = await client.call("POST", `${CALLS}/${callId}/hangup`);
    expect(unlinked.headers.get("retry-after")).toBe("2");
    expect(await problemOf(unlinked)).toMatchObject({ status: 503, code: "node_unreachable" });
    await answering(node.credential, null);
    const silent = await client.call("POST", `${CALLS}/${callId}/hangup`);
    expect(await problemOf(silent)).toMatchObject({ status: 503, code: "node_unreachable" });
  });

  test.each([
    ["dtmf", { digits: "12x" }, "/digits"],
    ["dtmf", {}, "/digits"],
    ["transfer", { destination: "" }, "/destination"],
    ["transfer", { destination: "+49", method: "teleport" }, "/method"],
  ])("%s with %o is 422 at its field", async (action, body, pointer) => {
    const { client, tell } = await region();
    const { callId } = await tell("call_answered");
    const answer = await client.call("POST", `${CALLS}/${callId}/${action}`, body);
    expect(await problemOf(answer)).toMatchObject({ status: 422, errors: [{ pointer }] });
  });

  test("that the call's rules refuse is 422 at the destination", async () => {
    const { client, node, tell } = await region();
    const { callId } = await tell("call_answered");
    await answering(node.credential, "destination_not_allowed");
    const body = { destination: "+19005550100" };
    const answer = await client.call("POST", `${CALLS}/${callId}/transfer`, body);
    expect(await problemOf(answer)).toMatchObject({
      status: 422,
      errors: [{ pointer: "/destination", code: "destination_not_allowed" }],
    });
  });
});
