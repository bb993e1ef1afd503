import type { HeldPermit } from "../../schema/contracts/permits.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { Clock } from "../call/ports.ts";

/**
 * The permits that a node holds. While the hub cannot be told, that of a call that has ended stays: until
 * the lease ends it may go to another call of the same agent, since the hub still counts it as ours.
 */
export class HeldPermits {
  readonly #clock: Pick<Clock, "monotonicMs" | "nowMs">;
  /** By the call that has it now; the permit keeps the name of the call that it was given to. */
  readonly #live = new Map<CallId, HeldPermit>();
  /** Taken by the node alone, and the hub does not know of them. */
  readonly #untold = new Set<HeldPermit>();
  readonly #free: HeldPermit[] = [];
  #leaseEndMs = Number.NEGATIVE_INFINITY;
  /** The same by the wall clock: a machine that was suspended finds its monotonic clock where it was. */
  #leaseEndAtMs = Number.NEGATIVE_INFINITY;
  #isHubSilent = true;

  constructor(clock: Pick<Clock, "monotonicMs" | "nowMs">) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#live.size;
  }
  has(callId: CallId): boolean {
    return this.#live.has(callId);
  }
  /** What is told to a hub that has just said welcome. */
  list(): HeldPermit[] {
    this.#untold.clear();
    return [...this.#live.values()];
  }
  countOf(scopeId: string): number {
    let count = 0;
    for (const { agentId, workspaceId } of this.#live.values()) {
      if (agentId === scopeId || workspaceId === scopeId) count += 1;
    }
    return count;
  }

  take(permit: HeldPermit): CallId {
    this.#live.set(permit.callId, permit);
    if (permit.fence === 0) this.#untold.add(permit);
    return permit.callId;
  }

  /** The permit of a call that has ended, for this one; null when there is none that fits. */
  reuse(call: Omit<HeldPermit, "fence">): CallId | null {
    if (this.#clock.monotonicMs() >= this.#leaseEndMs) return null;
    if (this.#clock.nowMs() >= this.#leaseEndAtMs) return null;
    const index = this.#free.findIndex(
      ({ agentId, workspaceId, maxCallMs }) =>
        agentId === call.agentId &&
        workspaceId === call.workspaceId &&
        // The hub counts on the end of the call that it gave the permit to.
        call.maxCallMs <= maxCallMs,
    );
    const [permit] = index < 0 ? [] : this.#free.splice(index, 1);
    if (permit === undefined) return null;
    this.#live.set(call.callId, permit);
    return call.callId;
  }

  /** Ends a call's hold. Returns what the hub is told now, null when it cannot be told. */
  release(callId: CallId): CallId | null {
    const permit = this.#live.get(callId);
    if (permit === undefined) return null;
    this.#live.delete(callId);
    // What the hub has never heard of is not ours to give again.
    if (this.#untold.delete(permit)) return null;
    if (!this.#isHubSilent) return permit.callId;
    this.#free.push(permit);
    return null;
  }

  hubIsSilent(): void {
    this.#isHubSilent = true;
  }

  /** The hub can be told again: what is told to it now. */
  hubAnswers(): CallId[] {
    this.#isHubSilent = false;
    return this.#free.splice(0).map(({ callId }) => callId);
  }

  /** By the monotonic clock. */
  renew(leaseEndMs: number): void {
    if (leaseEndMs <= this.#leaseEndMs) return;
    this.#leaseEndMs = leaseEndMs;
    this.#leaseEndAtMs = this.#clock.nowMs() + leaseEndMs - this.#clock.monotonicMs();
  }
}
