import type { OrderToHub, OrderToNode } from "../../schema/contracts/orders.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { NodeLoad } from "./choose-node.ts";
import { OrderDispatch, type PlacedOrder } from "./order-dispatch.ts";
import type { OrderAnswer, OrderEnd } from "./order-life.ts";

/**
 * A region with a clock of its own: time passes when told to, and nodes do what the test says. Every
 * order that reaches a node is in `offers`.
 */
export class TestRegion {
  nowMs = 1_790_000_000_000;
  /** `heardAtMs` null: it pings all the time. */
  readonly nodes = new Map<
    string,
    { state: "ready" | "draining"; calls: number; heardAtMs: number | null }
  >();
  readonly sent: { nodeId: string; message: OrderToNode }[] = [];
  readonly stored = new Map<string, unknown>();
  readonly settled: { answer: OrderAnswer; end: OrderEnd | null }[] = [];
  settleFailures = 0;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  dispatch = this.#create();

  #create(): OrderDispatch {
    return new OrderDispatch({
      storage: {
        // What a storage gives back is never what it was given.
        put: (key, value) => void this.stored.set(key, structuredClone(value)),
        delete: (key) => void this.stored.delete(key),
        list: () => structuredClone([...this.stored]) as never,
      },
      secrets: {
        // The test of what is kept looks for the text.
        seal: async (text, owner) => btoa(`${owner}|${text}`) as Sealed,
        unseal: async (sealed, owner) => {
          const [sealedFor, text] = atob(sealed).split("|");
          if (sealedFor !== owner || text === undefined) throw new Error("another owner's");
          return text;
        },
      },
      clock: () => this.nowMs,
      nodes: (): NodeLoad[] =>
        Array.from(this.nodes, ([nodeId, { calls, heardAtMs, state }]) => ({
          nodeId,
          heardAtMs: heardAtMs ?? this.nowMs,
          isReady: state === "ready",
          calls: calls + this.dispatch.heldBy(nodeId),
        })),
      send: (nodeId, message) => {
        if (!this.nodes.has(nodeId)) return false;
        this.sent.push({ nodeId, message });
        return true;
      },
      settle: async (_order, answer, end) => {
        if (this.settleFailures > 0) {
          this.settleFailures -= 1;
          throw new Error("the writer is away");
        }
        this.settled.push({ answer, end });
      },
      wakeAt: (atMs) => {
        this.#wakeAtMs = Math.min(this.#wakeAtMs, atMs);
      },
      log: () => undefined,
    });
  }

  link(nodeId: string, calls = 0, state: "ready" | "draining" = "ready"): void {
    this.nodes.set(nodeId, { state, calls, heardAtMs: null });
    this.dispatch.linked(nodeId);
  }

  unlink(nodeId: string): void {
    this.nodes.delete(nodeId);
    this.dispatch.nodesChanged();
  }

  /** The hub's memory is lost, and with it every link. */
  async restart(): Promise<void> {
    this.nodes.clear();
    this.dispatch = this.#create();
    await this.dispatch.load();
  }

  /** Time passes; the alarm rings whenever it was set to. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await settle();
      const atMs = Math.max(this.#wakeAtMs, this.nowMs);
      if (atMs > untilMs) break;
      this.nowMs = atMs;
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      this.dispatch.tick();
    }
    this.nowMs = untilMs;
    await settle();
  }

  get offers(): [nodeId: string, fence: number][] {
    return this.sent.flatMap(({ message, nodeId }) =>
      message.type === "order" ? [[nodeId, message.order.fence] as [string, number]] : [],
    );
  }

  /** What was asked or told beside orders. */
  get words(): [nodeId: string, type: string][] {
    return this.sent.flatMap(({ message, nodeId }) =>
      message.type === "order" ? [] : [[nodeId, message.type] as [string, string]],
    );
  }

  get end(): OrderEnd | null | undefined {
    return this.settled.at(-1)?.end;
  }
}

/** Promises that are due are done. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

export function orderOf(region: TestRegion): PlacedOrder {
  const callId = newId("call");
  return {
    orderId: newId("order"),
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId: newId("workspace"),
    phoneNumberId: newId("phoneNumber"),
    agentId: newId("agent"),
    fromNumber: "+15005550100",
    toNumber: "+15005550199",
    ringingTimeoutSecs: 60,
    createdAtMs: region.nowMs,
    clientData: {
      dynamicVariables: { secret__token: "out of sight" },
      conversationConfigOverride: {},
      customLlmExtraBody: {},
      userId: null,
      branchId: null,
      environment: null,
    },
  };
}

/** An order that is being placed, and what its nodes say of it. */
export async function place(region: TestRegion, order = orderOf(region)) {
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
