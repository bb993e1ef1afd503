import type { PermitRequest } from "../../schema/contracts/permits.ts";
import type { LedgerStore } from "./ledger-store.ts";

/** A call that hears the hold tone until it has a permit. */
export interface WaitingCall
  extends Pick<
    PermitRequest,
    /** `requestId` is that of the newest request: what the answer names. */
    "callId" | "requestId" | "workspaceId" | "agentId" | "maxCallMs"
  > {
  readonly nodeId: string;
  readonly bootId: string;
  /** The agent's limit of the day. */
  readonly daily: number | null;
  readonly expiresAtMs: number;
  /** The order of arrival, over all agents. */
  readonly sequence: number;
}

const PREFIX = "permit-waiting/";
/** Keys of the storage sort as text. */
const DIGITS = 16;

/** The queues of a region: first come, first served, and the same after a restart. */
export class WaitingCalls {
  readonly #store: LedgerStore;
  readonly #byCall = new Map<string, WaitingCall>();
  /** In order of arrival, since a Map keeps the order of its insertions. */
  readonly #byWorkspace = new Map<string, Map<string, WaitingCall>>();
  #sequence = 0;

  constructor(store: LedgerStore) {
    this.#store = store;
    for (const [, place] of store.list<WaitingCall>({ prefix: PREFIX })) {
      this.#sequence = Math.max(this.#sequence, place.sequence);
      this.#insert(place);
    }
  }

  get size(): number {
    return this.#byCall.size;
  }
  all(): WaitingCall[] {
    return [...this.#byCall.values()];
  }
  get(callId: string): WaitingCall | undefined {
    return this.#byCall.get(callId);
  }
  /** Oldest first. */
  of(workspaceId: string): WaitingCall[] {
    return [...(this.#byWorkspace.get(workspaceId)?.values() ?? [])];
  }
  concerns(scopeId: string): boolean {
    if (this.#byWorkspace.has(scopeId)) return true;
    for (const place of this.#byCall.values()) if (place.agentId === scopeId) return true;
    return false;
  }

  /** 1: the next of its agent. */
  position(place: WaitingCall): number {
    const ahead = this.of(place.workspaceId).filter(
      ({ agentId, sequence }) => agentId === place.agentId && sequence < place.sequence,
    );
    return ahead.length + 1;
  }

  add(call: Omit<WaitingCall, "sequence">): WaitingCall {
    this.#sequence += 1;
    const place = { ...call, sequence: this.#sequence };
    this.#insert(place);
    this.#store.put(keyOf(place), place);
    return place;
  }

  /** The call was asked for again. */
  refresh(place: WaitingCall, { requestId, limits }: PermitRequest): void {
    const refreshed = { ...place, requestId, daily: limits.daily };
    this.#insert(refreshed);
    this.#store.put(keyOf(place), refreshed);
  }

  remove(callId: string): void {
    const place = this.#byCall.get(callId);
    if (place === undefined) return;
    this.#byCall.delete(callId);
    const places = this.#byWorkspace.get(place.workspaceId);
    places?.delete(callId);
    if (places?.size === 0) this.#byWorkspace.delete(place.workspaceId);
    this.#store.delete(keyOf(place));
  }

  #insert(place: WaitingCall): void {
    this.#byCall.set(place.callId, place);
    const places = this.#byWorkspace.get(place.workspaceId);
    if (places === undefined) {
      this.#byWorkspace.set(place.workspaceId, new Map([[place.callId, place]]));
    } else {
      places.set(place.callId, place);
    }
  }
}

function keyOf({ sequence }: WaitingCall): string {
  return PREFIX + String(sequence).padStart(DIGITS, "0");
}
