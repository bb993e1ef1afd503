/** How a stretch of audio repeats itself: what concealment continues and what time-stretching cuts out or puts in. */

/** The result of a search; made once, written by each. */
export interface PitchMatch {
  /** Samples after which the audio repeats itself best. */
  lag: number;
  /** Normalised cross-correlation at that lag, -1 to 1; 1 for digital silence. */
  similarity: number;
}

/** A sample of an overlap: `weight` of it is the newer one. */
export function mixed(older: number, newer: number, weight: number): number {
  return Math.round(older * (1 - weight) + newer * weight);
}

/** Mean square of `length` samples, about: every third is looked at. */
export function meanSquare(samples: Int16Array, length: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < length; i += 3) {
    const sample = samples[i] ?? 0;
    sum += sample * sample;
    count += 1;
  }
  return sum / count;
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
  match.similarity = energy === 0 ? 1 : -1;
  for (let lag = minLag; lag <= maxLag; lag += lagStep) {
    const offset = direction * lag;
    let product = 0;
    let otherEnergy = 0;
    for (let i = from; i < from + length; i += sampleStep) {
      const other = samples[i + offset] ?? 0;
      product += (samples[i] ?? 0) * other;
      otherEnergy += other * other;
    }
    if (energy === 0 || otherEnergy === 0) continue;
    const similarity = product / Math.sqrt(energy * otherEnergy);
    if (similarity > match.similarity) {
      match.lag = lag;
      match.similarity = similarity;
    }
  }
}
