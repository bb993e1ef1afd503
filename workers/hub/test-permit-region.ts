import type {
  HeldPermit,
  PermitHubMessage,
  PermitRequest,
} from "../../schema/contracts/permits.ts";
import { newId } from "../../schema/values/ids.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { PermitLedger, type Told } from "./permit-ledger.ts";

/** A permit ledger with its nodes' links and its storage, in virtual time. */

export const START_MS = 1_790_000_000_000;
export const MAX_CALL_MS = 600_000;
const workspaceId = newId("workspace");
export const agentId = newId("agent");

/** Storage that outlives the ledger, as an object's does: what is kept in it is copied. */
function memoryStore(): LedgerStore {
  const kept = new Map<string, string>();
  const read = (text: string) => JSON.parse(text);
  return {
    get: (key) => (kept.has(key) ? read(kept.get(key) ?? "") : undefined),
    put: (key, value) => void kept.set(key, JSON.stringify(value)),
    delete: (key) => kept.delete(key),
    list: ({ prefix }) =>
      [...kept]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, text]) => [key, read(text)]),
  };
}

/** A hub with its nodes' links, in virtual time. */
export class Region {
  readonly store = memoryStore();
  readonly linked = new Set<string>();
  nowMs = START_MS;
  ledger = this.#open();

  #open(): PermitLedger {
    return new PermitLedger({
      store: this.store,
      startedAtMs: this.nowMs,
      isLinked: (nodeId) => this.linked.has(nodeId),
    });
  }

  /** The hub's process is gone and another one starts after `downMs`: every link is cut. */
  restart(downMs = 0): void {
    this.linked.clear();
    this.nowMs += downMs;
    this.ledger = this.#open();
  }

  link(
    nodeId: string,
    has: { held?: HeldPermit[]; waiting?: PermitRequest["callId"][]; bootId?: string } = {},
  ) {
    this.linked.add(nodeId);
    const { held = [], waiting = [], bootId = "boot-1" } = has;
    return this.ledger.receive(
      { nodeId, bootId },
      { type: "permits_held", sentAtMs: 0, held, waiting },
      this.nowMs,
    );
  }

  ask(nodeId: string, request: Partial<PermitRequest> = {}): Told[] {
    return this.ledger.receive({ nodeId, bootId: "boot-1" }, ask(request), this.nowMs);
  }

  release(nodeId: string, callId: PermitRequest["callId"]): Told[] {
    return this.ledger.receive(
      { nodeId, bootId: "boot-1" },
      { type: "permit_release", callId },
      this.nowMs,
    );
  }

  after(ms: number): Told[] {
    this.nowMs += ms;
    return this.ledger.sweep(this.nowMs);
  }
}

export function ask(request: Partial<PermitRequest> = {}): PermitRequest {
  const { limits, ...rest } = request;
  return {
    type: "permit_request",
    requestId: "r",
    callId: newId("call"),
    workspaceId,
    agentId,
    limits: { workspace: null, agent: null, daily: null, ...limits },
    limitsAt: { epoch: 1, version: 1 },
    maxCallMs: MAX_CALL_MS,
    mayQueue: false,
    waitMs: 0,
    ...rest,
  };
}

export const agentLimit = (agent: number) => ({ workspace: null, agent, daily: null });
export const types = (told: readonly Told[]) => told.map(({ message }) => message.type);
export const answer = (told: readonly Told[]): PermitHubMessage | undefined => told.at(-1)?.message;
export const held = (callId: PermitRequest["callId"], fence = 1): HeldPermit => ({
  callId,
  workspaceId,
  agentId,
  fence,
  maxCallMs: MAX_CALL_MS,
});
