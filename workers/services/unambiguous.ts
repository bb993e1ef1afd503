import type { AppDeps } from "../app-type.ts";
import type { PhoneNumberRow } from "../db/phone-numbers.ts";
import { type CallerTerms, findRivals, guardRivals } from "../db/rivals.ts";
import type { SqlValue, Statement } from "../db/write-unit.ts";
import type { Refusal } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import { ambiguity } from "./overlap.ts";

/** A number as it is about to stand, and whose calls it takes. */
export interface Claim {
  readonly workspaceId: string;
  readonly region: string;
  readonly number: PhoneNumberRow;
  /** Empty: it takes no calls and can be confused with none. */
  readonly forms: readonly string[];
  /** Null without an inbound trunk, and then there are no forms. */
  readonly callers: CallerTerms | null;
}

export type ClaimOutcome =
  | {
      readonly kind: "committed";
      readonly rows: readonly (readonly Record<string, SqlValue>[])[];
    }
  | { readonly kind: "ambiguous"; readonly refusal: Refusal }
  /** Another guard of the statements did not hold. */
  | { readonly kind: "refused"; readonly guard: string };

const MAX_RACES = 5;

/**
 * Commits the statements unless the number could be confused with another. The rivals that were looked
 * at are compared again inside the transaction: of two racing imports the second sees the first.
 * @throws ServiceUnavailable when rivals changed under it again and again
 */
export async function commitUnambiguous(
  deps: Pick<AppDeps, "db" | "writer">,
  claim: Claim,
  statements: readonly Statement[],
): Promise<ClaimOutcome> {
  const query = { region: claim.region, keys: claim.forms, exceptId: claim.number.id };
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const { rivals, fingerprint } = await findRivals(deps.db, query);
    const { callers, workspaceId } = claim;
    const refusal = callers === null ? null : ambiguity(workspaceId, callers, rivals);
    if (refusal !== null) return { kind: "ambiguous", refusal };
    const committed = await commitUnit(deps.writer, [
      guardRivals(query, fingerprint),
      ...statements,
    ]);
    if (committed.ok) return { kind: "committed", rows: committed.rows };
    if (committed.refusedBy !== "rivals_unchanged") {
      return { kind: "refused", guard: committed.refusedBy };
    }
  }
  throw new ServiceUnavailable(`rivals of ${claim.number.id} changed ${MAX_RACES} times`, 1);
}
