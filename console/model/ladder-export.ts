import type { Ladder } from "./ladder.ts";
import { visibleText } from "./words.ts";

/** A ladder to take away: as text with every message, and as a diagram for a ticket. */

export function ladderText(ladder: Ladder): string {
  const parts = ladder.rungs.map((rung) => {
    const lane = ladder.lanes[rung.lane];
    const arrow = rung.direction === "in" ? "<-" : "->";
    const head = `${isoMicros(rung.atMicros)} +${rung.offsetSecs.toFixed(3)} s  ${arrow} ${visibleText(lane?.host ?? "?")}  ${visibleText(rung.label)}`;
    const again = rung.repeats === 0 ? "" : `\n(sent ${rung.repeats + 1} times)`;
    return `${head}${again}\n\n${visibleText(rung.text.replaceAll("\r\n", "\n"))}`;
  });
  return parts.join(`\n${"-".repeat(72)}\n`).concat("\n");
}

function isoMicros(atMicros: number): string {
  const micros = String(atMicros % 1_000_000).padStart(6, "0");
  return `${new Date(Math.floor(atMicros / 1_000)).toISOString().slice(0, 19)}.${micros}Z`;
}

/** A Mermaid sequence diagram; what could end a line or be read as its syntax is written out. */
export function ladderMermaid(ladder: Ladder): string {
  const lines = ["sequenceDiagram", "  participant node as Trunkline"];
  ladder.lanes.forEach((lane, index) => {
    lines.push(`  participant peer${index} as ${mermaidText(`${lane.role} ${lane.host}`)}`);
  });
  for (const rung of ladder.rungs) {
    const peer = `peer${rung.lane}`;
    const label = mermaidText(
      [
        `+${rung.offsetSecs.toFixed(3)} s`,
        rung.label,
        rung.media === null ? "" : `(${rung.media})`,
        rung.repeats === 0 ? "" : `×${rung.repeats + 1}`,
      ]
        .filter(Boolean)
        .join(" "),
    );
    if (rung.tone === "note") lines.push(`  Note over node,${peer}: ${label}`);
    else if (rung.direction === "in") lines.push(`  ${peer}->>node: ${label}`);
    else lines.push(`  node->>${peer}: ${label}`);
  }
  return `${lines.join("\n")}\n`;
}

function mermaidText(text: string): string {
  return visibleText(text).replaceAll(/[#;:<>{}"'\n\t%]/g, (char) => `#${char.codePointAt(0)};`);
}
