/** How a stretch of audio repeats itself: what concealment continues and what time-stretching cuts out or puts in. */

/** The result of a search; made once, written by each. */
export interface PitchMatch {
  /** Samples after which the audio repeats itself best. */
  lag: number;
  /** Normalised cross-correlation at that lag, -1 to 1; -1 for digital silence, which says nothing of what is around it. */
  similarity: number;
}

/** A sample of an overlap: `weight` of it is the newer one. */
export function mixed(older: number, newer: number, weight: number): number {
  return Math.round(older * (1 - weight) + newer * weight);
}

/** How loud a stretch is; made once, written by each look at it. */
export interface Loudness {
  meanSquare: number;
  peakSquare: number;
}

/** Of the first `length` samples, about: every third is looked at, and the last. */
export function measureLoudness(samples: Int16Array, length: number, loudness: Loudness): void {
  let sum = 0;
  let peak = (samples[length - 1] ?? 0) ** 2;
  let count = 0;
  for (let i = 0; i < length; i += 3) {
    const square = (samples[i] ?? 0) ** 2;
    sum += square;
    if (square > peak) peak = square;
    count += 1;
  }
  loudness.meanSquare = sum / count;
  loudness.peakSquare = peak;
}

/**
 * Finds the lag in `[minLag, maxLag]`, by `lagStep`, at which `length` samples from `from` on are most like the same number at
 * `from + lag` (`direction` 1) or `from - lag` (-1). Every `sampleStep`-th sample is looked at.
 */
export function findPitch(
  samples: Int16Array,
  from: number,
  length: number,
  direction: 1 | -1,
  minLag: number,
  maxLag: number,
  lagStep: number,
  sampleStep: number,
  match: PitchMatch,
): void {
  let energy = 0;
  for (let i = from; i < from + length; i += sampleStep) {
    const sample = samples[i] ?? 0;
    energy += sample * sample;
  }
  match.lag = minLag;
  match.similarity = -1;
  if (energy === 0) return;
  for (let lag = minLag; lag <= maxLag; lag += lagStep) {
    const offset = direction * lag;
    let product = 0;
    let otherEnergy = 0;
    for (let i = from; i < from + length; i += sampleStep) {
      const other = samples[i + offset] ?? 0;
      product += (samples[i] ?? 0) * other;
      otherEnergy += other * other;
    }
    if (otherEnergy === 0) continue;
    const similarity = product / Math.sqrt(energy * otherEnergy);
    if (similarity > match.similarity) {
      match.lag = lag;
      match.similarity = similarity;
    }
  }
}
