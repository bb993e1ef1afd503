/**
 * How much later than the quickest packets do packets come? A histogram of that, which forgets, says how long audio has to
 * wait so that nearly all of it is there in time.
 *
 * Delays are relative to the least of the last 8 s: clocks that drift apart, and paths that change, move the origin with them.
 */
export class DelayEstimator {
  readonly #weights = new Float64Array(BINS);
  readonly #leastBySecond = new Float64Array(ORIGIN_SECONDS);
  readonly #ticksPerMs: number;
  #newWeight = 1;
  #total = 0;
  #sinceUpdate = 0;
  #targetMs: number = START_TARGET_MS;
  #isAnchored = false;
  /** The last packet, and how late it was, from an arbitrary origin. */
  #lastAtMs = 0;
  #lastTimestamp = 0;
  #transitMs = 0;
  /** The transit that the histogram's first bin stands for. */
  #binsFromMs = 0;
  #second = 0;
  #secondEndsAtMs = 0;
  /** How late the last packet was that was counted. */
  #countedMs = 0;

  constructor(ticksPerMs: number) {
    this.#ticksPerMs = ticksPerMs;
    // As if there had been packets that need the wait that a call begins with: they are soon forgotten.
    this.#weights[binOf(START_TARGET_MS - FRAME_MARGIN_MS - BIN_MS)] = PRIOR_PACKETS;
    this.#total = PRIOR_PACKETS;
  }

  /** From the arrival of the quickest packets to their playout; 20 to 200 ms. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** Another source, or a jump of its clock: its timestamps mean something else. What is known of the path is kept. */
  restart(): void {
    this.#isAnchored = false;
  }

  /**
   * Takes a packet in; returns by how many milliseconds it is later than the quickest. When our own process has stood still
   * (`isPunctual` false) the time says nothing about the network, and is not counted. A packet newer than all before that is
   * later than anything could wait for says that time has passed which the sender's clock has not counted.
   */
  observe(nowMs: number, rtpTimestamp: number, isNewest: boolean, isPunctual: boolean): number {
    if (!this.#isAnchored) this.#anchor(nowMs);
    else {
      const sentAfterMs = ((rtpTimestamp - this.#lastTimestamp) | 0) / this.#ticksPerMs;
      this.#transitMs += nowMs - this.#lastAtMs - sentAfterMs;
    }
    this.#lastAtMs = nowMs;
    this.#lastTimestamp = rtpTimestamp;
    let originMs = this.#origin(nowMs);
    if (isNewest && isPunctual && this.#transitMs - originMs > LONGEST_DELAY_MS) {
      this.#anchor(nowMs);
      originMs = this.#origin(nowMs);
    }
    const delayMs = this.#transitMs - originMs;
    if (isPunctual) this.#count(delayMs, originMs);
    return delayMs;
  }

  #anchor(nowMs: number): void {
    this.#isAnchored = true;
    this.#transitMs = 0;
    this.#binsFromMs = 0;
    this.#leastBySecond.fill(Number.POSITIVE_INFINITY);
    this.#secondEndsAtMs = nowMs + 1_000;
  }

  #origin(nowMs: number): number {
    const least = this.#leastBySecond;
    if (nowMs >= this.#secondEndsAtMs) {
      this.#second = (this.#second + 1) % ORIGIN_SECONDS;
      least[this.#second] = Number.POSITIVE_INFINITY;
      this.#secondEndsAtMs = nowMs + 1_000;
    }
    if (this.#transitMs < (least[this.#second] ?? 0)) least[this.#second] = this.#transitMs;
    let origin = this.#transitMs;
    for (let i = 0; i < ORIGIN_SECONDS; i++) {
      const candidate = least[i] ?? origin;
      if (candidate < origin) origin = candidate;
    }
    return origin;
  }

  #count(delayMs: number, originMs: number): void {
    // A quicker path has the jitter of the one before; of a slower one, what was taken for delay is the path.
    if (originMs < this.#binsFromMs) this.#binsFromMs = originMs;
    else if (originMs - this.#binsFromMs >= BIN_MS) this.#shift(originMs);
    const isLate = delayMs + FRAME_MARGIN_MS > this.#targetMs;
    const isCatchingUp = delayMs < this.#countedMs;
    this.#countedMs = delayMs;
    const weight = isLate && !isCatchingUp ? LATE_FACTOR * this.#newWeight : this.#newWeight;
    const bin = binOf(delayMs);
    this.#weights[bin] = (this.#weights[bin] ?? 0) + weight;
    this.#total += weight;
    // To forget the old by a factor is to weigh the new by its inverse.
    this.#newWeight /= MEMORY;
    this.#sinceUpdate += 1;
    if (isLate || this.#sinceUpdate >= UPDATE_PACKETS) this.#update();
  }

  /** Even the quickest packets are later than they were: all that are known are by so much earlier. */
  #shift(originMs: number): void {
    const weights = this.#weights;
    const bins = Math.floor((originMs - this.#binsFromMs) / BIN_MS);
    this.#binsFromMs += bins * BIN_MS;
    const by = Math.min(BINS, bins);
    let gone = 0;
    for (let bin = 0; bin < by; bin++) gone += weights[bin] ?? 0;
    weights.copyWithin(0, by);
    weights.fill(0, BINS - by);
    weights[0] = (weights[0] ?? 0) + gone;
    this.#update();
  }

  #update(): void {
    this.#sinceUpdate = 0;
    if (this.#newWeight > RESCALE_ABOVE) this.#rescale();
    const beyond = this.#total * (1 - QUANTILE);
    let sum = 0;
    let bin = BINS - 1;
    for (; bin > 0; bin--) {
      sum += this.#weights[bin] ?? 0;
      if (sum > beyond) break;
    }
    const delayMs = (bin + 1) * BIN_MS;
    this.#targetMs = Math.min(MAX_TARGET_MS, Math.max(MIN_TARGET_MS, delayMs + FRAME_MARGIN_MS));
  }

  #rescale(): void {
    for (let bin = 0; bin < BINS; bin++) {
      this.#weights[bin] = (this.#weights[bin] ?? 0) / this.#newWeight;
    }
    this.#total /= this.#newWeight;
    this.#newWeight = 1;
  }
}

const MIN_TARGET_MS = 20;
const MAX_TARGET_MS = 200;
/** DESIGN §10. */
const START_TARGET_MS = 40;
/** What is read is a frame of 20 ms: a packet may be needed as much earlier than its own place in it. */
const FRAME_MARGIN_MS = 20;
/** A packet that is later than this is none of this clock. */
const LONGEST_DELAY_MS = 250;
const BIN_MS = 2;
const BINS = 128;
/** Packets that come later than this part of them are lost to the ear. */
const QUANTILE = 0.98;
/** Per packet: half of what is known is 7 s old, with packets of 20 ms. */
const MEMORY = 0.998;
/**
 * A packet that would have come too late counts for several: quick to grow. Those that were held up with it and come less late
 * count for one: a single hitch changes little.
 */
const LATE_FACTOR = 4;
const PRIOR_PACKETS = 3;
const UPDATE_PACKETS = 10;
const RESCALE_ABOVE = 1e9;
const ORIGIN_SECONDS = 8;

function binOf(delayMs: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(delayMs / BIN_MS)));
}
