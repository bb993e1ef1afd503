import { type Probe, SAMPLE_RATE_HZ, type Segment } from "./probe.ts";

/** Looking for what was sent in what was heard. */

/** A part that is this like its original has come back; G.711 twice over stays above 0.98. */
const MIN_CORRELATION = 0.7;
/** Jitter buffers, and the pauses of an agent that was late, may move between two stretches, but not further. */
const MAX_DELAY_SPREAD_MS = 100;
/** Of the stretches. */
const MIN_SHARE = 0.75;
/**
 * A jitter buffer that moves cuts out or puts in a pitch period: what follows is heard at another time. So a stretch is looked
 * for in parts, each by itself, and has come back when half of them have.
 */
const PARTS = 4;
const MIN_PARTS = 2;

export interface EchoResult {
  readonly isHeard: boolean;
  /** From leaving to arriving, median; null when it was not heard. */
  readonly roundTripMs: number | null;
  /** Of the best match of each part of each stretch, 0 to 1. */
  readonly correlations: readonly number[];
}

/**
 * `heard` begins at the sample at which the probe's first sample left; `maxDelayMs` bounds the search.
 */
export function findEcho(probe: Probe, heard: Int16Array, maxDelayMs: number): EchoResult {
  const stretches = probe.segments.map((segment) =>
    partsOf(segment).map((part) => bestMatch(probe.pcm, part, heard, maxDelayMs)),
  );
  const delays = stretches
    .flat()
    .filter(isMatch)
    .map((match) => match.delaySamples)
    .toSorted((a, b) => a - b);
  const median = delays[delays.length >> 1] ?? 0;
  const spread = (MAX_DELAY_SPREAD_MS * SAMPLE_RATE_HZ) / 1_000;
  const found = stretches.filter((parts) => {
    const agreeing = parts.filter(
      (match) => isMatch(match) && Math.abs(match.delaySamples - median) <= spread,
    );
    return agreeing.length >= MIN_PARTS;
  });
  const isHeard = found.length > 0 && found.length >= MIN_SHARE * probe.segments.length;
  return {
    isHeard,
    roundTripMs: isHeard ? Math.round((median * 1_000) / SAMPLE_RATE_HZ) : null,
    correlations: stretches.flat().map(({ correlation }) => correlation),
  };
}

interface Match {
  readonly delaySamples: number;
  readonly correlation: number;
}

function isMatch({ correlation }: Match): boolean {
  return correlation >= MIN_CORRELATION;
}

function partsOf({ start, length }: Segment): Segment[] {
  const part = Math.floor(length / PARTS);
  return Array.from({ length: PARTS }, (_, index) => ({
    start: start + index * part,
    length: part,
  }));
}

/** The delay of highest normalised correlation. */
function bestMatch(
  pcm: Int16Array,
  segment: Segment,
  heard: Int16Array,
  maxDelayMs: number,
): Match {
  const pattern = pcm.subarray(segment.start, segment.start + segment.length);
  const patternEnergy = energyOf(pattern, 0, pattern.length);
  const lastDelay = Math.min(
    (maxDelayMs * SAMPLE_RATE_HZ) / 1_000,
    heard.length - segment.start - segment.length,
  );
  let best = { delaySamples: 0, correlation: 0 };
  let energy = energyOf(heard, segment.start, segment.length);
  for (let delay = 0; delay <= lastDelay; delay += 1) {
    const from = segment.start + delay;
    if (energy > 0) {
      let sum = 0;
      for (let index = 0; index < pattern.length; index += 1) {
        sum += (pattern[index] ?? 0) * (heard[from + index] ?? 0);
      }
      const correlation = sum / Math.sqrt(energy * patternEnergy);
      if (correlation > best.correlation) best = { delaySamples: delay, correlation };
    }
    // The window moves on by one sample: integers, so that nothing accumulates.
    energy += (heard[from + segment.length] ?? 0) ** 2 - (heard[from] ?? 0) ** 2;
  }
  return best;
}

function energyOf(samples: Int16Array, start: number, length: number): number {
  let energy = 0;
  for (let index = start; index < start + length; index += 1) energy += (samples[index] ?? 0) ** 2;
  return energy;
}
