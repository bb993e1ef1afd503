import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrderToHub, OrderToNode } from "../../schema/contracts/orders.ts";
import { orderOf, settle, TestRegion } from "./test-region.ts";

/**
 * The promise over everything that links, nodes and hubs can do to it. A node here is the worst that
 * the contract allows: it dials the moment it has accepted, whether or not its acceptance arrives.
 */

type Order = Extract<OrderToNode, { type: "order" }>["order"];

class ModelNode {
  readonly id: string;
  readonly region: ModelRegion;
  readonly taken = new Map<string, { fence: number; state: "dialling" | "ringing" | "ended" }>();
  inbox: OrderToNode[] = [];
  outbox: OrderToHub[] = [];
  /** `dead`: both sides believe that the link stands, and nothing passes. */
  link: "up" | "dead" | "down" = "down";
  /** Refuses the next order for now. */
  isFull = false;

  constructor(id: string, region: ModelRegion) {
    this.id = id;
    this.region = region;
  }

  say(message: OrderToHub): void {
    if (this.link === "up") this.outbox.push(message);
  }

  work(): void {
    for (const message of this.inbox.splice(0)) {
      if (message.type === "order") this.take(message.order);
      else if (message.type === "order_query") this.tell(message.orderId);
      else if (this.taken.has(message.orderId)) this.follow(message.orderId, "ended");
    }
  }

  take({ dialBeforeMs, fence, orderId }: Order): void {
    const known = this.taken.get(orderId);
    if (known !== undefined) {
      known.fence = Math.max(known.fence, fence);
      this.tell(orderId);
      return;
    }
    const code = this.isFull ? "ports_exhausted" : "order_expired";
    if (this.isFull || this.region.nowMs >= dialBeforeMs) {
      this.say({ type: "order_refused", orderId, fence, code, detail: "", retriable: true });
      return;
    }
    this.region.dials.push({ orderId, nodeId: this.id });
    this.taken.set(orderId, { fence, state: "dialling" });
    this.say({ type: "order_accepted", orderId, fence });
  }

  follow(orderId: string, state: "ringing" | "ended"): void {
    const known = this.taken.get(orderId);
    if (known === undefined) return;
    known.state = state;
    this.tell(orderId as Order["orderId"]);
  }

  tell(orderId: Order["orderId"]): void {
    const known = this.taken.get(orderId);
    if (known === undefined) {
      const code = "unknown_order";
      this.say({ type: "order_refused", orderId, fence: 1, code, detail: "", retriable: false });
      return;
    }
    const { fence, state } = known;
    const silence = { sipCallId: "id", sipStatus: null, sipReason: null, endCode: null };
    this.say({ type: "order_progress", orderId, fence, state, ...silence });
  }
}

class ModelRegion extends TestRegion {
  readonly dials: { orderId: string; nodeId: string }[] = [];
  readonly models = ["node-a", "node-b", "node-c"].map((id) => new ModelNode(id, this));

  /** The hub has said something: it is in the link, or lost with it. */
  post(): void {
    for (const { message, nodeId } of this.sent.splice(0)) {
      const model = this.models.find(({ id }) => id === nodeId);
      if (model?.link === "up") model.inbox.push(message);
    }
  }

  hear(model: ModelNode): void {
    for (const message of model.outbox.splice(0)) this.dispatch.heard(model.id, message);
  }

  connect(model: ModelNode): void {
    model.inbox = [];
    model.outbox = [];
    model.link = "up";
    this.link(model.id);
  }

  disconnect(model: ModelNode): void {
    model.inbox = [];
    model.outbox = [];
    model.link = "down";
    this.unlink(model.id);
  }
}

const which = fc.integer({ min: 0, max: 2 });
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("work" as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("hear" as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("connect" as const, "disconnect" as const, "die" as const),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      which: fc.constantFrom(100, 2_000, 5_000, 11_000, 31_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "fill" as const,
        "ring" as const,
        "end" as const,
        "restart" as const,
        "repeat" as const,
      ),
      which,
    }),
  },
);

test("no order is ever dialled twice, whatever breaks, and every client is answered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40, size: "max" }), async (actions) => {
      const region = new ModelRegion();
      for (const model of region.models) region.connect(model);
      const order = orderOf(region);
      const answers: unknown[] = [];
      const ask = () =>
        void region.dispatch.place(order).then((answer) => {
          // What the hub has forgotten stands in the database.
          answers.push(answer ?? region.settled.at(0)?.answer);
        });
      ask();
      await settle();
      for (const { kind, which: amount } of actions) {
        const model = region.models[amount % 3];
        if (model === undefined) throw new Error("no such node");
        region.post();
        // A link that lives is heard whenever it is listened to; one that died, last when it did.
        const seen = region.nodes.get(model.id);
        if (kind === "work") model.work();
        else if (kind === "hear") region.hear(model);
        else if (kind === "connect") region.connect(model);
        else if (kind === "disconnect") region.disconnect(model);
        else if (kind === "die" && model.link === "up") {
          model.link = "dead";
          model.inbox = [];
          model.outbox = [];
          if (seen !== undefined) seen.heardAtMs = region.nowMs;
        } else if (kind === "fill") model.isFull = !model.isFull;
        else if (kind === "ring") model.follow(order.orderId, "ringing");
        else if (kind === "end") model.follow(order.orderId, "ended");
        else if (kind === "restart") {
          for (const each of region.models) region.disconnect(each);
          await region.restart();
        } else if (kind === "repeat") ask();
        else if (kind === "pass") {
          // Within a link's order nothing overtakes: a node that lives has been read before its ping.
          for (const each of region.models) if (each.link === "up") region.hear(each);
          await region.pass(amount);
        }
        await settle();
      }
      expect(region.dials.length).toBeLessThanOrEqual(1);
      ask();
      await region.pass(31_000);
      expect(answers.length).toBeGreaterThan(0);
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    }),
    { numRuns: 3_000 },
  );
}, 60_000);
