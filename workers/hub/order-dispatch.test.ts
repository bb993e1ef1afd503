import { describe, expect, test } from "vitest";
import { orderOf, place, TestRegion } from "./test-region.ts";

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
