import { newId } from "../../schema/values/ids.ts";
import { IF_MATCH_GUARD } from "../db/audit-chain.ts";
import { DatabaseFault } from "../db/client.ts";
import { KEY_UNUSED } from "../db/idempotency-keys.ts";
import type { SqlValue, Statement, Writer, WriteUnit } from "../db/write-unit.ts";
import { ChangedSinceRead, ServiceUnavailable, TrunklineError } from "../errors/trunkline-error.ts";

/** What a service must know of a write: applied, or which guard stood against it. */
export type CommitOutcome =
  | { readonly ok: true; readonly rows: readonly (readonly Record<string, SqlValue>[])[] }
  /** `refusedBy` is the guard's name, or `constraint` for one of the schema. */
  | { readonly ok: false; readonly refusedBy: string };

/** A request with the same `Idempotency-Key` has committed first: its answer is this one's as well. */
export class KeyUsedMeanwhile extends TrunklineError {
  readonly code = "idempotency_in_progress";
  readonly publicMessage = "A request with this Idempotency-Key has just been answered.";
}

/** @throws KeyUsedMeanwhile; ChangedSinceRead; ServiceUnavailable when the writer did not take the unit; DatabaseFault when it never will */
export async function commitUnit(
  writer: Writer,
  statements: readonly Statement[],
  priority: WriteUnit["priority"] = "normal",
): Promise<CommitOutcome> {
  const outcome = await writer.write({ writeId: newId("write"), priority, statements });
  if (outcome.ok) return { ok: true, rows: outcome.rows };
  switch (outcome.code) {
    case "guard_failed":
      if (outcome.guard === KEY_UNUSED) throw new KeyUsedMeanwhile("used meanwhile");
      if (outcome.guard === IF_MATCH_GUARD) throw new ChangedSinceRead("changed since read");
      return { ok: false, refusedBy: outcome.guard };
    case "constraint_violated":
      return { ok: false, refusedBy: "constraint" };
    case "fault":
      throw new DatabaseFault(`a write was refused: ${outcome.detail}`);
    case "unavailable":
      throw new ServiceUnavailable("the writer did not take a unit", outcome.retryAfterSecs);
    default:
      return outcome satisfies never;
  }
}
