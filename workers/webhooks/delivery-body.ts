import type { AppDeps } from "../app-type.ts";
import { findRecording } from "../db/recordings.ts";
import type { DeliverySource } from "../db/webhooks.ts";
import { readRecordingBytes } from "../recordings/recording-bytes.ts";
import { type AudioEnvelope, audioBody, POST_CALL_AUDIO } from "./audio-body.ts";
import type { DeliveryBody, SignatureStyle } from "./sign-delivery.ts";
import { placeOf, standardBody } from "./standard-body.ts";

/** A recording that was to be posted is not there any more. */
class RecordingGone extends Error {
  readonly code = "recording_gone";
}

/** What of an outbox row is posted: its body, or of a recording what its body tells of. */
export function deliveryBody(
  deps: Pick<AppDeps, "config" | "db" | "objects" | "clock">,
  style: SignatureStyle,
  delivery: DeliverySource,
): DeliveryBody {
  if (style === "standard") return standardBody(delivery);
  if (delivery.eventType !== POST_CALL_AUDIO) return vendorBody(delivery);
  // Written by ourselves, in this shape.
  const envelope = JSON.parse(delivery.body) as AudioEnvelope;
  return async () => {
    const { workspaceId, conversationId } = delivery;
    const row = await findRecording(deps.db, workspaceId, conversationId);
    const audio = row === null ? null : await readRecordingBytes(deps, row);
    if (audio === null) throw new RecordingGone("the recording has been removed");
    return audioBody({ ...envelope, ...placeOf(delivery) }, audio);
  };
}

/** The vendor's body with the event's place behind it. What was written, an object with members, is not read again. */
export function vendorBody(row: Pick<DeliverySource, "body" | "eventId" | "sequence">): string {
  return `${row.body.slice(0, -1)},${JSON.stringify(placeOf(row)).slice(1)}`;
}
