import type { CallRejected, RejectedAttempt } from "../../../schema/contracts/call-record.ts";
import { makeId, parseId } from "../../../schema/values/ids.ts";
import { CALL_ENDS } from "../call-ends.ts";
import type { CallDeps, RefusedInvite } from "../ports.ts";
import { rejectionHint } from "./rejection-hints.ts";

/** One row for as long as this, however many attempts it counts. */
const WINDOW_MS = 60_000;
/** Rows of all tenants, and rows of one number that name their source; further sources share a row. */
const MAX_ROWS = 128;
const MAX_SOURCES_OF_NUMBER = 16;
const MAX_SIGNALLED_CHARS = 256;

export interface RejectedAttempts {
  note(refused: RefusedInvite): void;
  /** Tells what has been counted and not told yet. */
  close(): Promise<void>;
}

interface Row {
  readonly first: Omit<RejectedAttempt, "lastAtMs" | "attempts">;
  readonly timer: Disposable;
  lastAtMs: number;
  attempts: number;
  told: number;
}

interface Deps extends Pick<CallDeps, "clock" | "logger" | "random" | "node"> {
  readonly outbox: { save(event: CallRejected): Promise<void> };
}

/**
 * Refused INVITEs as their tenants may read them. The first of a kind is told at once, what follows within a
 * minute is counted: a scanner makes two events a minute of each reason, and never more rows than the limits say.
 */
export function createRejectedAttempts(deps: Deps): RejectedAttempts {
  const { clock, logger } = deps;
  const rows = new Map<string, Row>();
  let dropped = 0;
  let telling = Promise.resolve();

  async function save(attempt: RejectedAttempt): Promise<void> {
    const eventId = makeId("event", clock.nowMs(), deps.random(10));
    try {
      await deps.outbox.save({ kind: "call_rejected", eventId, attempt });
    } catch (err) {
      logger.warn("rejected_attempt_not_saved", { id: attempt.id, code: attempt.code, err });
    }
  }

  function tell(row: Row): void {
    const { attempts, first, lastAtMs } = row;
    if (row.told === attempts) return;
    row.told = attempts;
    const saved = save({ ...first, lastAtMs, attempts });
    telling = telling.then(() => saved);
  }

  function close(key: string, row: Row): void {
    row.timer[Symbol.dispose]();
    rows.delete(key);
    tell(row);
    if (dropped === 0) return;
    logger.warn("rejected_attempts_dropped", { attempts: dropped });
    dropped = 0;
  }

  function sourcesOf({ workspaceId, phoneNumberId }: RefusedInvite): number {
    let count = 0;
    for (const { first } of rows.values()) {
      if (first.workspaceId === workspaceId && first.phoneNumberId === phoneNumberId) count += 1;
    }
    return count;
  }

  function open(refused: RefusedInvite): void {
    const isCrowded = sourcesOf(refused) >= MAX_SOURCES_OF_NUMBER;
    const sourceAddress = isCrowded ? null : refused.query.sourceAddress;
    const key = keyOf(refused, sourceAddress);
    const shared = rows.get(key);
    if (shared !== undefined) {
      count(shared);
      return;
    }
    const first = rows.size < MAX_ROWS ? rowOf(refused, sourceAddress, deps) : null;
    if (first === null) {
      dropped += 1;
      return;
    }
    const row: Row = {
      first,
      timer: clock.after(WINDOW_MS, () => close(key, row)),
      lastAtMs: first.firstAtMs,
      attempts: 1,
      told: 0,
    };
    rows.set(key, row);
    tell(row);
  }

  function count(row: Row): void {
    row.attempts += 1;
    row.lastAtMs = clock.nowMs();
  }

  return {
    note(refused) {
      // What the caller gave up, or what was no refusal of the INVITE, is nobody's to repair.
      if (refused.workspaceId === null || refused.code === "cancelled") return;
      const row = rows.get(keyOf(refused, refused.query.sourceAddress));
      if (row === undefined) open(refused);
      else count(row);
    },
    async close() {
      for (const [key, row] of [...rows]) close(key, row);
      await telling;
    },
  };
}

function keyOf(refused: RefusedInvite, sourceAddress: string | null): string {
  const { workspaceId, phoneNumberId, code } = refused;
  return [workspaceId, phoneNumberId, code, sourceAddress].join(" ");
}

/** Null for a code that refuses nothing, or identifiers that are none of ours. */
function rowOf(
  refused: RefusedInvite,
  sourceAddress: string | null,
  deps: Deps,
): Row["first"] | null {
  const { code, query } = refused;
  const { reason, sipStatus } = CALL_ENDS[code];
  const workspaceId = parseId("workspace", refused.workspaceId ?? "");
  if (sipStatus === null || workspaceId === null) return null;
  const nowMs = deps.clock.nowMs();
  const cut = (text: string) => text.slice(0, MAX_SIGNALLED_CHARS).toWellFormed();
  const signalled = {
    requestUser: cut(query.requestUser),
    requestHost: cut(query.requestHost),
    toUser: cut(query.toUser),
    fromUser: cut(query.fromUser),
    sipCallId: cut(refused.sipCallId),
  };
  return {
    id: makeId("rejectedAttempt", nowMs, deps.random(10)),
    workspaceId,
    phoneNumberId: parseId("phoneNumber", refused.phoneNumberId ?? ""),
    conversationId: parseId("conversation", refused.conversationId ?? ""),
    nodeId: deps.node.id,
    region: deps.node.region,
    code,
    sipStatus,
    reason,
    hint: rejectionHint(code, { ...query, ...signalled }),
    sourceAddress,
    sourcePort: query.sourcePort,
    transport: query.transport,
    ...signalled,
    firstAtMs: nowMs,
  };
}
