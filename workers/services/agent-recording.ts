import {
  agentRecordingSchema,
  DEFAULT_RECORDING_DAYS,
  type RecordingRoute,
} from "../../schema/contracts/agent-recording.ts";
import { memberOf } from "./agent-settings.ts";

/**
 * What a node is told of recording an agent's calls; null: nothing is recorded. Only our own setting asks for it: the vendor's
 * `record_voice`, which is on by default, only says no, as its modes without any retention do.
 */
export function agentRecording(
  vendorFields: Readonly<Record<string, unknown>>,
): RecordingRoute | null {
  const settings = agentRecordingSchema.safeParse(vendorFields["recording"]);
  if (!settings.success || settings.data.enabled !== true) return null;
  const privacy = memberOf(vendorFields["platform_settings"], "privacy");
  if (memberOf(privacy, "record_voice") === false) return null;
  if (memberOf(privacy, "zero_retention_mode") === true) return null;
  const days = memberOf(privacy, "retention_days");
  const most = typeof days === "number" && days >= 0 ? Math.floor(days) : Number.POSITIVE_INFINITY;
  const retentionDays = Math.min(settings.data.retention_days ?? DEFAULT_RECORDING_DAYS, most);
  return retentionDays < 1 ? null : { format: settings.data.format ?? "mp3", retentionDays };
}
