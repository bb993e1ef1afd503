import {
  type OrderToHub,
  type OrderToNode,
  orderToNodeSchema,
} from "../../schema/contracts/orders.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { secretOwner } from "../secrets/secrets.ts";
import type { SettledOrder } from "../services/settle-order.ts";
import { chooseNode, type NodeLoad } from "./choose-node.ts";
import { newOrder, type OrderAnswer, type OrderEnd, type OrderLife } from "./order-life.ts";
import { type OrderEffect, type OrderInput, orderDueAtMs, stepOrder } from "./orders.ts";

type NodeOrder = Extract<OrderToNode, { type: "order" }>["order"];
type ClientData = NodeOrder["clientData"];
const clientDataSchema = orderToNodeSchema.options[0].shape.order.shape.clientData;

/** An order as it was placed: everything that does not change while nodes are asked. */
export interface PlacedOrder extends SettledOrder {
  readonly phoneNumberId: string;
  readonly ringingTimeoutSecs: number;
  readonly createdAtMs: number;
  /** May hold secrets: sealed wherever it is kept. */
  readonly clientData: ClientData;
}

/** An order that the hub has not heard of is begun so long after it was placed, and no later. */
const BEGIN_WITHIN_MS = 30_000;
/** A settled order is remembered beyond that, so that it is never begun a second time. */
const REMEMBER_MS = 60_000;
const WRITE_AGAIN_MS = 2_000;

interface StoredOrder {
  readonly placed: Omit<PlacedOrder, "clientData">;
  readonly sealedClientData: Sealed;
  readonly life: OrderLife;
  /** The database has what the hub has done with it. */
  readonly isWritten: boolean;
}

interface OpenOrder {
  stored: StoredOrder;
  readonly clientData: ClientData;
  readonly answered: PromiseWithResolvers<OrderAnswer>;
  /** When the database is asked again to take what it has not taken. */
  writeAtMs: number;
  isWriting: boolean;
}

export interface DispatchDeps {
  /** Durable before any message leaves that was sent after a put. */
  readonly storage: {
    put(key: string, value: StoredOrder): void;
    delete(key: string): void;
    list(prefix: string): Iterable<readonly [string, StoredOrder]>;
  };
  readonly secrets: Pick<Secrets, "seal" | "unseal">;
  readonly clock: () => number;
  /** Linked nodes. */
  readonly nodes: () => readonly NodeLoad[];
  /** False when the node is not linked: nothing was sent. */
  readonly send: (nodeId: string, message: OrderToNode) => boolean;
  /** Rejects when it was not stored. */
  readonly settle: (
    order: SettledOrder,
    answer: OrderAnswer,
    end: OrderEnd | null,
  ) => Promise<void>;
  /** Asks for `tick` at that time. */
  readonly wakeAt: (atMs: number) => void;
  readonly log: (
    level: "info" | "warn",
    event: string,
    fields: Record<string, string | number | null>,
  ) => void;
}

/** Gives the orders of a region to its nodes, one node at a time, and tells who waits. */
export class OrderDispatch {
  readonly #deps: DispatchDeps;
  readonly #orders = new Map<string, OpenOrder>();
  readonly #unreadable = new Set<string>();
  #lastNodeId: string | null = null;

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
  }

  /** Before anything else: takes up what stood in the storage. Links that are gone are missed from now. */
  async load(): Promise<void> {
    for (const [key, stored] of this.#deps.storage.list(PREFIX)) {
      const { life, placed } = stored;
      const clientData = await this.#unseal(stored);
      if (clientData === null) {
        // Its key is gone. Nothing goes on with it, nor begins it again: the sweep ends it.
        this.#unreadable.add(placed.orderId);
        if (this.#deps.clock() >= placed.createdAtMs + REMEMBER_MS) this.#deps.storage.delete(key);
        continue;
      }
      // A lease runs only while there is a hub to hear the node.
      const lostAtMs = life.lostAtMs === null ? null : this.#deps.clock();
      this.#keep({ ...stored, life: { ...life, lostAtMs } }, clientData);
    }
    this.#missUnlinked();
    this.#wakeSoon();
  }

  async #unseal({ placed, sealedClientData }: StoredOrder): Promise<ClientData | null> {
    try {
      const text = await this.#deps.secrets.unseal(sealedClientData, ownerOf(placed));
      return clientDataSchema.parse(JSON.parse(text));
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown";
      this.#deps.log("warn", "order_unreadable", { orderId: placed.orderId, error: name });
      return null;
    }
  }

  has(orderId: string): boolean {
    return this.#orders.has(orderId);
  }

  /** Of these orders, which have never been begun here; those that are settled and forgotten stand so in the database. */
  unknown(orderIds: readonly string[]): readonly string[] {
    return orderIds.filter((orderId) => !this.has(orderId) && !this.#unreadable.has(orderId));
  }

  /** Orders that a node has and that its beat may not count yet. */
  heldBy(nodeId: string): number {
    return Array.from(this.#orders.values()).filter(
      ({ stored: { life } }) => life.phase !== "settled" && life.nodeId === nodeId,
    ).length;
  }

  /**
   * Begins the order unless it is known, and answers as the first to ask is answered. Null: it is not
   * known and too old to begin; the database may know its answer.
   */
  async place(order: PlacedOrder): Promise<OrderAnswer | null> {
    await this.begin(order);
    return (await this.#orders.get(order.orderId)?.answered.promise) ?? null;
  }

  /** Begins the order unless it is known, or too old. */
  async begin(order: PlacedOrder): Promise<void> {
    if (this.unknown([order.orderId]).length > 0) {
      const sealed = await this.#deps.secrets.seal(
        JSON.stringify(order.clientData),
        ownerOf(order),
      );
      // Another request for the same order may have come meanwhile.
      if (!this.has(order.orderId)) {
        if (this.#deps.clock() >= order.createdAtMs + BEGIN_WITHIN_MS) return;
        this.#begin(order, sealed);
      }
    }
  }

  /** Nodes have come, become ready, or gone. */
  nodesChanged(): void {
    this.#missUnlinked();
    for (const order of this.#open()) this.#step(order, { kind: "nodes" });
  }

  /** The node has said hello on a new link. */
  linked(nodeId: string): void {
    for (const order of this.#open()) this.#step(order, { kind: "linked", nodeId });
    this.nodesChanged();
  }

  heard(nodeId: string, message: OrderToHub): void {
    const order = this.#orders.get(message.orderId);
    if (order === undefined) {
      // Settled long ago, or another hub's: the node's record is the account of it.
      this.#deps.log("info", "order_unknown", { nodeId, orderId: message.orderId });
      return;
    }
    this.#deps.log("info", "order_heard", {
      nodeId,
      orderId: message.orderId,
      fence: message.fence,
      said: message.type === "order_progress" ? message.state : message.type,
      code: message.type === "order_refused" ? message.code : null,
    });
    this.#step(order, { kind: "heard", nodeId, message });
  }

  tick(): void {
    const nowMs = this.#deps.clock();
    this.#missUnlinked();
    for (const order of this.#orders.values()) {
      const { life, placed, isWritten } = order.stored;
      if ((orderDueAtMs(life) ?? Number.POSITIVE_INFINITY) <= nowMs) {
        this.#step(order, { kind: "time" });
      } else if (life.phase === "settled" && !isWritten) {
        this.#write(order);
      } else if (isWritten && nowMs >= placed.createdAtMs + REMEMBER_MS) {
        this.#orders.delete(placed.orderId);
        this.#deps.storage.delete(keyOf(placed.orderId));
      }
    }
    this.#wakeSoon();
  }

  /** When `tick` is due; null: there is nothing to wait for. */
  dueAtMs(): number | null {
    const dues = Array.from(this.#orders.values(), ({ isWriting, stored, writeAtMs }) => {
      if (stored.isWritten) return stored.placed.createdAtMs + REMEMBER_MS;
      return orderDueAtMs(stored.life) ?? (isWriting ? Number.POSITIVE_INFINITY : writeAtMs);
    });
    const dueAtMs = Math.min(...dues);
    return dueAtMs === Number.POSITIVE_INFINITY ? null : dueAtMs;
  }

  #begin(order: PlacedOrder, sealedClientData: Sealed): void {
    const { clientData, ...placed } = order;
    const life = newOrder(order.ringingTimeoutSecs, this.#deps.clock());
    const open = this.#keep({ placed, sealedClientData, life, isWritten: false }, clientData);
    this.#save(open);
    this.#step(open, { kind: "nodes" });
  }

  #keep(stored: StoredOrder, clientData: ClientData): OpenOrder {
    const answered = Promise.withResolvers<OrderAnswer>();
    const order = { stored, clientData, answered, writeAtMs: 0, isWriting: false };
    this.#orders.set(stored.placed.orderId, order);
    if (stored.life.answer !== null) answered.resolve(stored.life.answer);
    return order;
  }

  #open(): readonly OpenOrder[] {
    return Array.from(this.#orders.values()).filter(
      ({ stored }) => stored.life.phase !== "settled",
    );
  }

  #missUnlinked(): void {
    const linked = new Set(this.#deps.nodes().map(({ nodeId }) => nodeId));
    for (const order of this.#open()) {
      const { nodeId } = order.stored.life;
      if (nodeId !== null && !linked.has(nodeId)) this.#step(order, { kind: "unlinked", nodeId });
    }
  }

  #step(order: OpenOrder, input: OrderInput): void {
    const before = order.stored.life;
    const { life, effects } = stepOrder(before, input, this.#deps.clock(), {
      choose: (excluded) => chooseNode(this.#deps.nodes(), excluded, this.#lastNodeId),
      heardAtMs: (nodeId) =>
        this.#deps.nodes().find((node) => node.nodeId === nodeId)?.heardAtMs ?? null,
    });
    if (life !== before) {
      order.stored = { ...order.stored, life };
      this.#save(order);
    }
    for (const effect of effects) this.#apply(order, effect);
    const { answer, phase } = order.stored.life;
    if (answer !== null) order.answered.resolve(answer);
    if (phase === "settled" && before.phase !== "settled") this.#write(order);
    this.#wakeSoon();
  }

  #apply(order: OpenOrder, effect: OrderEffect): void {
    const { orderId } = order.stored.placed;
    const { nodeId } = effect;
    switch (effect.kind) {
      case "offer": {
        this.#lastNodeId = nodeId;
        const { fence, dialBeforeMs } = effect;
        this.#deps.log("info", "order_offered", { nodeId, orderId, fence });
        const message = this.#message(order, fence, dialBeforeMs);
        if (!this.#deps.send(nodeId, message)) this.#step(order, { kind: "unsent" });
        return;
      }
      case "query":
        this.#deps.send(nodeId, { type: "order_query", orderId });
        return;
      case "cancel":
        this.#deps.log("warn", "order_late", { nodeId, orderId });
        this.#deps.send(nodeId, { type: "order_cancel", orderId });
        return;
      default:
        effect satisfies never;
    }
  }

  #message({ stored, clientData }: OpenOrder, fence: number, dialBeforeMs: number): OrderToNode {
    const { placed } = stored;
    return orderToNodeSchema.parse({
      type: "order",
      order: { ...placed, fence, dialBeforeMs, clientData },
    });
  }

  #save(order: OpenOrder): void {
    this.#deps.storage.put(keyOf(order.stored.placed.orderId), order.stored);
  }

  /** Brings a settled order to the database; what it does not take is brought again. */
  #write(order: OpenOrder): void {
    const { life, placed } = order.stored;
    if (order.isWriting || life.answer === null || this.#deps.clock() < order.writeAtMs) return;
    order.isWriting = true;
    this.#deps.settle(placed, life.answer, life.end).then(
      () => {
        order.isWriting = false;
        order.stored = { ...order.stored, isWritten: true };
        this.#save(order);
        this.#wakeSoon();
      },
      (error: unknown) => {
        order.isWriting = false;
        order.writeAtMs = this.#deps.clock() + WRITE_AGAIN_MS;
        const name = error instanceof Error ? error.name : "unknown";
        this.#deps.log("warn", "order_unwritten", { orderId: placed.orderId, error: name });
        this.#wakeSoon();
      },
    );
  }

  #wakeSoon(): void {
    const dueAtMs = this.dueAtMs();
    if (dueAtMs !== null) this.#deps.wakeAt(dueAtMs);
  }
}

const PREFIX = "order/";

function keyOf(orderId: string): string {
  return `${PREFIX}${orderId}`;
}

function ownerOf(order: Pick<PlacedOrder, "workspaceId" | "orderId">): string {
  return secretOwner.orderClientData(order.workspaceId, order.orderId);
}
