import type { FeedDocument } from "../network/document.ts";

/**
 * The first range that is in use in `next` though what is served now has not announced it, and no
 * version since then says that it needed no notice; null when all is as it was promised.
 */
export function unannouncedRange(
  served: {
    readonly version: number;
    readonly inUse: readonly string[];
    readonly pending: readonly string[];
  },
  next: FeedDocument,
): string | null {
  const told = new Set([...served.inUse, ...served.pending]);
  const excused = new Set(
    next.versions
      .filter(({ version, notice }) => version > served.version && notice !== "scheduled")
      .flatMap(({ changes }) => changes.map(({ range_id }) => range_id)),
  );
  const found = next.ranges.find(
    ({ id, state }) => state !== "pending" && !told.has(id) && !excused.has(id),
  );
  return found?.id ?? null;
}
