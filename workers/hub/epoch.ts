import type { LogIdentity } from "../db/routing-changes.ts";

/**
 * What the hub remembers of what it has told: the epoch, the highest version served in it and the
 * change that stood there. A database that disagrees was replaced by another one, and a node that
 * knows more than the database learnt it from one that is gone: both need a new epoch.
 */
export interface Served {
  readonly epoch: number;
  /** 0 before the first change. */
  readonly version: number;
  /** Of the change at `version`; null before the first change. */
  readonly changeId: string | null;
}

/** What a node says it has. */
export interface Claim {
  readonly epoch: number;
  readonly version: number;
}

/** 2026-01-01T00:00:00Z: a hub that has lost its storage counts epochs from here, so that they rise. */
const EPOCH_ZERO_MS = Date.UTC(2026, 0, 1);

/**
 * What the hub may tell after a look at the log, which was read with `served.version`.
 * The result has another epoch than `served` exactly when nodes must take a snapshot.
 */
export function nextServed(
  served: Served | null,
  log: LogIdentity,
  claim: Claim | null,
  nowMs: number,
): Served {
  const head = { version: log.head?.version ?? 0, changeId: log.head?.changeId ?? null };
  const claimedEpoch = claim?.epoch ?? 0;
  if (served !== null && continues(served, log) && !exceeds(claim, served.epoch, head.version)) {
    return { epoch: served.epoch, ...head };
  }
  const clock = Math.max(1, Math.floor((nowMs - EPOCH_ZERO_MS) / 1000));
  return { epoch: Math.max(clock, (served?.epoch ?? 0) + 1, claimedEpoch + 1), ...head };
}

function continues(served: Served, log: LogIdentity): boolean {
  return served.version === 0 || log.changeIdAt === served.changeId;
}

function exceeds(claim: Claim | null, epoch: number, headVersion: number): boolean {
  if (claim === null) return false;
  return claim.epoch > epoch || (claim.epoch === epoch && claim.version > headVersion);
}
