import type { AppDeps } from "../app-type.ts";
import { findRecording } from "../db/recordings.ts";
import { readRecordingBytes } from "../recordings/recording-bytes.ts";
import { type AudioEnvelope, audioBody, POST_CALL_AUDIO } from "./audio-body.ts";
import type { DeliveryBody, SignatureStyle } from "./sign-delivery.ts";
import { standardBody } from "./standard-body.ts";

/** A recording that was to be posted is not there any more. */
class RecordingGone extends Error {
  readonly code = "recording_gone";
}

/** What of an outbox row is posted: its body, or of a recording what its body tells of. */
export function deliveryBody(
  deps: Pick<AppDeps, "config" | "db" | "objects" | "clock">,
  style: SignatureStyle,
  delivery: {
    readonly id: string;
    readonly body: string;
    readonly eventType: string;
    readonly workspaceId: string;
    readonly conversationId: string;
  },
): DeliveryBody {
  if (style === "standard") return standardBody(delivery);
  if (delivery.eventType !== POST_CALL_AUDIO) return delivery.body;
  // Written by ourselves, in this shape.
  const envelope = JSON.parse(delivery.body) as AudioEnvelope;
  return async () => {
    const { workspaceId, conversationId } = delivery;
    const row = await findRecording(deps.db, workspaceId, conversationId);
    const audio = row === null ? null : await readRecordingBytes(deps, row);
    if (audio === null) throw new RecordingGone("the recording has been removed");
    return audioBody(envelope, audio);
  };
}
