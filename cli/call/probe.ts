/**
 * What the phone plays to hear whether it comes back: four short sweeps out of a set, in an order and
 * with gaps that differ from call to call, so that silence, a tone or another call's echo is not ours.
 */

export const SAMPLE_RATE_HZ = 8_000;
const BURST_SAMPLES = 1_280; // 160 ms
const BURSTS = 4;
const AMPLITUDE = 9_000;

/** Sweeps of telephone band, from and to in Hz; pairwise dissimilar. */
const SWEEPS = [
  [400, 1_400],
  [3_000, 1_900],
  [1_500, 2_700],
  [1_300, 500],
  [2_200, 800],
  [700, 2_900],
] as const;

export interface Segment {
  /** In samples from the beginning of what is played. */
  readonly start: number;
  readonly length: number;
}

/** Audio to play, and the parts of it to look for in what is heard. */
export interface Probe {
  readonly pcm: Int16Array;
  readonly segments: readonly Segment[];
}

/** `random` gives a number from 0 up to 1. */
export function makeProbe(random: () => number): Probe {
  const left: (readonly [number, number])[] = [...SWEEPS];
  const parts: { start: number; sweep: readonly [number, number] }[] = [];
  let start = 0;
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const [sweep] = left.splice(Math.floor(random() * left.length), 1);
    if (sweep === undefined) break;
    parts.push({ start, sweep });
    start += BURST_SAMPLES + 640 + Math.floor(random() * 1_280); // a gap of 80 to 240 ms
  }
  const pcm = new Int16Array(start);
  for (const part of parts) pcm.set(makeSweep(part.sweep), part.start);
  return { pcm, segments: parts.map((part) => ({ start: part.start, length: BURST_SAMPLES })) };
}

/** The same for audio of the user's own: up to four of its loudest stretches, apart from each other. */
export function segmentsOf(pcm: Int16Array): Segment[] {
  const blocks: { start: number; energy: number }[] = [];
  for (let start = 0; start + BURST_SAMPLES <= pcm.length; start += BURST_SAMPLES) {
    let energy = 0;
    for (let index = start; index < start + BURST_SAMPLES; index += 1)
      energy += (pcm[index] ?? 0) ** 2;
    blocks.push({ start, energy });
  }
  return blocks
    .filter((block) => block.energy > 0)
    .toSorted((a, b) => b.energy - a.energy)
    .slice(0, BURSTS)
    .toSorted((a, b) => a.start - b.start)
    .map((block) => ({ start: block.start, length: BURST_SAMPLES }));
}

function makeSweep([fromHz, toHz]: readonly [number, number]): Int16Array {
  const seconds = BURST_SAMPLES / SAMPLE_RATE_HZ;
  return Int16Array.from({ length: BURST_SAMPLES }, (_, index) => {
    const t = index / SAMPLE_RATE_HZ;
    const phase = 2 * Math.PI * (fromHz * t + ((toHz - fromHz) * t * t) / (2 * seconds));
    const envelope = Math.sin((Math.PI * index) / BURST_SAMPLES);
    return Math.round(AMPLITUDE * envelope * Math.sin(phase));
  });
}
