import type { CallRecordings } from "../bridge/call-media.ts";
import type { MediaCall } from "../call/media-ports.ts";
import type { RecordingNews } from "../call/recording-ports.ts";
import type { SpoolWriter } from "./spool-writer.ts";

/** Rates that recordings have: that of the codec which a call begins with, where another comes later too. */
const WIDEBAND_HZ = 16_000;
const NARROWBAND_HZ = 8_000;

/** Recordings of the calls of this process. `tell` hears of each call that was to be recorded: that it began, and once how it ended. */
export function createCallRecordings(
  writer: SpoolWriter,
  tell: (callId: MediaCall["callId"], news: RecordingNews) => void,
): CallRecordings {
  return {
    begin({ callId, spool }, sampleRateHz) {
      if (spool === undefined || spool === null) return null;
      const rateHz = sampleRateHz >= WIDEBAND_HZ ? WIDEBAND_HZ : NARROWBAND_HZ;
      const recording = writer.begin(spool, rateHz, (outcome) => tell(callId, outcome));
      tell(callId, { kind: "begun" });
      return recording;
    },
    unused({ callId, spool }) {
      if (spool !== undefined && spool !== null) tell(callId, { kind: "none" });
    },
  };
}
