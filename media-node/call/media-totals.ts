import type { MediaStats } from "../media/media-session.ts";

/** What two sessions of one call, one after the other, have sent and received; the jitter is the later one's. */
export function addStats(earlier: MediaStats, later: MediaStats): MediaStats {
  return {
    packetsSent: earlier.packetsSent + later.packetsSent,
    packetsReceived: earlier.packetsReceived + later.packetsReceived,
    bytesSent: earlier.bytesSent + later.bytesSent,
    bytesReceived: earlier.bytesReceived + later.bytesReceived,
    packetsLost: earlier.packetsLost + later.packetsLost,
    packetsLate: earlier.packetsLate + later.packetsLate,
    jitterMs: later.jitterMs,
    authFailures: earlier.authFailures + later.authFailures,
    replayed: earlier.replayed + later.replayed,
    malformed: earlier.malformed + later.malformed,
    wrongSource: earlier.wrongSource + later.wrongSource,
  };
}
