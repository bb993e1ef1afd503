/** Pause before attempt n + 1, in seconds: ten attempts over three days, then the delivery has failed. */
const PAUSES_SECS = [
  0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
] as const satisfies readonly number[];

const JITTER = 0.1;
const MAX_RETRY_AFTER_SECS = 86_400;

/**
 * When a delivery that was attempted `attempts` times is due again, or null when it has failed.
 * `random` is in [0, 1); `retryAfterSecs` is what the endpoint asked for, which only prolongs the pause.
 */
export function nextAttemptAtMs(
  attempts: number,
  nowMs: number,
  random: number,
  retryAfterSecs: number | null,
): number | null {
  const pauseSecs = PAUSES_SECS[attempts];
  if (pauseSecs === undefined) return null;
  const jittered = pauseSecs * (1 + JITTER * (2 * random - 1));
  const asked = Math.min(retryAfterSecs ?? 0, MAX_RETRY_AFTER_SECS);
  return nowMs + Math.round(Math.max(jittered, asked) * 1000);
}

/** Attempts after which a later event of the same conversation no longer waits. */
const ATTEMPTS_THAT_HOLD_BACK = 3;

/** What the outbox says of a pending delivery, and when its next attempt is due. */
export interface PendingDelivery {
  readonly id: string;
  readonly conversationId: string;
  readonly sequence: number;
  readonly attempts: number;
  readonly dueAtMs: number;
}

/**
 * The deliveries that may be attempted now, and when the next one may be. A conversation's event waits
 * until the ones before it are acknowledged or have failed `ATTEMPTS_THAT_HOLD_BACK` times.
 */
export function chooseDeliveries<D extends PendingDelivery>(
  pending: readonly D[],
  nowMs: number,
): { readonly due: readonly D[]; readonly nextDueAtMs: number | null } {
  const held = new Set<string>();
  const due: D[] = [];
  let nextDueAtMs: number | null = null;
  for (const delivery of pending.toSorted((a, b) => a.sequence - b.sequence)) {
    if (held.has(delivery.conversationId)) continue;
    if (delivery.attempts < ATTEMPTS_THAT_HOLD_BACK) held.add(delivery.conversationId);
    if (delivery.dueAtMs <= nowMs) due.push(delivery);
    else nextDueAtMs = Math.min(nextDueAtMs ?? delivery.dueAtMs, delivery.dueAtMs);
  }
  return { due, nextDueAtMs };
}

/** An endpoint that fails again and again is left alone for a while; then one attempt probes it. */
export interface Circuit {
  readonly consecutiveFailures: number;
  /** No attempt before this time; 0 when closed. */
  readonly openUntilMs: number;
}

export const CLOSED_CIRCUIT: Circuit = { consecutiveFailures: 0, openUntilMs: 0 };

const FAILURES_THAT_OPEN = 5;
const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 1_800_000;

export function circuitAfterFailure(circuit: Circuit, nowMs: number): Circuit {
  const consecutiveFailures = circuit.consecutiveFailures + 1;
  const beyond = consecutiveFailures - FAILURES_THAT_OPEN;
  if (beyond < 0) return { consecutiveFailures, openUntilMs: 0 };
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(beyond, 10), MAX_PAUSE_MS);
  return { consecutiveFailures, openUntilMs: nowMs + pauseMs };
}

/** How many of the due deliveries may be attempted: all, none, or the probe of a half-open circuit. */
export function attemptsAllowed(circuit: Circuit, nowMs: number): number {
  if (circuit.consecutiveFailures < FAILURES_THAT_OPEN) return Number.POSITIVE_INFINITY;
  return nowMs >= circuit.openUntilMs ? 1 : 0;
}
