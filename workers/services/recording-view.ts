import type { RecordingRow } from "../db/recordings.ts";

/** As it stands in a conversation. */
export function recordingSummary(row: RecordingRow) {
  return {
    state: row.state,
    code: row.code,
    format: row.format,
    duration_secs: row.durationMs === null ? null : row.durationMs / 1_000,
    bytes: row.bytes,
    is_complete: row.isComplete,
  };
}
