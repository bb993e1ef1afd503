/** What is heard after an answer, made by formula from a seed: voices, machines' beeps, tones of the network, music. */

/** Numbers from 0 to 1. */
type Random = () => number;

/** Audio under construction, at one rate; levels are root mean squares in dB of 32,768. */
export class Sounds {
  readonly rateHz: number;
  readonly #random: Random;
  #samples: Float64Array;
  #length = 0;

  constructor(rateHz: number, random: Random) {
    this.rateHz = rateHz;
    this.#random = random;
    this.#samples = new Float64Array(rateHz * 16);
  }

  /** Milliseconds so far. */
  get lengthMs(): number {
    return (this.#length * 1_000) / this.rateHz;
  }

  /** Between two numbers. */
  between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }

  /** True so often. */
  chance(part: number): boolean {
    return this.#random() < part;
  }

  silence(ms: number): void {
    this.#take(ms);
  }

  /** White noise. */
  noise(ms: number, dbfs: number): void {
    const at = this.#take(ms);
    const amplitude = amplitudeOf(dbfs) * Math.sqrt(3);
    for (let i = at; i < this.#length; i++) {
      this.#samples[i] = amplitude * (2 * this.#random() - 1);
    }
  }

  /** Sines together, with a rise and a fall of 4 ms, whose sum has the level. */
  tones(hz: readonly number[], ms: number, dbfs: number): void {
    const at = this.#take(ms);
    const amplitude = amplitudeOf(dbfs) * Math.sqrt(2 / hz.length);
    const count = this.#length - at;
    const edge = (4 * this.rateHz) / 1_000;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (const each of hz) sum += Math.sin((2 * Math.PI * each * i) / this.rateHz);
      const fade = Math.min(1, i / edge, (count - i) / edge);
      this.#samples[at + i] = amplitude * fade * sum;
    }
  }

  /**
   * Words of one voice in so many milliseconds, with no pause longer than `longestPauseMs`: pulses at a gliding pitch and
   * bursts of noise, through three formants that move from syllable to syllable.
   */
  speech(ms: number, dbfs: number, voice: Voice, longestPauseMs = 350): void {
    const at = this.#take(ms);
    const end = this.#length;
    let position = at;
    while (position < end) {
      const syllable = Math.min(end - position, this.#samplesOf(this.between(90, 260)));
      this.#syllable(position, syllable, voice);
      position += syllable;
      const isPhraseEnd = this.chance(0.15) && longestPauseMs > 120;
      const pauseMs = isPhraseEnd ? this.between(120, longestPauseMs) : this.between(10, 70);
      const pause = this.#samplesOf(pauseMs);
      // A greeting ends with a word, not with a pause.
      position += position + pause + this.#samplesOf(90) < end ? pause : 0;
    }
    this.#level(at, end, dbfs);
  }

  /** A melody of a chord and a lead with overtones, plucked or blown, without rests. */
  music(ms: number, dbfs: number): void {
    const at = this.#take(ms);
    const end = this.#length;
    const isPlucked = this.chance(0.5);
    const overtones = 2 + Math.floor(this.between(0, 5));
    for (let voice = 0; voice < 3; voice++) {
      let position = at;
      while (position < end) {
        const note = Math.min(end - position, this.#samplesOf(this.between(120, 700)));
        const hz = 220 * 2 ** (Math.floor(this.between(0, 30)) / 12);
        this.#note(position, note, hz, voice === 0 ? 1 : 0.4, { isPlucked, overtones });
        position += note;
      }
    }
    this.#level(at, end, dbfs);
  }

  /** White noise under all of it, and the whole as 16-bit samples. */
  over(noiseDbfs: number): Int16Array {
    const amplitude = amplitudeOf(noiseDbfs) * Math.sqrt(3);
    const pcm = new Int16Array(this.#length);
    for (let i = 0; i < pcm.length; i++) {
      const sample = (this.#samples[i] ?? 0) + amplitude * (2 * this.#random() - 1);
      pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round(sample)));
    }
    return pcm;
  }

  #samplesOf(ms: number): number {
    return Math.round((ms * this.rateHz) / 1_000);
  }

  /** Room at the end; returns where it begins. */
  #take(ms: number): number {
    const at = this.#length;
    this.#length += this.#samplesOf(ms);
    if (this.#length > this.#samples.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#samples);
      this.#samples = longer;
    }
    return at;
  }

  #syllable(at: number, count: number, voice: Voice): void {
    const [f1, f2, f3] = VOWELS[Math.floor(this.between(0, VOWELS.length))] ?? [500, 1_500, 2_500];
    const scale = voice.tract * this.between(0.95, 1.05);
    const formants = [
      resonator(f1 * scale, 80, this.rateHz),
      resonator(f2 * scale, 110, this.rateHz),
      resonator(f3 * scale, 160, this.rateHz),
    ];
    const loudness = 10 ** (this.between(-8, 0) / 20);
    const startHz = voice.pitchHz * this.between(0.85, 1.2);
    const endHz = voice.pitchHz * this.between(0.8, 1.1);
    // A consonant before the vowel.
    const consonant = this.chance(0.6) ? Math.min(count, this.#samplesOf(this.between(20, 80))) : 0;
    let phase = 0;
    let glottis = 0;
    for (let i = 0; i < count; i++) {
      const progress = i / count;
      let source: number;
      if (i < consonant) source = 0.15 * (2 * this.#random() - 1);
      else {
        const hz = startHz + (endHz - startHz) * progress;
        phase += (hz * (1 + 0.01 * (2 * this.#random() - 1))) / this.rateHz;
        if (phase >= 1) {
          phase -= 1;
          glottis = 1;
        } else glottis *= 0.9;
        source = glottis + 0.01 * (2 * this.#random() - 1);
      }
      let sample = source;
      for (const formant of formants) sample = formant(sample);
      const envelope = Math.min(1, 6 * progress, 5 * (1 - progress));
      this.#samples[at + i] = loudness * envelope * sample;
    }
  }

  #note(
    at: number,
    count: number,
    hz: number,
    part: number,
    { isPlucked, overtones }: { readonly isPlucked: boolean; readonly overtones: number },
  ): void {
    for (let i = 0; i < count; i++) {
      const seconds = i / this.rateHz;
      const envelope = isPlucked ? Math.exp(-4 * seconds) : 1 + 0.1 * Math.sin(35 * seconds);
      let sum = 0;
      for (let overtone = 1; overtone <= overtones; overtone++) {
        if (overtone * hz > 3_600) break;
        sum += Math.sin(2 * Math.PI * overtone * hz * seconds) / overtone;
      }
      const fade = Math.min(1, i / 40, (count - i) / 40);
      this.#samples[at + i] = (this.#samples[at + i] ?? 0) + part * envelope * fade * sum;
    }
  }

  #level(from: number, to: number, dbfs: number): void {
    let energy = 0;
    for (let i = from; i < to; i++) energy += (this.#samples[i] ?? 0) ** 2;
    const scale = amplitudeOf(dbfs) / Math.sqrt(energy / Math.max(1, to - from));
    for (let i = from; i < to; i++) this.#samples[i] = scale * (this.#samples[i] ?? 0);
  }
}

/** Who speaks: a man's pitch and long tract, a woman's, a child's. */
export interface Voice {
  readonly pitchHz: number;
  readonly tract: number;
}

export function someVoice(sounds: Sounds): Voice {
  const pitchHz = sounds.between(85, 300);
  return { pitchHz, tract: 0.9 + (0.35 * (pitchHz - 85)) / 215 };
}

/** First three formants of vowels. */
const VOWELS: readonly (readonly [number, number, number])[] = [
  [270, 2_290, 3_010],
  [390, 1_990, 2_550],
  [530, 1_840, 2_480],
  [660, 1_720, 2_410],
  [730, 1_090, 2_440],
  [570, 840, 2_410],
  [440, 1_020, 2_240],
  [300, 870, 2_240],
  [640, 1_190, 2_390],
  [490, 1_350, 1_690],
];

function resonator(hz: number, bandwidthHz: number, rateHz: number): (sample: number) => number {
  const radius = Math.exp((-Math.PI * bandwidthHz) / rateHz);
  const a1 = 2 * radius * Math.cos((2 * Math.PI * Math.min(hz, 0.45 * rateHz)) / rateHz);
  const a2 = -radius * radius;
  const gain = 1 - a1 - a2;
  let last = 0;
  let before = 0;
  return (sample) => {
    const next = gain * sample + a1 * last + a2 * before;
    before = last;
    last = next;
    return next;
  };
}

function amplitudeOf(dbfs: number): number {
  return 32_768 * 10 ** (dbfs / 20);
}
