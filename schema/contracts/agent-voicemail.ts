import { z } from "zod";

/**
 * Voicemail detection of calls that we place: an agent's settings, what of them a node has to know, and what a node says of a
 * call. docs/design/voicemail-detection.md tells the rules.
 */

/** Ends the call; has a message left after the beep; only says so. */
const actionSchema = z.enum(["hang_up", "leave_message", "continue"]);

export const VOICEMAIL_DEFAULTS = { decisionTimeoutSecs: 6, beepTimeoutSecs: 45 } as const;

const MAX_MESSAGE_CHARS = 4_096;

/** `voicemail_detection` of an agent: ours, and stronger than the vendor's tool of that name. */
export const voicemailDetectionSchema = z.looseObject({
  /** `off`: also where the vendor's tool is there. */
  action: z.enum(["off", ...actionSchema.options]),
  /** What the agent is told to say after the beep; may hold `{{dynamic_variable}}`. */
  message: z.string().max(MAX_MESSAGE_CHARS).nullish(),
  /** What is not decided by then is `unknown`. */
  decision_timeout_secs: z.number().min(2).max(15).nullish(),
  /** How long a beep is waited for, from the answer on. */
  beep_timeout_secs: z.number().min(5).max(60).nullish(),
});

/** What a node has to know. */
export const voicemailRouteSchema = z.object({
  action: actionSchema,
  message: z.string().nullable(),
  decisionTimeoutMs: z.number().int().positive(),
  beepTimeoutMs: z.number().int().positive(),
});
export type VoicemailRoute = z.infer<typeof voicemailRouteSchema>;

/** What has become of an answer; told anew whenever one of its members changes. */
export const voicemailReportSchema = z.object({
  verdict: z.enum(["human", "machine", "machine_beep", "unknown"]),
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  cause: z.enum([
    "short_greeting",
    "long_greeting",
    "beep",
    "network_announcement",
    "no_speech",
    "undecided",
  ]),
  /** Of the first verdict, in milliseconds from the answer, as is the rest. */
  atMs: z.number().int().nonnegative(),
  /** The end of the beep; null without one. */
  beepAtMs: z.number().int().nonnegative().nullable(),
  action: actionSchema,
  /** When what the agent says was let through to leave a message; null: not, or it was never held back. */
  message: z
    .object({
      atMs: z.number().int().nonnegative(),
      after: z.enum(["beep", "greeting_end", "timeout"]),
    })
    .nullable(),
});
export type VoicemailReport = z.infer<typeof voicemailReportSchema>;

/** Whether a machine took the call: `voicemail` of a batch's recipient. An announcement of the network is none. */
export function reachedVoicemail(report: VoicemailReport | undefined): boolean {
  if (report === undefined || report.cause === "network_announcement") return false;
  return report.verdict === "machine" || report.verdict === "machine_beep";
}

/** The same in the REST API and in webhooks. */
export const voicemailViewSchema = z.object({
  verdict: voicemailReportSchema.shape.verdict,
  confidence: voicemailReportSchema.shape.confidence,
  cause: voicemailReportSchema.shape.cause,
  /** Milliseconds from the answer. */
  at_ms: z.number().int(),
  beep_at_ms: z.number().int().nullable(),
  action: actionSchema,
  message: z
    .object({ at_ms: z.number().int(), after: z.enum(["beep", "greeting_end", "timeout"]) })
    .nullable(),
});
export type VoicemailView = z.infer<typeof voicemailViewSchema>;
