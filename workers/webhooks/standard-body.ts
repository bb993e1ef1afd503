import { eventName, WEBHOOK_API_VERSION } from "../../schema/contracts/webhook-endpoint.ts";
import { type AudioEnvelope, POST_CALL_AUDIO } from "./audio-body.ts";

/** What a row of the outbox holds: the body in the vendor's shape. */
interface VendorBody {
  readonly event_timestamp: number;
  readonly data: unknown;
}

/**
 * The body of a Standard Webhook, made of a row of the outbox: the same over all attempts. A recording
 * is told, and not brought: it is fetched from the API.
 */
export function standardBody(row: {
  readonly id: string;
  readonly eventType: string;
  readonly body: string;
}): string {
  // Both are written by ourselves, in these shapes.
  const told: unknown = JSON.parse(row.body);
  const { data, event_timestamp } =
    row.eventType === POST_CALL_AUDIO
      ? recordingReady(told as AudioEnvelope)
      : (told as VendorBody);
  return JSON.stringify({
    type: eventName(row.eventType),
    timestamp: new Date(event_timestamp * 1000).toISOString(),
    id: row.id,
    api_version: WEBHOOK_API_VERSION,
    data,
  });
}

function recordingReady({ event_timestamp, format, ...data }: AudioEnvelope): VendorBody {
  const recording_url = `/v1/conversations/${data.conversation_id}/recording`;
  return { event_timestamp, data: { ...data, audio_format: format, recording_url } };
}
