/** When the next report may go out (RFC 3550 §6.2, §6.3), as a function of what is known of the session. */

/** RFC 3550 §6.2: "RECOMMENDED value for a fixed minimum interval is 5 seconds". */
const MIN_INTERVAL_MS = 5_000;
/** RFC 3550 §6.2: of the session's bandwidth, and of that for senders while they are few. */
const RTCP_SHARE = 0.05;
const SENDER_SHARE = 0.25;
/** RFC 3550 §A.7: what reconsideration would otherwise take from the average interval. */
const COMPENSATION = Math.E - 1.5;
/** RFC 3550 §6.2: lower layers count, here UDP and IPv4 (and what a larger header adds is noise). */
const LOWER_LAYER_BYTES = 28;
/** RFC 3550 §6.3.3: how much the last packet counts in the average size. */
const SIZE_WEIGHT = 1 / 16;
/** RFC 3550 §6.3.5: intervals without a word after which a member is forgotten. */
const SILENT_INTERVALS = 5;
/** Sources beyond these are heard and not counted: whoever invents members must not slow our reports down. */
const MAX_MEMBERS = 8;

export interface ReportGroup {
  /** Ourselves included. */
  readonly members: number;
  readonly senders: number;
  readonly weSend: boolean;
  /** Of a compound packet, lower layers included. */
  readonly averageBytes: number;
  /** Of all RTP of the session. */
  readonly sessionBytesPerSecond: number;
}

/** RFC 3550 §6.3.1 and §A.7. `random` is uniform in [0, 1). */
export function reportIntervalMs(group: ReportGroup, random: number): number {
  let bytesPerSecond = group.sessionBytesPerSecond * RTCP_SHARE;
  let sharers = group.members;
  if (group.senders <= group.members * SENDER_SHARE) {
    bytesPerSecond *= group.weSend ? SENDER_SHARE : 1 - SENDER_SHARE;
    sharers = group.weSend ? group.senders : group.members - group.senders;
  }
  const fairMs = (1_000 * group.averageBytes * sharers) / bytesPerSecond;
  return (Math.max(MIN_INTERVAL_MS, fairMs) * (random + 0.5)) / COMPENSATION;
}

interface Member {
  readonly ssrc: number;
  heardAtMs: number;
}

export interface ReportTimerStart {
  readonly nowMs: number;
  /** RFC 3550 §6.2, of unicast: "the delay before sending the initial compound RTCP packet MAY be zero". */
  readonly firstAfterMs: number;
  readonly sessionBytesPerSecond: number;
  /** Uniform in [0, 1), drawn once or twice for a report. */
  readonly random: () => number;
}

/** The state of RFC 3550 §6.3: who is there, how large reports are, when the next is due. Times are monotonic. */
export class ReportTimer {
  readonly #random: () => number;
  readonly #sessionBytesPerSecond: number;
  readonly #members: Member[] = [];
  #averageBytes = 100 + LOWER_LAYER_BYTES;
  #lastAtMs: number;
  #nextAtMs: number;
  #isFirst = true;

  constructor({ nowMs, firstAfterMs, sessionBytesPerSecond, random }: ReportTimerStart) {
    this.#random = random;
    this.#sessionBytesPerSecond = sessionBytesPerSecond;
    this.#lastAtMs = nowMs;
    this.#nextAtMs = nowMs + firstAfterMs;
  }

  /** RFC 3550 §6.3.3: a source was heard, by RTCP of `bytes`. */
  heard(nowMs: number, ssrc: number, bytes: number): void {
    this.#weigh(bytes);
    const known = this.#members.find((member) => member.ssrc === ssrc);
    if (known !== undefined) known.heardAtMs = nowMs;
    else if (this.#members.length < MAX_MEMBERS) this.#members.push({ ssrc, heardAtMs: nowMs });
  }

  /** RFC 3550 §6.3.4: reverse reconsideration, so that those who stay do not wait for those who have left. */
  left(nowMs: number, ssrc: number): void {
    const index = this.#members.findIndex((member) => member.ssrc === ssrc);
    if (index < 0) return;
    const before = this.#members.length + 1;
    this.#members.splice(index, 1);
    const share = (this.#members.length + 1) / before;
    this.#nextAtMs = nowMs + share * (this.#nextAtMs - nowMs);
    this.#lastAtMs = nowMs - share * (nowMs - this.#lastAtMs);
  }

  /**
   * Whether a report is to be sent now; when not, it may have been put off (RFC 3550 §6.3.6). Whoever sends one says so by
   * `sent`.
   */
  isDue(nowMs: number, weSend: boolean, theySend: boolean): boolean {
    if (nowMs < this.#nextAtMs) return false;
    if (this.#isFirst) return true;
    this.#forgetSilent(nowMs);
    const dueAtMs = this.#lastAtMs + this.#intervalMs(weSend, theySend);
    if (dueAtMs <= nowMs) return true;
    this.#nextAtMs = dueAtMs;
    return false;
  }

  sent(nowMs: number, bytes: number, weSend: boolean, theySend: boolean): void {
    this.#weigh(bytes);
    this.#isFirst = false;
    this.#lastAtMs = nowMs;
    this.#nextAtMs = nowMs + this.#intervalMs(weSend, theySend);
  }

  #intervalMs(weSend: boolean, theySend: boolean): number {
    return reportIntervalMs(
      {
        members: this.#members.length + 1,
        senders: Number(weSend) + Number(theySend),
        weSend,
        averageBytes: this.#averageBytes,
        sessionBytesPerSecond: this.#sessionBytesPerSecond,
      },
      this.#random(),
    );
  }

  #weigh(bytes: number): void {
    this.#averageBytes += (bytes + LOWER_LAYER_BYTES - this.#averageBytes) * SIZE_WEIGHT;
  }

  #forgetSilent(nowMs: number): void {
    const sinceMs = nowMs - SILENT_INTERVALS * MIN_INTERVAL_MS;
    for (let i = this.#members.length - 1; i >= 0; i--) {
      if ((this.#members[i]?.heardAtMs ?? nowMs) < sinceMs) this.#members.splice(i, 1);
    }
  }
}
