/** The most of these moments that lie within `windowMs` of one another. */
export function mostWithin(windowMs: number, atMs: readonly number[]): number {
  const sorted = atMs.toSorted((one, other) => one - other);
  let first = 0;
  let most = 0;
  for (const [last, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) > windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
