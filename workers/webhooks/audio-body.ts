/** The body of `post_call_audio`: audio as base64 inside of JSON, made while it is sent, so that it never is in memory whole. */

export const POST_CALL_AUDIO = "post_call_audio";
/** Above it no webhook is told: two hours of MP3, half an hour of WAV. */
export const MAX_WEBHOOK_AUDIO_BYTES = 64 * 1_048_576;

/** What stands in the outbox in place of the body. */
export interface AudioEnvelope {
  readonly agent_id: string;
  readonly conversation_id: string;
  readonly event_timestamp: number;
  readonly format: string;
}

/** The event and its place, beside the envelope. */
interface Place {
  readonly event_id?: string;
  readonly sequence: number;
}

/** The vendor's shape, `audio_format` beside it. */
export async function* audioBody(
  { event_id, event_timestamp, format, sequence, ...data }: AudioEnvelope & Place,
  audio: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const text = new TextEncoder();
  const around = JSON.stringify({
    type: POST_CALL_AUDIO,
    event_timestamp,
    ...(event_id === undefined ? {} : { event_id }),
    sequence,
    data: { ...data, audio_format: format, full_audio: "" },
  });
  yield text.encode(around.slice(0, -3));
  let rest = new Uint8Array(0);
  for await (const piece of audio) {
    const joined = new Uint8Array(rest.length + piece.length);
    joined.set(rest);
    joined.set(piece, rest.length);
    // RFC 4648 §4: three octets are four characters, and only the last may be padded.
    const whole = joined.length - (joined.length % 3);
    if (whole > 0) yield text.encode(base64(joined.subarray(0, whole)));
    rest = joined.slice(whole);
  }
  if (rest.length > 0) yield text.encode(base64(rest));
  yield text.encode(around.slice(-3));
}

const CHARS_AT_ONCE = 32_766;

/** In pieces of whole groups of three. */
function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHARS_AT_ONCE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + CHARS_AT_ONCE)));
  }
  return text;
}
