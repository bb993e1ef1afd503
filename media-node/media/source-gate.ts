/**
 * Which SSRC of plain RTP is heard. An address can be forged, and an SSRC that must be guessed is all that is left: while the
 * present one speaks no other is heard; once it is silent, another is after two packets in sequence (RFC 3550 §A.1).
 */
export class SourceGate {
  #ssrc = -1;
  #heardAtMs = 0;
  #candidateSsrc = -1;
  #candidateSequence = -1;
  #moves = 0;

  /**
   * Whether the packet is to be heard; a first source is at once, and so is the first after the peer's address has moved
   * (`moves` says how often it has).
   */
  admits(nowMs: number, ssrc: number, sequenceNumber: number, moves: number): boolean {
    if (ssrc === this.#ssrc || this.#ssrc < 0 || moves !== this.#moves) {
      this.#ssrc = ssrc;
      this.#heardAtMs = nowMs;
      this.#moves = moves;
      return true;
    }
    const isNext = ssrc === this.#candidateSsrc && sequenceNumber === this.#candidateSequence;
    this.#candidateSsrc = ssrc;
    this.#candidateSequence = (sequenceNumber + 1) & 0xffff;
    if (!isNext || nowMs - this.#heardAtMs < SPEAKS_MS) return false;
    this.#ssrc = ssrc;
    this.#heardAtMs = nowMs;
    return true;
  }
}

/** A source that was heard within this speaks: two packets of 20 ms, and jitter. */
const SPEAKS_MS = 50;
