import { BlockList, isIP } from "node:net";

/**
 * Where to send and whom to hear. With SRTP an authentic packet names its source and nothing else does. Without, the address
 * of the SDP is believed at once, any other source after five packets in sequence, and nobody else while that one speaks.
 */

/** Packets in sequence that prove a source other than the SDP's. */
const PROOF_PACKETS = 5;
/** They must come within this. */
const PROOF_MS = 5_000;
/** A source that has been silent for this long may be replaced. */
const RELEARN_AFTER_MS = 2_000;
/** Sources that can be on trial at once, so that noise cannot hold up the real one; the one with the least proof gives way. */
const MAX_CANDIDATES = 16;

/** Ranges that cannot be reached from outside the network that uses them: RFC 1918, 6598, 3927, 4193, 4291. */
const unreachable = new BlockList();
unreachable.addSubnet("10.0.0.0", 8);
unreachable.addSubnet("172.16.0.0", 12);
unreachable.addSubnet("192.168.0.0", 16);
unreachable.addSubnet("100.64.0.0", 10);
unreachable.addSubnet("169.254.0.0", 16);
unreachable.addSubnet("127.0.0.0", 8);
unreachable.addSubnet("fc00::", 7, "ipv6");
unreachable.addSubnet("fe80::", 10, "ipv6");
unreachable.addSubnet("::1", 128, "ipv6");

/** A place on trial, used again and again; free with no packets. */
interface Candidate {
  address: string;
  port: number;
  ssrc: number;
  nextSequence: number;
  packets: number;
  firstAtMs: number;
}

export class Latch {
  /** Where RTP goes; port 0 while nobody is known. */
  address = "";
  port = 0;
  /** How often that has changed. */
  moves = 0;
  #sdpAddress = "";
  #sdpPort = 0;
  #isLocked = false;
  #lastHeardMs = 0;
  readonly #candidates: readonly Candidate[] = Array.from({ length: MAX_CANDIDATES }, () => ({
    address: "",
    port: 0,
    ssrc: 0,
    nextSequence: 0,
    packets: 0,
    firstAtMs: 0,
  }));

  /**
   * The SDP of an offer or answer. The same address as before changes nothing. An address of zero (a hold of the old kind)
   * and a name, which is never looked up, leave the target to what is known.
   */
  aim(sdpAddress: string, sdpPort: number, signallingAddress: string | null): void {
    if (sdpAddress === this.#sdpAddress && sdpPort === this.#sdpPort) return;
    if (sdpAddress === "0.0.0.0" || sdpAddress === "::") return;
    this.#sdpAddress = sdpAddress;
    this.#sdpPort = sdpPort;
    this.#isLocked = false;
    this.#endTrials();
    const version = isIP(sdpAddress);
    const isReachable =
      version !== 0 && !unreachable.check(sdpAddress, version === 6 ? "ipv6" : "ipv4");
    if (!isReachable && signallingAddress !== null && isIP(signallingAddress) !== 0) {
      this.#sendTo(signallingAddress, sdpPort);
    } else if (version !== 0) {
      this.#sendTo(sdpAddress, sdpPort);
    }
  }

  /** An authentic packet, newer than all before it. */
  authenticated(address: string, port: number): void {
    this.#sendTo(address, port);
  }

  /** Whether a plain packet with a negotiated payload type is to be heard; may move the target. */
  hears(
    nowMs: number,
    address: string,
    port: number,
    ssrc: number,
    sequenceNumber: number,
  ): boolean {
    if (this.#isLocked && port === this.port && address === this.address) {
      this.#lastHeardMs = nowMs;
      return true;
    }
    if (port === this.#sdpPort && address === this.#sdpAddress) {
      this.#lock(nowMs, address, port);
      return true;
    }
    if (this.#isLocked && nowMs - this.#lastHeardMs < RELEARN_AFTER_MS) return false;
    if (!this.#isProven(nowMs, address, port, ssrc, sequenceNumber)) return false;
    this.#lock(nowMs, address, port);
    return true;
  }

  /** Plain RTCP is believed from the address of the RTP. */
  hearsRtcp(address: string): boolean {
    return address === this.address;
  }

  #sendTo(address: string, port: number): void {
    if (port === this.port && address === this.address) return;
    this.address = address;
    this.port = port;
    this.moves += 1;
  }

  #lock(nowMs: number, address: string, port: number): void {
    this.#sendTo(address, port);
    this.#isLocked = true;
    this.#lastHeardMs = nowMs;
    this.#endTrials();
  }

  #endTrials(): void {
    for (const candidate of this.#candidates) candidate.packets = 0;
  }

  #isProven(
    nowMs: number,
    address: string,
    port: number,
    ssrc: number,
    sequenceNumber: number,
  ): boolean {
    const candidate = this.#candidateOf(address, port, ssrc);
    if (candidate === null) return false;
    const isNext = sequenceNumber === candidate.nextSequence;
    if (!isNext || nowMs - candidate.firstAtMs > PROOF_MS) {
      candidate.packets = 0;
      candidate.firstAtMs = nowMs;
    }
    candidate.packets += 1;
    candidate.nextSequence = (sequenceNumber + 1) & 0xffff;
    return candidate.packets >= PROOF_PACKETS;
  }

  /** Its place on trial, or that of whoever has the least proof, the oldest first. */
  #candidateOf(address: string, port: number, ssrc: number): Candidate | null {
    let least: Candidate | null = null;
    for (const candidate of this.#candidates) {
      const isSame =
        candidate.packets > 0 &&
        candidate.port === port &&
        candidate.ssrc === ssrc &&
        candidate.address === address;
      if (isSame) return candidate;
      if (
        least === null ||
        candidate.packets < least.packets ||
        (candidate.packets === least.packets && candidate.firstAtMs < least.firstAtMs)
      ) {
        least = candidate;
      }
    }
    if (least === null) return null;
    least.address = address;
    least.port = port;
    least.ssrc = ssrc;
    least.nextSequence = -1;
    least.packets = 0;
    return least;
  }
}
