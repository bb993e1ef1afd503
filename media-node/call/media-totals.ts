import type { MediaStats } from "../media/media-session.ts";
import { joinQuality } from "../media/quality.ts";
import type { LegReport } from "./media-ports.ts";

/** Two legs of one call, one after the other, as the agent and whoever was there heard each other; null is not known. */
export function joinReports(earlier: LegReport | null, later: LegReport | null): LegReport | null {
  if (earlier === null || later === null) return later ?? earlier;
  const [one, other] = [earlier.quality, later.quality];
  const quality = one === null || other === null ? (other ?? one) : joinQuality(one, other);
  return { stats: addStats(earlier.stats, later.stats), quality };
}

/** What two sessions have sent and received; what is a state is the later one's. */
function addStats(earlier: MediaStats, later: MediaStats): MediaStats {
  return {
    packetsSent: earlier.packetsSent + later.packetsSent,
    packetsReceived: earlier.packetsReceived + later.packetsReceived,
    bytesSent: earlier.bytesSent + later.bytesSent,
    bytesReceived: earlier.bytesReceived + later.bytesReceived,
    packetsLost: earlier.packetsLost + later.packetsLost,
    packetsLate: earlier.packetsLate + later.packetsLate,
    packetsDuplicate: earlier.packetsDuplicate + later.packetsDuplicate,
    packetsReordered: earlier.packetsReordered + later.packetsReordered,
    concealedMs: earlier.concealedMs + later.concealedMs,
    jitterMs: later.jitterMs,
    jitterTicks: later.jitterTicks,
    bufferTargetMs: later.bufferTargetMs,
    bufferMs: later.bufferMs,
    authFailures: earlier.authFailures + later.authFailures,
    replayed: earlier.replayed + later.replayed,
    malformed: earlier.malformed + later.malformed,
    wrongSource: earlier.wrongSource + later.wrongSource,
    wrongSsrc: earlier.wrongSsrc + later.wrongSsrc,
    overRate: earlier.overRate + later.overRate,
  };
}
