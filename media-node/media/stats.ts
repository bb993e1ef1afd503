import type { MediaStats } from "./media-session.ts";

/** What is asked of the receive path instead of counted. */
type Derived =
  | "packetsLost"
  | "jitterMs"
  | "jitterTicks"
  | "concealedMs"
  | "bufferTargetMs"
  | "bufferMs";

/** The counters behind `MediaStats`: one mutable object per session, written by the packet path. */
export type MediaCounters = {
  -readonly [Name in Exclude<keyof MediaStats, Derived>]: number;
};

export function createMediaCounters(): MediaCounters {
  return {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    packetsLate: 0,
    packetsDuplicate: 0,
    packetsReordered: 0,
    authFailures: 0,
    replayed: 0,
    malformed: 0,
    wrongSource: 0,
    wrongSsrc: 0,
    overRate: 0,
  };
}
