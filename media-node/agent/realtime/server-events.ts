import { z } from "zod";

/** What of a Realtime session's events concerns a call. All others, and members that are not named here, have no effect. */

const audioDelta = {
  response_id: z.string(),
  item_id: z.string(),
  content_index: z.number().int(),
  delta: z.string(),
};
const audioDone = { item_id: z.string() };
const transcriptDone = { item_id: z.string(), transcript: z.string() };

const turnDetectionSchema = z.object({ interrupt_response: z.boolean().nullish() });
const sessionSchema = z.object({
  audio: z
    .object({ input: z.object({ turn_detection: turnDetectionSchema.nullish() }).nullish() })
    .nullish(),
});

const outputItemSchema = z.object({
  type: z.string(),
  name: z.string().optional(),
  call_id: z.string().optional(),
  arguments: z.string().optional(),
});
export type OutputItem = z.infer<typeof outputItemSchema>;

const EVENTS = {
  "session.created": z.object({ type: z.literal("session.created") }),
  "session.updated": z.object({ type: z.literal("session.updated"), session: sessionSchema }),
  "input_audio_buffer.speech_started": z.object({
    type: z.literal("input_audio_buffer.speech_started"),
  }),
  "response.created": z.object({
    type: z.literal("response.created"),
    response: z.object({ id: z.string() }),
  }),
  "response.output_audio.delta": z.object({
    type: z.literal("response.output_audio.delta"),
    ...audioDelta,
  }),
  "response.output_audio.done": z.object({
    type: z.literal("response.output_audio.done"),
    ...audioDone,
  }),
  "response.output_audio_transcript.done": z.object({
    type: z.literal("response.output_audio_transcript.done"),
    ...transcriptDone,
  }),
  "conversation.item.input_audio_transcription.completed": z.object({
    type: z.literal("conversation.item.input_audio_transcription.completed"),
    ...transcriptDone,
  }),
  "response.done": z.object({
    type: z.literal("response.done"),
    response: z.object({
      id: z.string(),
      status: z.string().nullish(),
      status_details: z
        .object({ error: z.object({ code: z.string().nullish() }).nullish() })
        .nullish(),
      output: z.array(outputItemSchema).nullish(),
    }),
  }),
  error: z.object({
    type: z.literal("error"),
    error: z.object({
      type: z.string().nullish(),
      code: z.string().nullish(),
      param: z.string().nullish(),
      event_id: z.string().nullish(),
    }),
  }),
} as const;

type EventType = keyof typeof EVENTS;
export type RealtimeEvent = { [T in EventType]: z.infer<(typeof EVENTS)[T]> }[EventType];
export type RealtimeErrorEvent = z.infer<(typeof EVENTS)["error"]>;

/** Names of the beta interface, which compatible servers still use. */
const ALIASES: Readonly<Record<string, EventType>> = {
  "response.audio.delta": "response.output_audio.delta",
  "response.audio.done": "response.output_audio.done",
  "response.audio_transcript.done": "response.output_audio_transcript.done",
};

type ReadEvent =
  | { readonly kind: "event"; readonly event: RealtimeEvent }
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed"; readonly problem: string };

export function readServerEvent(text: string): ReadEvent {
  const message = parseObject(text);
  const named = message?.["type"];
  if (message === null || typeof named !== "string") {
    return { kind: "malformed", problem: "not an object with a type" };
  }
  const type = ALIASES[named] ?? named;
  if (!isKnown(type)) return { kind: "unknown" };
  const parsed = EVENTS[type].safeParse({ ...message, type });
  if (parsed.success) return { kind: "event", event: parsed.data };
  const where = parsed.error.issues[0]?.path.join(".") || "message";
  return { kind: "malformed", problem: `${type}: ${where}` };
}

/** What a log may say of an error: its code and place, for its message may repeat what was sent. */
export function errorDetail({ error }: RealtimeErrorEvent): string {
  const code = plain(error.code) ?? plain(error.type) ?? "unknown";
  const param = plain(error.param);
  return param === null ? code : `${code} at ${param}`;
}

function plain(text: string | null | undefined): string | null {
  return text != null && /^[\w.[\]-]{1,128}$/.test(text) ? text : null;
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : null;
  } catch {
    return null;
  }
}
