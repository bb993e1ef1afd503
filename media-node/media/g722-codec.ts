import type { G722Mode } from "../protocol/audio/g722.ts";
import type { AudioEncoder } from "./audio-codec.ts";
import {
  type AudioModule,
  audioModule,
  INPUT_AT,
  OCTETS_AT,
  OUTPUT_AT,
  STATE_AT,
  TABLES_AT,
} from "./audio-module.ts";

/** State of wasm/audio/g722.ts in words of 32 bits, and where the scale factors of the two bands stand in it. */
export const G722_STATE_WORDS = 63;
const LOW_SCALE_WORD = 48;
const HIGH_SCALE_WORD = 49;
/** G.722 table 24: their values after a reset; everything else is 0. */
const LOW_FIRST_SCALE = 32;
const HIGH_FIRST_SCALE = 8;

/** One direction of one call in WebAssembly: bit for bit what `protocol/audio/g722.ts` does, six times as fast. */
class G722State {
  readonly #words = new Int32Array(G722_STATE_WORDS);
  protected readonly module: AudioModule = audioModule();

  constructor() {
    this.reset();
  }

  /** As at the beginning of a call. */
  reset(): void {
    this.#words.fill(0);
    this.#words[LOW_SCALE_WORD] = LOW_FIRST_SCALE;
    this.#words[HIGH_SCALE_WORD] = HIGH_FIRST_SCALE;
  }

  /** Into an array of `G722_STATE_WORDS`. */
  saveState(words: Int32Array): void {
    words.set(this.#words);
  }

  restoreState(words: Int32Array): void {
    this.#words.set(words);
  }

  protected copyIn(): void {
    this.module.words.set(this.#words, STATE_AT / 4);
  }

  protected copyOut(): void {
    const { words } = this.module;
    for (let i = 0; i < G722_STATE_WORDS; i++) this.#words[i] = words[STATE_AT / 4 + i] ?? 0;
  }
}

export class G722Encoder extends G722State implements AudioEncoder {
  /** The first `samples` (an even number, up to 7,680) of `pcm`, 16 kHz, into half as many octets from `offset`. */
  encode(pcm: Int16Array, samples: number, octets: Uint8Array, offset: number): number {
    const { module } = this;
    const input = INPUT_AT / 2;
    for (let i = 0; i < samples; i++) module.samples[input + i] = pcm[i] ?? 0;
    this.copyIn();
    module.exports.encodeG722(TABLES_AT, STATE_AT, INPUT_AT, samples, OCTETS_AT);
    this.copyOut();
    const length = samples >> 1;
    for (let i = 0; i < length; i++) octets[offset + i] = module.octets[OCTETS_AT + i] ?? 0;
    return length;
  }
}

export class G722Decoder extends G722State {
  /** `length` octets (up to 3,840) from `offset` into the first 2 * `length` samples of `pcm`, 16 kHz. */
  decode(
    octets: Uint8Array,
    offset: number,
    length: number,
    pcm: Int16Array,
    mode: G722Mode = 1,
  ): number {
    const { module } = this;
    for (let i = 0; i < length; i++) module.octets[OCTETS_AT + i] = octets[offset + i] ?? 0;
    this.copyIn();
    module.exports.decodeG722(TABLES_AT, STATE_AT, OCTETS_AT, length, OUTPUT_AT, mode);
    this.copyOut();
    const samples = 2 * length;
    const output = OUTPUT_AT / 2;
    for (let i = 0; i < samples; i++) pcm[i] = module.samples[output + i] ?? 0;
    return samples;
  }
}
