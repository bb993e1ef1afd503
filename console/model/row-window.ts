/** Which rows of a long list are drawn: those in sight, and a few to either side. */

/** So many at a time, so that scrolling by a row draws nothing. */
const STEP = 8;

export interface RowWindow {
  /** Of the first drawn row, from 0. */
  readonly from: number;
  /** One after the last. */
  readonly to: number;
}

/**
 * `topPx` is where the first row begins, from the upper edge of what is in sight, negative when it is above;
 * `heightPx` is how much is in sight. Every row is `rowPx` high. As if the list had no end.
 */
export function rowsInSight(place: {
  readonly topPx: number;
  readonly heightPx: number;
  readonly rowPx: number;
}): RowWindow {
  const { topPx, heightPx, rowPx } = place;
  const from = Math.max(0, Math.floor(-topPx / rowPx / STEP) - 1) * STEP;
  const to = (Math.ceil((heightPx - topPx) / rowPx / STEP) + 1) * STEP;
  return { from, to: Math.max(to, from + STEP) };
}

/** The same of a list of so many: one that has shrunk under its reader shows its end. */
export function clippedTo({ from, to }: RowWindow, count: number): RowWindow {
  const first = Math.min(from, Math.max(count - STEP, 0));
  return { from: first, to: Math.min(to, count) };
}
