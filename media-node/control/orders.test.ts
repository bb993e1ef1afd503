import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OrderToHub } from "../../schema/contracts/orders.ts";
import { newId } from "../../schema/values/ids.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { answerTo, FakeOutboundNode } from "../../tests/support/fake-outbound.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import { placeOutbound } from "../call/outbound/outbound.ts";
import type { OutboundOrder } from "../call/outbound/outbound-facts.ts";
import type { OutboundDecision } from "../routing/outbound-lookup.ts";
import { createOrderJournal, type OrderJournal } from "./order-journal.ts";
import { type OrderDesk, startOrderDesk } from "./orders.ts";

let directory = "";
let desks: OrderDesk[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-orders-"));
});

afterEach(async () => {
  for (const desk of desks) await desk.stop();
  desks = [];
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  readonly node: FakeOutboundNode;
  readonly desk: OrderDesk;
  readonly said: OrderToHub[];
  /** The next message of this kind to the hub that has not been asked for. */
  readonly told: (what: string) => Promise<OrderToHub>;
  linked: boolean;
}

async function start(
  changes: { journal?: OrderJournal; route?: (order: OutboundOrder) => OutboundDecision } = {},
): Promise<Started> {
  const node = new FakeOutboundNode();
  const said: OrderToHub[] = [];
  const waiting: OrderToHub[] = [];
  const started: Omit<Started, "desk"> = {
    node,
    said,
    linked: true,
    told: (what) =>
      eventually(
        () => {
          const index = waiting.findIndex((message) => summary(message).startsWith(what));
          return index < 0 ? null : (waiting.splice(index, 1)[0] ?? null);
        },
        5_000,
        `no ${what}`,
      ),
  };
  const desk = await startOrderDesk({
    admission: () => node.admission(),
    records: node.records,
    clock: node.clock,
    random: node.random,
    node: node.node,
    logger: node.logger,
    metrics: node.metrics,
    journal: changes.journal ?? createOrderJournal(directory),
    route: changes.route ?? (() => ({ kind: "accept", route: node.route })),
    place: (order, route, report) => placeOutbound(order, route, report, node),
    send(message) {
      if (!started.linked) return false;
      said.push(message);
      waiting.push(message);
      return true;
    },
  });
  desks.push(desk);
  return Object.assign(started, { desk });
}

function summary(message: OrderToHub): string {
  return message.type === "order_progress" ? `progress ${message.state}` : message.type;
}

const give = ({ desk, node }: Started, changes: Partial<OutboundOrder> = {}): OutboundOrder => {
  const order = { ...node.order, ...changes };
  desk.receive({ type: "order", order });
  return order;
};

async function journalled(): Promise<Record<string, unknown>[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".json"));
  return Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(directory, name), "utf8"))),
  );
}

test("an order is on disk before it is accepted, and accepted before the INVITE", async () => {
  const journal = createOrderJournal(directory);
  const disk = Promise.withResolvers<void>();
  const desk = await start({
    journal: {
      ...journal,
      async write(entry) {
        await journal.write(entry);
        await disk.promise;
      },
    },
  });
  const order = give(desk);
  await eventually(async () => ((await journalled()).length > 0 ? true : null), 5_000, "no file");
  await settle();
  expect(desk.said).toEqual([]);
  expect(desk.node.dialer.invites).toEqual([]);
  disk.resolve();
  await desk.told("progress dialling");
  expect(desk.said.map(summary)).toEqual(["order_accepted", "progress dialling"]);
  expect(desk.node.dialer.invites).toHaveLength(1);
  const [entry] = await journalled();
  expect(entry).toMatchObject({
    orderId: order.orderId,
    call: { clientData: { dynamicVariables: { customer: "42" } } },
  });
  expect(JSON.stringify(entry)).not.toMatch(/t0p|password/);
});

test("progress is told under the order's fence, to its end", async () => {
  const desk = await start();
  give(desk, { fence: 3 });
  await desk.told("progress dialling");
  desk.node.dialer.last.provisional(180, "Ringing");
  await desk.told("progress ringing");
  desk.node.dialer.last.refuse(486, "Busy Here");
  expect(await desk.told("progress ended")).toEqual({
    type: "order_progress",
    orderId: desk.node.order.orderId,
    fence: 3,
    state: "ended",
    sipCallId: "call@node",
    sipStatus: 486,
    sipReason: "Busy Here",
    endCode: "busy",
  });
});

test("an order that comes again is told how far it is, and never dialled a second time", async () => {
  const desk = await start();
  const order = give(desk);
  give(desk);
  await desk.told("progress dialling");
  give(desk);
  await desk.told("order_accepted");
  // A newer fence to the same node: the same call, told under it.
  give(desk, { fence: 2 });
  expect(await desk.told("progress dialling")).toMatchObject({ fence: 1 });
  expect(await desk.told("progress dialling")).toMatchObject({ fence: 2 });
  const before = desk.said.length;
  give(desk, { fence: 1 });
  await settle();
  expect(desk.said).toHaveLength(before);
  desk.node.dialer.last.refuse(404, "Not Found");
  await desk.told("progress ended");
  give(desk, { fence: 2 });
  expect(await desk.told("progress ended")).toMatchObject({ fence: 2, endCode: "callee_unknown" });
  expect(desk.node.dialer.invites).toHaveLength(1);
  expect(desk.node.events.filter(({ call }) => call.callId === order.callId)).toHaveLength(2);
});

test.each<[string, CallEndCode, (desk: FakeOutboundNode) => Partial<OutboundOrder>]>([
  [
    "a draining node",
    "node_draining",
    (node) => {
      node.admission = () => "node_draining";
      return {};
    },
  ],
  ["an order that is late", "order_expired", (node) => ({ dialBeforeMs: node.clock.nowMs() })],
])(
  "%s refuses, so that another node may have it; nothing is written or dialled",
  async (_name, code, change) => {
    const desk = await start();
    give(desk, change(desk.node));
    expect(await desk.told("order_refused")).toMatchObject({ code, fence: 1, retriable: true });
    expect(await journalled()).toEqual([]);
    expect(desk.node.dialer.invites).toEqual([]);
    expect(desk.node.counted).toEqual([`refused ${code}`]);
    // What was refused under a fence stays refused under it: another node may have the order by now.
    desk.node.admission = () => null;
    give(desk);
    expect(await desk.told("order_refused")).toMatchObject({ code, fence: 1 });
    give(desk, { fence: 2 });
    expect(await desk.told("order_accepted")).toMatchObject({ fence: 2 });
  },
);

test("a node that drains refuses the next order and goes on with the one it has", async () => {
  const desk = await start();
  give(desk);
  await desk.told("progress dialling");
  desk.node.admission = () => "node_draining";
  give(desk, { orderId: newId("order"), callId: newId("call") });
  expect(await desk.told("order_refused")).toMatchObject({ code: "node_draining" });
  desk.node.dialer.last.answer(answerTo(desk.node.dialer.last.call.sdp), desk.node.dialog);
  await desk.told("progress answered");
});

test("what the routing table refuses is refused with its code", async () => {
  const desk = await start({
    route: () => ({ kind: "refuse", code: "no_outbound_trunk", detail: "trunk none" }),
  });
  give(desk);
  expect(await desk.told("order_refused")).toMatchObject({
    code: "no_outbound_trunk",
    detail: "trunk none",
    retriable: true,
  });
});

test("an order that the disk does not take is refused and not dialled", async () => {
  const journal = createOrderJournal(directory);
  const full: OrderJournal = { ...journal, write: () => Promise.reject(new Error("ENOSPC")) };
  const desk = await start({ journal: full });
  give(desk);
  expect(await desk.told("order_refused")).toMatchObject({
    code: "order_not_kept",
    retriable: true,
  });
  expect(desk.node.dialer.invites).toEqual([]);
});

test("a cancel ends the call, also one that comes while the order is being written", async () => {
  const desk = await start();
  const { orderId } = give(desk);
  await desk.told("progress dialling");
  desk.desk.receive({ type: "order_cancel", orderId });
  expect(await desk.told("progress ended")).toMatchObject({ endCode: "order_cancelled" });

  const other = await start();
  const early = give(other, { orderId: newId("order"), callId: newId("call") });
  other.desk.receive({ type: "order_cancel", orderId: early.orderId });
  expect(await other.told("progress ended")).toMatchObject({ endCode: "order_cancelled" });
  expect(other.node.dialer.invites).toEqual([]);
});

test("a query repeats the last progress; of an order that is not known it says so", async () => {
  const desk = await start();
  const { orderId } = give(desk);
  await desk.told("progress dialling");
  desk.linked = false;
  desk.node.dialer.last.provisional(180, "Ringing");
  await settle();
  desk.linked = true;
  desk.desk.receive({ type: "order_query", orderId });
  expect(await desk.told("progress ringing")).toMatchObject({ sipStatus: 180, orderId });
  const unknown = newId("order");
  desk.desk.receive({ type: "order_query", orderId: unknown });
  expect(await desk.told("order_refused")).toMatchObject({
    orderId: unknown,
    code: "unknown_order",
    retriable: false,
  });
});

test.each([
  ["before the answer", false, "outcome_unknown"],
  ["after the answer", true, "node_restarted"],
] as const)(
  "an order that a stop left open %s is told as ended, recorded, and never dialled again",
  async (_name, isAnswered, code) => {
    const first = await start();
    const order = give(first);
    await first.told("progress dialling");
    if (isAnswered) {
      first.node.dialer.last.answer(answerTo(first.node.dialer.last.call.sdp), first.node.dialog);
      await first.told("progress answered");
    }
    await first.desk.stop();

    // The same directory, and nothing else of the first process.
    const second = await start();
    expect(second.node.record).toMatchObject({
      callId: order.callId,
      sipCallId: "call@node",
      direction: "outbound",
      durationMs: 0,
      end: { code, blame: "platform" },
    });
    second.desk.linked();
    expect(await second.told("progress ended")).toMatchObject({ endCode: code, fence: 1 });
    second.desk.linked();
    give(second, { fence: 2 });
    expect(await second.told("progress ended")).toMatchObject({ endCode: code, fence: 2 });
    expect(second.node.dialer.invites).toEqual([]);
    await second.desk.stop();

    const third = await start();
    expect(third.node.events).toEqual([]);
    expect(third.said).toEqual([]);
  },
);

test.each([
  ["an hour after its end, once the hub has been told", true, 1],
  ["a day after its end, when the hub could not be told", false, 24],
])("an order is forgotten %s", async (_name, isTold, hours) => {
  const desk = await start();
  const { orderId } = give(desk);
  await desk.told("progress dialling");
  desk.linked = isTold;
  desk.node.dialer.last.refuse(486, "Busy Here");
  await eventually(() => (desk.node.record === null ? null : true), 5_000, "no record");
  await settle();
  desk.linked = true;
  await desk.node.clock.advance(hours * 3_600_000 - 600_000);
  desk.desk.receive({ type: "order_query", orderId });
  await desk.told("progress ended");
  await desk.node.clock.advance(1_200_000);
  desk.desk.receive({ type: "order_query", orderId });
  expect(await desk.told("order_refused")).toMatchObject({ code: "unknown_order" });
  await desk.desk.stop();
  expect(await journalled()).toEqual([]);
});

test("an end that could not be told is told when the link is up again", async () => {
  const desk = await start();
  give(desk);
  await desk.told("progress dialling");
  desk.linked = false;
  desk.node.dialer.last.refuse(486, "Busy Here");
  await eventually(() => (desk.node.record === null ? null : true), 5_000, "no record");
  await settle();
  desk.linked = true;
  desk.desk.linked();
  expect(await desk.told("progress ended")).toMatchObject({ endCode: "busy" });
});

test("a full disk keeps no node from starting, with an order that a stop left open", async () => {
  const first = await start();
  give(first);
  await first.told("progress dialling");
  await first.desk.stop();
  const full: OrderJournal = {
    ...createOrderJournal(directory),
    write: () => Promise.reject(new Error("ENOSPC")),
  };
  const second = await start({ journal: full });
  expect(second.node.logs.map(({ event }) => event)).toContain("order_journal_failed");
  second.desk.linked();
  expect(await second.told("progress ended")).toMatchObject({ endCode: "outcome_unknown" });
});

test("a damaged file of the journal is named and disturbs nothing", async () => {
  await writeFile(join(directory, `${newId("order")}.json`), "{}");
  const desk = await start();
  expect(desk.node.logs.map(({ event }) => event)).toContain("order_journal_unreadable");
  give(desk);
  await desk.told("order_accepted");
});
