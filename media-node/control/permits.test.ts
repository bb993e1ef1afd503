import { describe, expect, test } from "vitest";
import { newId } from "../../schema/values/ids.ts";
import { LEASE_MS, Node, query } from "./test-permits.ts";

describe("with a hub", () => {
  test("a call without any limit asks nobody and waits for nothing", async () => {
    const node = new Node();
    expect(await node.acquire(query({}))).toMatchObject({ kind: "granted" });
    node.link();
    expect(await node.acquire(query({}))).toMatchObject({ kind: "granted" });
    expect(node.types()).toEqual(["permits_held"]);
  });

  test("the request has the limits as the table has them; the permit goes back with the call", async () => {
    const node = new Node();
    node.link();
    const asked = query({ concurrency: 3, daily: 7, workspaceConcurrency: 5 });
    const { callId, permit } = await node.granted(asked);
    expect(node.said.at(-1)).toMatchObject({
      type: "permit_request",
      callId,
      limits: { workspace: 5, agent: 3, daily: 7 },
      limitsAt: { epoch: 1, version: 1 },
      maxCallMs: 780_000,
      mayQueue: false,
    });
    expect(node.client.held).toBe(1);
    await permit[Symbol.asyncDispose]();
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId });
    expect(node.client.held).toBe(0);
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("what the hub refuses is refused with its code", async () => {
    const node = new Node();
    node.link();
    const callId = newId("call");
    const answer = node.acquire(query({ concurrency: 1 }), callId);
    node.client.receive({ type: "permit_refused", requestId: "1", callId, code: "agent_limit" });
    expect(await answer).toMatchObject({ kind: "refused", code: "agent_limit" });
    expect(node.counted).toEqual(["refused"]);
  });

  test("an answer is waited for 300 ms; then the request is withdrawn and a late grant given back", async () => {
    const node = new Node();
    node.link();
    const callId = newId("call");
    const answer = node.acquire(query({ concurrency: 1 }), callId);
    await node.clock.advance(299);
    expect(node.types()).toEqual(["permits_held", "permit_request"]);
    await node.clock.advance(1);
    expect(await answer).toMatchObject({ kind: "refused", code: "limit_undecided" });
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId, isUnused: true });
    expect(node.beats).toBe(1);
    node.grant(callId);
    expect(node.said.slice(-2)).toEqual([
      { type: "permit_release", callId, isUnused: true },
      { type: "permit_release", callId, isUnused: true },
    ]);
    expect(node.client.held).toBe(0);
  });

  test("a CANCEL while the hub is asked withdraws the request", async () => {
    const node = new Node();
    node.link();
    const cancelling = new AbortController();
    const callId = newId("call");
    const answer = node.acquire(query({ concurrency: 1 }), callId, cancelling.signal);
    cancelling.abort();
    expect(await answer).toMatchObject({ kind: "refused", code: "cancelled" });
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId, isUnused: true });
    expect(await node.acquire(query({ concurrency: 1 }), callId, cancelling.signal)).toMatchObject({
      kind: "refused",
    });
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("after each link it says what it holds and who waits, and asks again for those", async () => {
    const node = new Node();
    node.link();
    const asked = query({ concurrency: 2, queue: { waitTimeoutSecs: 60 } });
    const { callId } = await node.granted(asked);
    const waiting = newId("call");
    const place = node.acquire(asked, waiting);
    node.client.receive({ type: "permit_queued", requestId: "2", callId: waiting, position: 1 });
    expect(await place).toMatchObject({ kind: "queued" });
    node.client.unlinked();
    await node.clock.advance(20_000);
    node.said.length = 0;
    node.link();
    expect(node.said).toMatchObject([
      { type: "permits_held", held: [{ callId, fence: 1 }], waiting: [waiting] },
      { type: "permit_request", callId: waiting, waitMs: 40_000 },
    ]);
  });
});

describe("without a hub", () => {
  test("never linked since its start it takes a share of each limit, at least one call", async () => {
    const node = new Node();
    const ten = query({ concurrency: 30, workspaceConcurrency: 100 });
    const kinds = [];
    for (let call = 0; call < 4; call += 1) kinds.push((await node.acquire(ten)).kind);
    expect(kinds).toEqual(["granted", "granted", "granted", "refused"]);
    const small = query({ concurrency: 1 });
    const first = await node.acquire(small);
    expect(first.kind).toBe("granted");
    expect(await node.acquire(small)).toMatchObject({ code: "limit_undecided" });
    if (first.kind === "granted") await first[Symbol.asyncDispose]();
    expect((await node.acquire(small)).kind).toBe("granted");
    expect((await node.acquire(query({ concurrency: 0 }))).kind).toBe("refused");
  });

  test("what it took alone is told to the first hub that it meets, and counts from then on", async () => {
    const node = new Node();
    const asked = query({ concurrency: 10 });
    const callId = newId("call");
    const permit = await node.acquire(asked, callId);
    node.link();
    expect(node.said).toMatchObject([{ type: "permits_held", held: [{ callId, fence: 0 }] }]);
    if (permit.kind === "granted") await permit[Symbol.asyncDispose]();
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId });
  });

  test("cut off in operation it takes no call beyond those that the hub has counted for it", async () => {
    const node = new Node();
    node.link();
    node.lease();
    const asked = query({ concurrency: 10 });
    const { permit } = await node.granted(asked);
    node.client.unlinked();
    expect(await node.acquire(asked)).toMatchObject({ kind: "refused", code: "limit_undecided" });
    await permit[Symbol.asyncDispose]();
    const again = await node.acquire(asked);
    expect(again.kind).toBe("granted");
    expect((await node.acquire(asked)).kind).toBe("refused");
    expect((await node.acquire(query({ concurrency: 10 }))).kind).toBe("refused");
    expect(node.client.held).toBe(1);
  });

  test("a permit changes calls only until the lease of the last answered beat ends", async () => {
    const node = new Node();
    node.link();
    node.lease();
    const asked = query({ concurrency: 10 });
    const { permit } = await node.granted(asked);
    node.client.unlinked();
    await permit[Symbol.asyncDispose]();
    await node.clock.advance(LEASE_MS);
    expect((await node.acquire(asked)).kind).toBe("refused");
  });

  test("a lease counts from when its beat was sent, not from its answer", async () => {
    const node = new Node();
    node.link();
    const asked = query({ concurrency: 10 });
    const { permit } = await node.granted(asked);
    const sentAtMs = node.clock.monotonicMs();
    await node.clock.advance(20_000);
    node.lease(sentAtMs);
    node.client.unlinked();
    await permit[Symbol.asyncDispose]();
    await node.clock.advance(LEASE_MS - 20_000);
    expect((await node.acquire(asked)).kind).toBe("refused");
  });

  test("a machine that was suspended does not believe its monotonic clock", async () => {
    const node = new Node();
    node.link();
    node.lease();
    const asked = query({ concurrency: 10 });
    const { permit } = await node.granted(asked);
    node.client.unlinked();
    await permit[Symbol.asyncDispose]();
    const { nowMs } = node.clock;
    node.clock.nowMs = () => nowMs() + LEASE_MS;
    expect((await node.acquire(asked)).kind).toBe("refused");
    node.clock.nowMs = () => nowMs() + LEASE_MS - 1;
    expect((await node.acquire(asked)).kind).toBe("granted");
  });

  test("a permit never carries a call that may last longer than what the hub counts on", async () => {
    const node = new Node();
    node.link();
    node.lease();
    const asked = query({ concurrency: 10 });
    const { permit } = await node.granted(asked);
    node.client.unlinked();
    await permit[Symbol.asyncDispose]();
    const longer = { ...asked, agent: { ...asked.agent, maxDurationSecs: 601 } };
    expect((await node.acquire(longer)).kind).toBe("refused");
    expect((await node.acquire(asked)).kind).toBe("granted");
  });

  test("a hub that is there and silent: what ends is used again, and told when it speaks", async () => {
    const node = new Node();
    node.link();
    node.lease();
    const asked = query({ concurrency: 10 });
    const [one, two] = [await node.granted(asked), await node.granted(asked)];
    const refused = node.acquire(asked);
    await node.clock.advance(300);
    expect((await refused).kind).toBe("refused");
    node.said.length = 0;
    await one.permit[Symbol.asyncDispose]();
    await two.permit[Symbol.asyncDispose]();
    expect(node.said).toEqual([]);
    const again = node.acquire(asked);
    await node.clock.advance(300);
    const reused = await again;
    expect(reused.kind).toBe("granted");
    node.said.length = 0;
    node.lease();
    expect(node.said).toEqual([{ type: "permit_release", callId: two.callId }]);
    if (reused.kind === "granted") await reused[Symbol.asyncDispose]();
    expect(node.said.at(-1)).toEqual({ type: "permit_release", callId: one.callId });
  });
});
