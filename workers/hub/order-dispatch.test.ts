import { describe, expect, test } from "vitest";
import type { OrderToHub } from "../../schema/contracts/orders.ts";
import type { OrderAnswer } from "./orders.ts";
import { orderOf, settle, TestRegion } from "./test-region.ts";

/** An order that is being placed, and what its nodes say of it. */
async function place(region: TestRegion, order = orderOf(region)) {
  const asked = { answer: undefined as OrderAnswer | null | undefined };
  void region.dispatch.place(order).then((answer) => {
    asked.answer = answer;
  });
  await settle();
  const { orderId } = order;
  return {
    order,
    asked,
    async accepts(nodeId: string, fence: number) {
      region.dispatch.heard(nodeId, { type: "order_accepted", orderId, fence });
      await settle();
    },
    async refuses(nodeId: string, fence: number, code: string, retriable: boolean) {
      const detail = `it is ${code}`;
      region.dispatch.heard(nodeId, {
        type: "order_refused",
        orderId,
        fence,
        code,
        detail,
        retriable,
      });
      await settle();
    },
    async reports(
      nodeId: string,
      fence: number,
      state: Extract<OrderToHub, { type: "order_progress" }>["state"],
      more: Partial<Extract<OrderToHub, { type: "order_progress" }>> = {},
    ) {
      region.dispatch.heard(nodeId, {
        type: "order_progress",
        orderId,
        fence,
        state,
        sipCallId: "sip-call-id",
        sipStatus: null,
        sipReason: null,
        endCode: null,
        ...more,
      });
      await settle();
    },
  };
}

describe("who is given an order", () => {
  test("the ready node with the fewest calls, those just given to it counted", async () => {
    const region = new TestRegion();
    region.link("node-a", 2);
    region.link("node-b", 0);
    region.link("node-c", 0, "draining");
    for (let order = 0; order < 4; order += 1) await place(region);
    expect(region.offers.map(([nodeId]) => nodeId)).toEqual([
      "node-b",
      "node-b",
      "node-a",
      "node-b",
    ]);
  });

  test("of equals each in turn", async () => {
    const region = new TestRegion();
    for (const nodeId of ["node-a", "node-b", "node-c"]) region.link(nodeId);
    for (let turn = 0; turn < 4; turn += 1) {
      const { accepts, reports } = await place(region);
      const [nodeId, fence] = region.offers.at(-1) ?? ["", 0];
      await accepts(nodeId, fence);
      await reports(nodeId, fence, "ended", { endCode: "x" });
    }
    expect(region.offers.map(([nodeId]) => nodeId)).toEqual([
      "node-a",
      "node-b",
      "node-c",
      "node-a",
    ]);
  });

  test("without a ready node it waits three seconds for one, then fails and says so", async () => {
    const region = new TestRegion();
    region.link("node-a", 0, "draining");
    const { asked } = await place(region);
    await region.pass(2_999);
    expect(asked.answer).toBeUndefined();
    await region.pass(1);
    expect(asked.answer).toMatchObject({
      success: false,
      message: expect.stringContaining("No media node of the region was ready"),
    });
    expect(region.end).toMatchObject({ code: "no_node_available", isProvisional: false });
    region.link("node-b");
    expect(region.offers).toEqual([]);
  });

  test("a node that links meanwhile is given it", async () => {
    const region = new TestRegion();
    await place(region);
    await region.pass(2_000);
    region.link("node-a");
    expect(region.offers).toEqual([["node-a", 1]]);
  });
});

describe("what the client is answered", () => {
  test.each([
    ["ringing", "The phone is ringing."],
    ["answered", "The call was answered."],
  ] as const)("%s: success, with the SIP Call-ID, at once", async (state, message) => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, asked, reports } = await place(region);
    await accepts("node-a", 1);
    expect(asked.answer).toBeUndefined();
    await reports("node-a", 1, state);
    expect(asked.answer).toEqual({ success: true, message, sipCallId: "sip-call-id" });
  });

  test("still dialling eight seconds after the acceptance: success, with the SIP Call-ID", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, asked, reports } = await place(region);
    await region.pass(1_000);
    await accepts("node-a", 1);
    await reports("node-a", 1, "dialling");
    await region.pass(7_999);
    expect(asked.answer).toBeUndefined();
    await region.pass(1);
    expect(asked.answer).toMatchObject({ success: true, sipCallId: "sip-call-id" });
  });

  test("a final response of the other side: failure in the vendor's words, and the record is the node's", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, asked, reports } = await place(region);
    await accepts("node-a", 1);
    await reports("node-a", 1, "ended", {
      sipStatus: 486,
      sipReason: "Busy here",
      endCode: "callee_busy",
    });
    expect(asked.answer).toEqual({
      success: false,
      message: "INVITE failed: sip status: 486: Busy here (SIP 486)",
      sipCallId: "sip-call-id",
    });
    expect(region.end).toBeNull();
  });

  test("whoever asks again is answered alike, and the order is placed once", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const order = orderOf(region);
    const ten = await Promise.all(Array.from({ length: 10 }, () => place(region, order)));
    await ten[0]?.accepts("node-a", 1);
    await ten[0]?.reports("node-a", 1, "ringing");
    await ten[0]?.reports("node-a", 1, "ended", { sipStatus: 487, endCode: "no_answer" });
    const late = await place(region, order);
    const answers = [...ten, late].map(({ asked }) => asked.answer);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ success: true });
    expect(region.offers).toEqual([["node-a", 1]]);
  });
});

describe("refusals", () => {
  test("a retriable one goes to another node under a new fence", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { accepts, asked, refuses, reports } = await place(region);
    await refuses("node-a", 1, "ports_exhausted", true);
    expect(region.offers).toEqual([
      ["node-a", 1],
      ["node-b", 2],
    ]);
    await accepts("node-b", 2);
    await reports("node-b", 2, "ringing");
    expect(asked.answer).toMatchObject({ success: true });
  });

  test("a final one ends the order, in the node's words", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { asked, refuses } = await place(region);
    await refuses("node-a", 1, "trunk_unknown", false);
    expect(region.offers).toEqual([["node-a", 1]]);
    expect(asked.answer).toMatchObject({
      success: false,
      message: expect.stringContaining("it is trunk_unknown"),
    });
    expect(region.end).toMatchObject({ code: "trunk_unknown", isProvisional: false });
  });

  test("when every node has refused, it fails at once and no node is asked twice", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { asked, refuses } = await place(region);
    await refuses("node-a", 1, "node_draining", true);
    await refuses("node-b", 2, "ports_exhausted", true);
    expect(region.offers).toHaveLength(2);
    expect(asked.answer).toMatchObject({ success: false });
    expect(region.end).toMatchObject({ code: "ports_exhausted" });
  });

  test("one of an older fence changes nothing", async () => {
    const region = new TestRegion();
    region.link("node-a");
    region.link("node-b");
    const { refuses } = await place(region);
    await refuses("node-a", 1, "node_draining", true);
    await refuses("node-a", 1, "node_draining", true);
    await refuses("node-b", 1, "node_draining", true);
    expect(region.offers).toHaveLength(2);
  });
});

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

describe("what is kept", () => {
  test("client data stands sealed in the storage", async () => {
    const region = new TestRegion();
    region.link("node-a");
    await place(region);
    expect(region.stored.size).toBe(1);
    expect(JSON.stringify([...region.stored])).not.toContain("out of sight");
  });

  test("an order that cannot be unsealed holds up no other, and is not begun again", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { order } = await place(region);
    const kept = region.stored.get(`order/${order.orderId}`);
    region.stored.set(`order/${order.orderId}`, {
      ...(kept as object),
      sealedClientData: btoa("somebody else|{}"),
    });
    await region.restart();
    region.link("node-a");
    const again = await place(region, order);
    expect(again.asked.answer).toBeNull();
    expect(region.dispatch.has(order.orderId)).toBe(false);
    await place(region);
    expect(region.offers).toHaveLength(2);
  });

  test("what the database does not take is brought again until it does, once", async () => {
    const region = new TestRegion();
    region.settleFailures = 3;
    region.link("node-a");
    const { refuses } = await place(region);
    await refuses("node-a", 1, "trunk_unknown", false);
    expect(region.settled).toEqual([]);
    await region.pass(2_000);
    await region.restart();
    await region.pass(10_000);
    expect(region.settled).toHaveLength(1);
  });

  test("a minute after it was placed an order that is over is forgotten, and too old to be begun again", async () => {
    const region = new TestRegion();
    region.link("node-a");
    const { accepts, order, reports } = await place(region);
    await accepts("node-a", 1);
    await reports("node-a", 1, "answered");
    await region.pass(59_999);
    expect(region.stored.size).toBe(1);
    await region.pass(1);
    expect(region.stored.size).toBe(0);
    const again = await place(region, order);
    expect(again.asked.answer).toBeNull();
    expect(region.offers).toHaveLength(1);
  });
});
