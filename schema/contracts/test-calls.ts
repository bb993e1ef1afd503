import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { TEST_CALL_RATE_HZ } from "../values/test-call-audio.ts";

/**
 * A call that somebody places to a number of theirs from a browser. A node of the number's region calls itself over SIP;
 * the calling leg's audio goes to the control plane, which joins it with the browser's WebSocket. What answers is an
 * inbound call like any other. docs/design/test-calls.md.
 */

export const TEST_CALL_MAX_SECS = 600;
/** The browser and the node have this long to come, from the order on. */
export const TEST_CALL_JOIN_MS = 20_000;

/** A name or a number: what may stand as the user of a URI without being escaped (RFC 3261 §25.1 `unreserved`, and `+`). */
const callerSchema = z.string().regex(/^\+?[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  message: "Give a phone number, or up to 63 letters, digits, dots, dashes and underscores",
});

/** `POST /v1/test-calls`. */
export const testCallRequestSchema = z
  .object({
    /** The number that is called. */
    phone_number_id: z.string().optional(),
    /** Or the agent: the oldest of its numbers that take calls is called. */
    agent_id: z.string().optional(),
    /** Who calls, as the agent and the pre-call webhook are told. */
    caller: callerSchema.default("console"),
  })
  .refine(
    ({ phone_number_id: number, agent_id: agent }) =>
      (number === undefined) !== (agent === undefined),
    {
      message: "Give either phone_number_id or agent_id",
      path: ["phone_number_id"],
    },
  );
export type TestCallRequest = z.infer<typeof testCallRequestSchema>;

export const testCallViewSchema = z.object({
  test_call_id: z.string(),
  /** Of the call that the number answers: what the history has. */
  call_id: z.string(),
  conversation_id: z.string(),
  phone_number_id: z.string(),
  phone_number: z.string(),
  region: z.string(),
  /** Which calls itself. */
  node_id: z.string(),
  /** The WebSocket of its audio, below the API's origin: to be opened at once, and once. */
  audio_path: z.string(),
  audio: z.object({
    encoding: z.literal("pcm_s16le"),
    sample_rate_hz: z.literal(TEST_CALL_RATE_HZ),
  }),
  max_duration_secs: z.number().int(),
});
export type TestCallView = z.infer<typeof testCallViewSchema>;

/** What the browser is told in text messages; binary ones are what the agent says. */
export const testCallMessageSchema = z.discriminatedUnion("type", [
  /** The node is there and calls. */
  z.object({ type: z.literal("connecting") }),
  z.object({ type: z.literal("ringing") }),
  /** From here on there is audio. */
  z.object({ type: z.literal("answered") }),
  z.object({ type: z.literal("held") }),
  z.object({ type: z.literal("resumed") }),
  z.object({
    type: z.literal("digits_sent"),
    digits: z.string(),
    outcome: z.enum(["sent", "dropped"]),
  }),
  /**
   * The last one: how the calling leg ended, a code of docs/call-ends.md, or `not_joined` when nobody came in time,
   * `node_busy`, `node_lost`, `time_over`.
   */
  z.object({ type: z.literal("ended"), reason: z.string() }),
]);
export type TestCallMessage = z.infer<typeof testCallMessageSchema>;

/** What the browser says in text messages; binary ones are what its user says, 20 ms or so each. */
export const testCallCommandSchema = z.discriminatedUnion("type", [
  /** Keys, sent as events of the calling leg (RFC 4733). */
  z.object({ type: z.literal("dtmf"), digits: z.string().regex(/^[0-9*#A-D]{1,16}$/) }),
  z.object({ type: z.literal("hangup") }),
  /** How many audio messages have come since the beginning: who is behind is sent less. */
  z.object({ type: z.literal("heard"), messages: z.number().int().nonnegative() }),
]);
export type TestCallCommand = z.infer<typeof testCallCommandSchema>;

const questionSchema = z.object({
  /** Of the call that is to come in: the control plane has told who asked. */
  callId: idSchema("call"),
  workspaceId: idSchema("workspace"),
  phoneNumberId: idSchema("phoneNumber"),
  caller: callerSchema,
  /** Opens the node's end of the audio, once. A secret. */
  ticket: z.string(),
});
export type TestCallQuestion = z.infer<typeof questionSchema>;

/** What a node says in its `hello` that it can do: hubs ask no other for such a call. */
export const TEST_CALL_ABILITY = "test_call";

/** Hub to node. */
export const testCallToNodeSchema = z.object({
  type: z.literal("test_call"),
  testCallId: idSchema("testCall"),
  question: questionSchema,
});
export type TestCallToNode = z.infer<typeof testCallToNodeSchema>;

/** Node to hub: nothing of the calling leg is left. */
export const testCallEndToHubSchema = z.object({
  type: z.literal("test_call_end"),
  testCallId: idSchema("testCall"),
  /** `busy`: it has as many as it may. `failed`: it has come to no call, and the audio's end was not told why. */
  outcome: z.enum(["done", "busy", "failed"]),
});
export type TestCallEndToHub = z.infer<typeof testCallEndToHubSchema>;

/** Where a node brings the audio of such a call, with `Authorization: Bearer <ticket>`. */
export function testCallAudioPath(testCallId: string): string {
  return `/v1/nodes/test-calls/${testCallId}/audio`;
}
