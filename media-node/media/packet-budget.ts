/**
 * How many packets of one kind are looked at: a bucket that every 20 ms fills by a fixed number. Checking a packet costs time
 * (SRTP most of it), and a flood must not take that from the other calls of the process.
 */
export class PacketBudget {
  readonly #perFrame: number;
  readonly #most: number;
  #left: number;

  constructor(perFrame: number, most: number) {
    this.#perFrame = perFrame;
    this.#most = most;
    this.#left = most;
  }

  /** False when there is nothing left. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  /** 20 ms have passed. */
  refill(): void {
    this.#left = Math.min(this.#most, this.#left + this.#perFrame);
  }
}
