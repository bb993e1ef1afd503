import { describe, expect, test } from "vitest";
import { newId } from "../../schema/values/ids.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import { Node, query } from "./test-permits.ts";

describe("in the queue", () => {
  async function queued(node: Node, waitTimeoutSecs = 60) {
    node.link();
    const callId = newId("call");
    const answer = node.acquire(query({ concurrency: 1, queue: { waitTimeoutSecs } }), callId);
    node.client.receive({ type: "permit_queued", requestId: "1", callId, position: 1 });
    const place = await answer;
    if (place.kind !== "queued") throw new Error(place.kind);
    return { callId, place };
  }

  test("a call goes on when its permit comes, and gives it back at its end", async () => {
    const node = new Node();
    const { callId, place } = await queued(node);
    await node.clock.advance(5_000);
    node.grant(callId);
    expect(await place.admitted).toBe(null);
    expect(node.client).toMatchObject({ held: 1, waiting: 0 });
    await place[Symbol.asyncDispose]();
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId });
    expect(node.client.held).toBe(0);
    expect(node.counted).toEqual(["queued", "queue admitted 5000"]);
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("nobody waits longer than the agent's timeout", async () => {
    const node = new Node();
    const { callId, place } = await queued(node, 30);
    await node.clock.advance(30_000);
    expect(await place.admitted).toBe("queue_timeout");
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId });
    await place[Symbol.asyncDispose]();
    expect(node.counted.at(-1)).toBe("queue timeout 30000");
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("a caller who hangs up frees the place", async () => {
    const node = new Node();
    const { callId, place } = await queued(node);
    await place[Symbol.asyncDispose]();
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId });
    expect(node.client.waiting).toBe(0);
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("a limit of the day that is reached meanwhile ends the wait", async () => {
    const node = new Node();
    const { callId, place } = await queued(node);
    node.client.receive({ type: "permit_refused", requestId: "1", callId, code: "daily_limit" });
    expect(await place.admitted).toBe("daily_limit");
    await place[Symbol.asyncDispose]();
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("every beat asks again, so that a changed limit or a lost answer costs seconds at most", async () => {
    const node = new Node();
    const { callId } = await queued(node);
    await node.clock.advance(15_000);
    node.said.length = 0;
    node.limitsNow = { workspace: null, agent: 2, daily: 9 };
    node.lease();
    expect(node.said).toMatchObject([
      { type: "permit_request", callId, waitMs: 45_000, limits: node.limitsNow },
    ]);
    node.lease();
    expect(node.said).toHaveLength(1);
  });
});

describe("rates and days", () => {
  test("a trunk's calls a second are counted before anybody is asked", async () => {
    const node = new Node();
    node.link();
    const asked = query({ trunk: { id: "itrk_2", callsPerSecond: 2 } });
    const kinds = [];
    for (let call = 0; call < 3; call += 1) kinds.push(await node.acquire(asked));
    expect(kinds.map(({ kind }) => kind)).toEqual(["granted", "granted", "refused"]);
    expect(kinds.at(-1)).toMatchObject({ code: "trunk_rate_limit" });
    const other = { ...asked, trunk: { id: "itrk_3", callsPerSecond: 2 } };
    expect((await node.acquire(other)).kind).toBe("granted");
    await node.clock.advance(500);
    expect((await node.acquire(asked)).kind).toBe("granted");
  });

  test("a large daily limit alone keeps no call waiting: the hub is told, and says when to ask", async () => {
    const node = new Node();
    node.link();
    const asked = query({ daily: 100_000 });
    for (const calls of [1, 2]) {
      expect((await node.acquire(asked)).kind).toBe("granted");
      expect(node.said.at(-1)).toMatchObject({ type: "daily_used", calls, limit: 100_000 });
    }
    const agentId = asked.agent.id;
    const day = new Date(node.clock.nowMs()).toISOString().slice(0, 10);
    node.client.receive({ type: "daily_near", agentId, day });
    const callId = newId("call");
    const answer = node.acquire(asked, callId);
    await settle();
    expect(node.said.at(-1)).toMatchObject({ type: "permit_request", callId });
    node.client.receive({ type: "permit_refused", requestId: "1", callId, code: "daily_limit" });
    expect(await answer).toMatchObject({ kind: "refused", code: "daily_limit" });
  });

  test("without a hub a daily limit lets its share through, whether or not there was one before", async () => {
    const node = new Node();
    node.link();
    node.client.unlinked();
    const asked = query({ daily: 20 });
    const kinds = [];
    for (let call = 0; call < 3; call += 1) kinds.push((await node.acquire(asked)).kind);
    expect(kinds).toEqual(["granted", "granted", "refused"]);
    node.said.length = 0;
    node.link();
    expect(node.said.at(-1)).toMatchObject({ type: "daily_used", calls: 2, limit: 20 });
  });
});
