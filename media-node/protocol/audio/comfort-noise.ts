import { nextRandom } from "./tone.ts";

/**
 * What is heard while a sender says that it sends nothing (RFC 3389 §3): white noise at the level that it names. The spectrum,
 * if it names one, is left out.
 */
export class ComfortNoise {
  #amplitude = 0;
  #random = 0x2545_f491;

  /** `level` is the first octet of the payload: dB below the overload point, 0 to 127. */
  setLevel(level: number): void {
    const rms = 32_767 * 10 ** (-(level & 0x7f) / 20);
    // Of noise that is even between two bounds.
    this.#amplitude = Math.min(LOUDEST, rms * Math.sqrt(3));
  }

  /** False before a level is named, and for one that rounds to nothing. */
  get isAudible(): boolean {
    return this.#amplitude >= 0.5;
  }

  fill(frame: Int16Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      this.#random = nextRandom(this.#random);
      frame[i] = Math.round((this.#amplitude * this.#random) / 0x8000_0000);
    }
  }
}

/** Noise that a peer asks for is never louder than this, about -36 dBov. */
const LOUDEST = 900;
