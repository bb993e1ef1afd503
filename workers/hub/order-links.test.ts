import { describe, expect, test } from "vitest";
import { place, TestRegion } from "./test-region.ts";

describe("silence", () => {
  test("before the acceptance: asked when its time has passed, and two seconds later another node has it", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { accepts, asked, reports } = await place(region);
    await region.pass(9_999);
    expect([region.offers.length, region.words]).toEqual([1, []]);
    await region.pass(1);
    expect(region.words).toEqual([["node-a", "order_query"]]);
    await region.pass(1_999);
    expect(region.offers).toHaveLength(1);
    await region.pass(1);
    expect(region.offers).toEqual([
      ["node-a", 1],
      ["node-b", 2],
    ]);
    // The first wakes up: it is told to leave it, and nothing that it says counts.
    await accepts("node-a", 1);
    await reports("node-a", 1, "ringing");
    expect(region.words.slice(1)).toEqual([
      ["node-a", "order_cancel"],
      ["node-a", "order_cancel"],
    ]);
    expect(asked.answer).toBeUndefined();
    await accepts("node-b", 2);
    await reports("node-b", 2, "ringing");
    expect(asked.answer).toMatchObject({ success: true });
  });

  test("on a link that may be dead: nobody else is given it before the node is heard again", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b", 1);
    await place(region);
    const node = region.nodes.get("node-a");
    if (node !== undefined) node.heardAtMs = region.nowMs + 9_000;
    await region.pass(25_000);
    expect(region.offers).toEqual([["node-a", 1]]);
    if (node !== undefined) node.heardAtMs = region.nowMs;
    await region.pass(2_000);
    expect(region.offers).toEqual([
      ["node-a", 1],
      ["node-b", 2],
    ]);
  });

  test("on a link on which nothing is heard again: unknown after the lease", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b", 1);
    await place(region);
    const node = region.nodes.get("node-a");
    if (node !== undefined) node.heardAtMs = region.nowMs;
    await region.pass(45_000);
    expect(region.end).toMatchObject({ code: "outcome_unknown", isProvisional: true });
    expect(region.offers).toEqual([["node-a", 1]]);
  });

  test("an answer to the question keeps the order where it is", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { reports } = await place(region);
    await region.pass(10_000);
    await reports("node-a", 1, "ringing");
    await region.pass(60_000);
    expect(region.offers).toHaveLength(1);
  });

  test("of the only node: what became of it is unknown, and it is never dialled again", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, asked } = await place(region);
    await region.pass(12_000);
    expect(asked.answer).toMatchObject({ success: false });
    expect(region.end).toMatchObject({ code: "outcome_unknown", isProvisional: true });
    region.link("node-b");
    await accepts("node-a", 1);
    await region.pass(60_000);
    expect(region.offers).toHaveLength(1);
    expect(region.words).toEqual([
      ["node-a", "order_query"],
      ["node-a", "order_cancel"],
    ]);
  });

  test("after the acceptance, beyond all ringing: asked, then unknown, never given to another", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { accepts, asked } = await place(region);
    await accepts("node-a", 1);
    await region.pass(119_999);
    expect(asked.answer).toMatchObject({ success: true });
    expect(region.words).toEqual([]);
    await region.pass(1);
    expect(region.words).toEqual([["node-a", "order_query"]]);
    await region.pass(30_000);
    expect(region.end).toMatchObject({ code: "outcome_unknown" });
    expect(region.offers).toHaveLength(1);
  });

  test("the client never waits more than thirty seconds", async () => {
    const region = new TestRegion();
    for (const nodeId of ["node-a", "node-b", "node-c", "node-d"]) region.link(nodeId);
    const { asked } = await place(region);
    await region.pass(29_999);
    expect(asked.answer).toBeUndefined();
    await region.pass(1);
    expect(asked.answer).toMatchObject({ success: true, sipCallId: null });
  });
});

describe("links that break", () => {
  test("before the acceptance: the node is asked when it is back, and given it again only if it never had it", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { refuses } = await place(region);
    region.unlink("node-a");
    await region.pass(5_000);
    region.link("node-a");
    expect(region.words).toEqual([["node-a", "order_query"]]);
    expect(region.offers).toHaveLength(1);
    await refuses("node-a", 1, "unknown_order", false);
    expect(region.offers).toHaveLength(2);
    expect(region.offers[1]?.[1]).toBe(2);
  });

  test("a node that never had the order cannot know its fence; unasked, its word counts for nothing", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { refuses } = await place(region);
    await refuses("node-a", 1, "ports_exhausted", false);
    const second = await place(region);
    region.unlink("node-a");
    region.link("node-a");
    await second.refuses("node-a", 7, "unknown_order", false);
    expect(region.offers.slice(1)).toEqual([
      ["node-a", 1],
      ["node-a", 2],
    ]);
    // An answer that comes twice must not take away what has been given since.
    await second.refuses("node-a", 1, "unknown_order", false);
    expect(region.offers).toHaveLength(3);
  });

  test("an order that never left is given to another node at once", async () => {
    const region = new TestRegion();
    region.link("node-b", 5);
    // The socket closes while it is chosen.
    region.link("node-a");
    const send = region.nodes.get.bind(region.nodes);
    region.nodes.has = (nodeId: string) => nodeId !== "node-a" && send(nodeId) !== undefined;
    await place(region);
    expect(region.offers).toEqual([["node-b", 2]]);
  });

  test("before the acceptance and for good: it may have been dialled, so nobody else is given it", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { asked } = await place(region);
    region.unlink("node-a");
    await region.pass(29_999);
    expect(asked.answer).toBeUndefined();
    await region.pass(1);
    expect(asked.answer).toMatchObject({ success: false });
    expect(region.end).toMatchObject({ code: "outcome_unknown", isProvisional: true });
    await region.pass(60_000);
    expect(region.offers).toEqual([["node-a", 1]]);
  });

  test("after the acceptance: asked on the new link, and its word counts", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, asked, reports } = await place(region);
    await accepts("node-a", 1);
    region.unlink("node-a");
    await region.pass(4_000);
    region.link("node-a");
    expect(region.words).toEqual([["node-a", "order_query"]]);
    await reports("node-a", 1, "ended", { sipStatus: 603, sipReason: "Decline", endCode: "x" });
    expect(asked.answer).toMatchObject({
      success: false,
      message: "INVITE failed: sip status: 603: Decline (SIP 603)",
    });
    expect([region.offers.length, region.end]).toEqual([1, null]);
  });

  test("after the acceptance and for thirty seconds: unknown, and never given to another", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { accepts, asked } = await place(region);
    await accepts("node-a", 1);
    region.unlink("node-a");
    await region.pass(30_000);
    expect(asked.answer).toMatchObject({ success: true });
    expect(region.end).toMatchObject({ code: "outcome_unknown", isProvisional: true });
    region.link("node-a");
    await region.pass(60_000);
    expect(region.offers).toHaveLength(1);
  });

  test("a node that has lost its journal may have dialled: unknown at once", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { accepts, refuses } = await place(region);
    await accepts("node-a", 1);
    region.unlink("node-a");
    region.link("node-a");
    await refuses("node-a", 1, "unknown_order", true);
    expect(region.end).toMatchObject({ code: "outcome_unknown" });
    expect(region.offers).toHaveLength(1);
  });

  test("a node that accepted and then says that it did not dial: another is given it", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { accepts, refuses } = await place(region);
    await accepts("node-a", 1);
    await refuses("node-a", 1, "node_shutdown", true);
    expect(region.offers).toEqual([
      ["node-a", 1],
      ["node-b", 2],
    ]);
  });
});

describe("a hub that restarts", () => {
  test("goes on where it was: nothing is given out again, and the lease begins anew", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, order, reports } = await place(region);
    await accepts("node-a", 1);
    await region.restart();
    const again = await place(region, order);
    region.link("node-b");
    await region.pass(29_000);
    expect(region.offers).toEqual([["node-a", 1]]);
    region.link("node-a");
    expect(region.words).toEqual([["node-a", "order_query"]]);
    await reports("node-a", 1, "answered");
    // Its client had been answered before: eight seconds after the acceptance.
    expect(again.asked.answer).toMatchObject({ success: true });
    expect(region.settled).toHaveLength(1);
    expect(region.offers).toHaveLength(1);
  });

  test("while the order was out: the node is asked, never another instead", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { order } = await place(region);
    await region.restart();
    region.link("node-b");
    await region.pass(15_000);
    expect(region.offers).toEqual([["node-a", 1]]);
    region.link("node-a");
    const again = await place(region, order);
    await again.reports("node-a", 1, "ringing");
    expect(again.asked.answer).toMatchObject({ success: true });
    expect(region.offers).toHaveLength(1);
  });

  test("while it waited for a node: it still waits", async () => {
    const region = new TestRegion();
    await place(region);
    await region.restart();
    region.link("node-a");
    expect(region.offers).toEqual([["node-a", 1]]);
    const [sent] = region.sent;
    expect(sent?.message).toMatchObject({
      order: { clientData: { dynamicVariables: { secret__token: "out of sight" } } },
    });
  });

  test("knows the answer of an order that is over, and does not begin it again", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, asked, order, reports } = await place(region);
    await accepts("node-a", 1);
    await reports("node-a", 1, "ended", { sipStatus: 486, sipReason: "Busy", endCode: "x" });
    await region.restart();
    region.link("node-a");
    const again = await place(region, order);
    expect(again.asked.answer).toEqual(asked.answer);
    expect(region.offers).toHaveLength(1);
  });
});
