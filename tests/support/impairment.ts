/** What a bad network does to packets, seeded, so that a run can be repeated: used with a virtual clock and by a real relay. */

export interface Impairment {
  /** Part of the packets that are lost, one by one. */
  readonly loss?: number;
  /** Losses that come together: how often one begins, and how many packets it takes on average. */
  readonly bursts?: { readonly rate: number; readonly packets: number };
  /** Each packet waits up to this long, evenly spread; none overtakes another by it. */
  readonly jitterMs?: number;
  /** Part of the packets that are overtaken by the one or two behind them. */
  readonly reorder?: number;
  /** Part of the packets that come twice. */
  readonly duplicate?: number;
  /** How much faster the sender's clock runs than ours. */
  readonly driftPpm?: number;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const DUPLICATE_AFTER_MS = 3;
const OVERTAKEN_BY_MS = 30;

/** One direction of a path. */
export class ImpairedPath {
  readonly #impairment: Impairment;
  readonly #random: () => number;
  #lastAtMs = 0;
  #burstPackets = 0;

  constructor(impairment: Impairment, seed: number) {
    this.#impairment = impairment;
    this.#random = createRandom(seed);
  }

  /** When a packet that is sent now arrives: never, once, or twice. */
  arrivals(sentAtMs: number): readonly number[] {
    const { loss = 0, bursts, jitterMs = 0, reorder = 0, duplicate = 0 } = this.#impairment;
    const random = this.#random;
    // The same number of draws for each packet: a change of one impairment leaves the others as they were.
    const [lossDraw, burstDraw, jitterDraw, reorderDraw, duplicateDraw] = [
      random(),
      random(),
      random(),
      random(),
      random(),
    ];
    const arrivesAtMs = Math.max(this.#lastAtMs, sentAtMs + jitterDraw * jitterMs);
    this.#lastAtMs = arrivesAtMs;
    if (this.#burstPackets > 0) {
      this.#burstPackets -= 1;
      return [];
    }
    if (bursts !== undefined && burstDraw < bursts.rate) {
      // From one packet to twice the average, less one.
      this.#burstPackets = Math.floor(lossDraw * (2 * bursts.packets - 1));
      return [];
    }
    if (lossDraw < loss) return [];
    const first = reorderDraw < reorder ? arrivesAtMs + OVERTAKEN_BY_MS : arrivesAtMs;
    return duplicateDraw < duplicate ? [first, first + DUPLICATE_AFTER_MS] : [first];
  }
}
