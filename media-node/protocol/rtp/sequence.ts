/**
 * What one source's sequence numbers and arrival times say (RFC 3550 §A.1, §A.3, §A.8).
 *
 * Deviates from RFC 3550 §A.1 (a source is valid after two packets in sequence): authentication or latching has
 * decided that before a packet gets here, so the first packet counts.
 */
export interface ReceptionTracker {
  started: boolean;
  baseSequence: number;
  highestSequence: number;
  /** Wraps of the sequence number, times 2^16. */
  cycles: number;
  /** The number that would confirm a jump, or -1. */
  suspectSequence: number;
  received: number;
  /** Losses of the sources and runs before the last restart. */
  lostBefore: number;
  /** How often packets were missing before one that came: runs of loss, of all sources; one filled late counts too. */
  lossRuns: number;
  /** Interarrival jitter, in clock ticks. */
  jitterTicks: number;
  lastTransitTicks: number;
  /** At the last report, for the fraction lost of the interval. */
  expectedAtReport: number;
  receivedAtReport: number;
}

/** RFC 3550 §A.1: a jump below this is loss, above it a restart of the sender. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;

/** In order, or newer than all before. */
export const SEQUENCE_NEWER = 1;
/** A duplicate or a packet overtaken by others. */
export const SEQUENCE_OLDER = 0;
/** A jump that nothing has confirmed yet: the packet is not to be used. */
export const SEQUENCE_SUSPECT = -1;
/** The second packet after a jump: the source has restarted. */
export const SEQUENCE_RESTARTED = 2;

export function createReceptionTracker(): ReceptionTracker {
  return {
    started: false,
    baseSequence: 0,
    highestSequence: 0,
    cycles: 0,
    suspectSequence: -1,
    received: 0,
    lostBefore: 0,
    lossRuns: 0,
    jitterTicks: 0,
    lastTransitTicks: 0,
    expectedAtReport: 0,
    receivedAtReport: 0,
  };
}

/** A new source takes over: losses so far are kept, the rest starts again. */
export function restartTracker(tracker: ReceptionTracker, sequenceNumber: number): void {
  tracker.lostBefore += tracker.started ? lossOfRun(tracker) : 0;
  tracker.started = true;
  tracker.baseSequence = sequenceNumber;
  tracker.highestSequence = sequenceNumber;
  tracker.cycles = 0;
  tracker.suspectSequence = -1;
  tracker.received = 0;
  tracker.jitterTicks = 0;
  tracker.lastTransitTicks = Number.NaN;
  tracker.expectedAtReport = 0;
  tracker.receivedAtReport = 0;
}

/** Whether the number is the next, or ahead of all before it by less than a restart of the source is. */
export function isAhead(tracker: ReceptionTracker, sequenceNumber: number): boolean {
  const ahead = (sequenceNumber - tracker.highestSequence) & 0xffff;
  return ahead !== 0 && ahead < MAX_DROPOUT;
}

/** RFC 3550 §A.1 `update_seq`; returns one of the constants above. */
export function trackSequence(tracker: ReceptionTracker, sequenceNumber: number): number {
  if (!tracker.started) {
    restartTracker(tracker, sequenceNumber);
    tracker.received = 1;
    return SEQUENCE_NEWER;
  }
  if (isAhead(tracker, sequenceNumber)) {
    if (sequenceNumber < tracker.highestSequence) tracker.cycles += 0x1_0000;
    if (((sequenceNumber - tracker.highestSequence) & 0xffff) > 1) tracker.lossRuns += 1;
    tracker.highestSequence = sequenceNumber;
    tracker.received += 1;
    tracker.suspectSequence = -1;
    return SEQUENCE_NEWER;
  }
  const ahead = (sequenceNumber - tracker.highestSequence) & 0xffff;
  if (ahead === 0 || ahead > 0x1_0000 - MAX_MISORDER) {
    tracker.received += 1;
    return SEQUENCE_OLDER;
  }
  if (sequenceNumber === tracker.suspectSequence) {
    restartTracker(tracker, sequenceNumber);
    tracker.received = 1;
    return SEQUENCE_RESTARTED;
  }
  tracker.suspectSequence = (sequenceNumber + 1) & 0xffff;
  return SEQUENCE_SUSPECT;
}

/** RFC 3550 §A.8. Both times are in clock ticks; the arrival's origin does not matter. */
export function trackJitter(
  tracker: ReceptionTracker,
  arrivalTicks: number,
  rtpTimestamp: number,
): void {
  const transit = (arrivalTicks - rtpTimestamp) | 0;
  if (!Number.isNaN(tracker.lastTransitTicks)) {
    const difference = Math.abs((transit - tracker.lastTransitTicks) | 0);
    tracker.jitterTicks += (difference - tracker.jitterTicks) / 16;
  }
  tracker.lastTransitTicks = transit;
}

/** 32 bits: cycles and the highest number (RFC 3550 §6.4.1). */
export function extendedHighestSequence(tracker: ReceptionTracker): number {
  return (tracker.cycles + tracker.highestSequence) >>> 0;
}

function expectedOfRun(tracker: ReceptionTracker): number {
  if (!tracker.started) return 0;
  return tracker.cycles + tracker.highestSequence - tracker.baseSequence + 1;
}

function lossOfRun(tracker: ReceptionTracker): number {
  return Math.max(0, expectedOfRun(tracker) - tracker.received);
}

/** RFC 3550 §A.3, never below 0: duplicates do not pay for losses of other sources. */
export function packetsLost(tracker: ReceptionTracker): number {
  return tracker.lostBefore + lossOfRun(tracker);
}

/** RFC 3550 §A.3: loss since the last call as a fixed-point number, 256 being all of it. */
export function fractionLostSinceReport(tracker: ReceptionTracker): number {
  const expected = expectedOfRun(tracker);
  const expectedInterval = expected - tracker.expectedAtReport;
  const receivedInterval = tracker.received - tracker.receivedAtReport;
  tracker.expectedAtReport = expected;
  tracker.receivedAtReport = tracker.received;
  const lostInterval = expectedInterval - receivedInterval;
  if (expectedInterval <= 0 || lostInterval <= 0) return 0;
  return Math.min(255, Math.floor((lostInterval * 256) / expectedInterval));
}
