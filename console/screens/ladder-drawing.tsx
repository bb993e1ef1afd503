import type { Ladder } from "../model/ladder.ts";
import type { LadderLayout, PlacedRung } from "../model/ladder-layout.ts";
import { durationWords, visibleText } from "../model/words.ts";

/** The ladder as lines: lanes, arrows, silences, and a bar while media flows. Hidden from screen readers. */
export function LadderDrawing({ ladder, layout }: { ladder: Ladder; layout: LadderLayout }) {
  const names = ["Trunkline", ...ladder.lanes.map(({ role, host }) => `${role} ${short(host)}`)];
  return (
    <svg width={layout.width} height={layout.height} aria-hidden="true" focusable="false">
      {layout.laneX.map((x, index) => (
        <g key={x}>
          <line className="lane" x1={x} x2={x} y1={44} y2={layout.height} />
          <text className="lane-name" x={x} y={28} textAnchor="middle">
            {names[index]}
          </text>
        </g>
      ))}
      {layout.media === null ? null : (
        <rect
          className="media"
          x={(layout.laneX[0] ?? 0) + 6}
          y={layout.media.top}
          width={10}
          height={layout.media.bottom - layout.media.top}
          rx={4}
        />
      )}
      {layout.gaps.map(({ y, secs }) => (
        <text className="gap" key={y} x={8} y={y + 4}>
          … {durationWords(secs)} of silence
        </text>
      ))}
      {layout.rungs.map((placed) => (
        <Arrow key={placed.rung.index} placed={placed} rowHeight={layout.rowHeight} />
      ))}
    </svg>
  );
}

function Arrow({ placed, rowHeight }: { placed: PlacedRung; rowHeight: number }) {
  const { rung, top, fromX, toX } = placed;
  const y = top + rowHeight * 0.68;
  const sign = toX > fromX ? -1 : 1;
  const again = rung.repeats === 0 ? "" : ` ×${rung.repeats + 1}`;
  const chip = rung.media === null ? "" : ` · ${rung.media}`;
  return (
    <g data-tone={rung.tone}>
      <text className="time" x={8} y={y + 3}>
        +{rung.offsetSecs.toFixed(3)} s
      </text>
      <text x={(fromX + toX) / 2} y={y - 6} textAnchor="middle">
        {visibleText(rung.label).slice(0, 28)}
        {again}
        <tspan className="chip">{visibleText(chip)}</tspan>
      </text>
      {rung.tone === "note" ? null : (
        <>
          <line
            className={rung.repeats === 0 ? "arrow" : "arrow again"}
            x1={fromX}
            x2={toX}
            y1={y}
            y2={y}
          />
          <path className="head" d={`M${toX} ${y}l${sign * 8} -4v8z`} />
        </>
      )}
    </g>
  );
}

function short(host: string): string {
  const text = visibleText(host);
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
