import type { Ladder, Rung } from "./ladder.ts";

/** Where the parts of a ladder are drawn, in pixels. */

const ROW = 34;
const GAP_ROW = 22;
const TOP = 56;
const GUTTER = 84;
const LANE = 260;
/** Silence that is worth a line of its own. */
const LONG_SECS = 1;

export interface PlacedRung {
  readonly rung: Rung;
  readonly top: number;
  readonly fromX: number;
  readonly toX: number;
}

export interface LadderLayout {
  readonly width: number;
  readonly height: number;
  readonly rowHeight: number;
  /** The node first, then the peers. */
  readonly laneX: readonly number[];
  readonly rungs: readonly PlacedRung[];
  readonly gaps: readonly { readonly y: number; readonly secs: number }[];
  readonly media: { readonly top: number; readonly bottom: number } | null;
}

/** Ours is the rightmost lane: calls come in from the left, as carriers draw them. */
export function layoutOf(ladder: Ladder): LadderLayout {
  const peers = Math.max(1, ladder.lanes.length);
  const nodeX = GUTTER + 60 + peers * LANE;
  const laneX = [nodeX, ...ladder.lanes.map((_, index) => GUTTER + 60 + index * LANE)];
  const rungs: PlacedRung[] = [];
  const gaps: { y: number; secs: number }[] = [];
  let y = TOP;
  let before: Rung | null = null;
  for (const rung of ladder.rungs) {
    const waited = before === null ? 0 : rung.offsetSecs - before.offsetSecs;
    if (waited > LONG_SECS) {
      gaps.push({ y: y + GAP_ROW / 2, secs: waited });
      y += GAP_ROW;
    }
    const peerX = laneX[rung.lane + 1] ?? GUTTER + 60;
    rungs.push({
      rung,
      top: y,
      fromX: rung.direction === "in" ? peerX : nodeX,
      toX: rung.direction === "in" ? nodeX : peerX,
    });
    y += ROW;
    before = rung;
  }
  return {
    width: nodeX + 90,
    height: y + 16,
    rowHeight: ROW,
    laneX,
    rungs,
    gaps,
    media: mediaBar(ladder, rungs),
  };
}

function mediaBar(ladder: Ladder, placed: readonly PlacedRung[]): LadderLayout["media"] {
  const { media } = ladder;
  if (media === null) return null;
  const during = placed.filter(
    ({ rung }) => rung.offsetSecs >= media.fromSecs && rung.offsetSecs <= media.toSecs,
  );
  const [first, last] = [during[0], during.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { top: first.top + ROW / 2, bottom: last.top + ROW / 2 };
}
