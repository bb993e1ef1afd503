import { eventName, WEBHOOK_API_VERSION } from "../../schema/contracts/webhook-endpoint.ts";
import type { DeliverySource } from "../db/webhooks.ts";
import { type AudioEnvelope, POST_CALL_AUDIO } from "./audio-body.ts";

/** What a row of the outbox holds: the body in the vendor's shape. */
interface VendorBody {
  readonly event_timestamp: number;
  readonly data: unknown;
}

/** What is told, in our own words. */
export interface StandardEvent {
  /** Our name of it. */
  readonly type: string;
  readonly timestamp: string;
  readonly data: unknown;
}

/** Of an event or a row of the outbox. A recording is told, and not brought: it is fetched from the API. */
export function standardEvent(row: {
  readonly eventType: string;
  readonly body: string;
}): StandardEvent {
  // Both are written by ourselves, in these shapes.
  const told: unknown = JSON.parse(row.body);
  const { data, event_timestamp } =
    row.eventType === POST_CALL_AUDIO
      ? recordingReady(told as AudioEnvelope)
      : (told as VendorBody);
  const timestamp = new Date(event_timestamp * 1000).toISOString();
  return { type: eventName(row.eventType), timestamp, data };
}

/** The body of a Standard Webhook, made of a row of the outbox: the same over all attempts. */
export function standardBody(
  row: Pick<DeliverySource, "id" | "eventId" | "sequence" | "eventType" | "body">,
): string {
  const { data, timestamp, type } = standardEvent(row);
  return JSON.stringify({
    type,
    timestamp,
    id: row.id,
    ...placeOf(row),
    api_version: WEBHOOK_API_VERSION,
    data,
  });
}

/** Which event a delivery tells of, and where it stands in its conversation. */
export function placeOf({ eventId, sequence }: Pick<DeliverySource, "eventId" | "sequence">) {
  return { ...(eventId === null ? {} : { event_id: eventId }), sequence };
}

function recordingReady({ event_timestamp, format, ...data }: AudioEnvelope): VendorBody {
  const recording_url = `/v1/conversations/${data.conversation_id}/recording`;
  return { event_timestamp, data: { ...data, audio_format: format, recording_url } };
}
