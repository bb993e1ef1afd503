import type { MediaStats } from "./media-session.ts";

/** The counters behind `MediaStats`: one mutable object per session, written by the packet path. */
export type MediaCounters = {
  -readonly [Name in Exclude<keyof MediaStats, "packetsLost" | "jitterMs">]: number;
};

export function createMediaCounters(): MediaCounters {
  return {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    packetsLate: 0,
    authFailures: 0,
    replayed: 0,
    malformed: 0,
    wrongSource: 0,
  };
}
