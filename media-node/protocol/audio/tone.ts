/** Audio made by formula, the same every time: what tests and the demonstration agent play. */

/** Fills an array with the next samples. */
export interface AudioSource {
  fill(samples: Int16Array): void;
}

/** A sine of `amplitude` (peak, of 32,767), continuous from one `fill` to the next. */
export function createTone(rateHz: number, frequencyHz: number, amplitude = 8_000): AudioSource {
  let position = 0;
  return {
    fill(samples) {
      for (let i = 0; i < samples.length; i++) {
        samples[i] = Math.round(
          amplitude * Math.sin((2 * Math.PI * frequencyHz * position) / rateHz),
        );
        position += 1;
      }
    },
  };
}

/** A signed 32-bit number after another (Marsaglia's xorshift): noise, and nothing that must not be guessed. */
export function nextRandom(state: number): number {
  const left = state ^ (state << 13);
  const right = left ^ (left >>> 17);
  return right ^ (right << 5);
}

/** White noise, even between minus and plus `amplitude`; the same every time. */
export function createRandomNoise(amplitude: number): AudioSource {
  let state = 0x2545_f491;
  return {
    fill(samples) {
      for (let i = 0; i < samples.length; i++) {
        state = nextRandom(state);
        samples[i] = Math.round((amplitude * state) / 0x8000_0000);
      }
    },
  };
}

/** First and second formant in Hz, and how long the syllable lasts. */
const SYLLABLES: readonly (readonly [number, number, number])[] = [
  [730, 1090, 0.16],
  [270, 2290, 0.14],
  [530, 1840, 0.2],
  [300, 870, 0.18],
  [660, 1720, 0.12],
  [440, 1020, 0.22],
];
const SYLLABLE_GAP_S = 0.05;
const PHRASE_GAP_S = 0.35;
const PEAK = 12_000;

/**
 * Audio with the rhythm and the spectrum of speech: a voice of 110 to 150 Hz whose harmonics are shaped by two formants,
 * in syllables of 120 to 220 ms with pauses between them and longer ones between phrases.
 */
export function createSpeechLike(rateHz: number): AudioSource {
  let syllable = 0;
  let sampleInSyllable = 0;
  let pitchPhase = 0;

  function next(): number {
    const [firstHz, secondHz, seconds] = SYLLABLES[syllable % SYLLABLES.length] ?? [500, 1500, 0.2];
    const isPhraseEnd = syllable % 5 === 4;
    const voicedSamples = Math.round(seconds * rateHz);
    const gapSamples = Math.round((isPhraseEnd ? PHRASE_GAP_S : SYLLABLE_GAP_S) * rateHz);
    const position = sampleInSyllable;
    sampleInSyllable += 1;
    if (sampleInSyllable === voicedSamples + gapSamples) {
      sampleInSyllable = 0;
      syllable += 1;
    }
    if (position >= voicedSamples) return 0;
    const progress = position / voicedSamples;
    const pitchHz = 110 + 8 * (syllable % 5) + 10 * Math.sin(Math.PI * progress);
    pitchPhase = (pitchPhase + pitchHz / rateHz) % 1;
    const envelope = Math.sin(Math.PI * progress) ** 0.5;
    return PEAK * envelope * voice(pitchPhase, pitchHz, firstHz, secondHz);
  }

  return {
    fill(samples) {
      for (let i = 0; i < samples.length; i++) samples[i] = Math.round(next());
    },
  };
}

/** A sum of harmonics up to 3,400 Hz, each weighted by its distance to the formants; within -1 and 1. */
function voice(phase: number, pitchHz: number, firstHz: number, secondHz: number): number {
  let sum = 0;
  let weights = 0;
  for (let harmonic = 1; harmonic * pitchHz < 3_400; harmonic++) {
    const hz = harmonic * pitchHz;
    const weight =
      1 / (1 + ((hz - firstHz) / 90) ** 2) + 0.6 / (1 + ((hz - secondHz) / 130) ** 2) + 0.02;
    sum += weight * Math.sin(2 * Math.PI * harmonic * phase);
    weights += weight;
  }
  return sum / weights;
}
