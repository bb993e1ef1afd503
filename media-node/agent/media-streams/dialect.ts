import { createHash } from "node:crypto";
import { z } from "zod";
import { idHex } from "../../../schema/values/ids.ts";
import type { AgentCall } from "../../call/agent-ports.ts";
import type { MediaMessage } from "./media-message.ts";

/**
 * Media streams: G.711 µ-law at 8 kHz in base64 in JSON, as several vendors of telephony speak them to applications. What
 * they say is the same; how they spell it is a dialect.
 */

/** Why a message of the agent was not taken. */
export type StreamProblem = "malformed" | "invalid_media" | "too_much";

/** How one stream is spelled. Numbers are counted from 1, in one sequence over all messages but `connected` and errors. */
export interface MediaStreamDialect {
  readonly connected: string;
  start(sequenceNumber: number): string;
  readonly media: MediaMessage;
  dtmf(sequenceNumber: number, digit: string, pressedAtMs: number): string;
  mark(sequenceNumber: number, name: string): string;
  stop(sequenceNumber: number): string;
  /** Null where the agent is told of no problems. */
  error(problem: StreamProblem, detail: string): string | null;
  /** What every message of the agent must name; null when none needs to. */
  readonly requiredStreamSid: string | null;
  /** Of one message; null: what can be queued. */
  readonly longestMediaMs: number | null;
}

const streamSid = z.string().optional();

/** What an agent may send. Members that are not named here are vendors' own and have no effect. */
export const streamMessageSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("media"), streamSid, media: z.object({ payload: z.string() }) }),
  z.object({
    event: z.literal("mark"),
    streamSid,
    mark: z.object({ name: z.string().max(1_024) }),
  }),
  z.object({ event: z.literal("clear"), streamSid }),
]);

/** Reserved for variables of ours, so that no other parameter has the name. */
const RECONNECTIONS = "system__reconnections";

/** The call's variables as the parameters of a stream, which are text; and that it is not the call's first stream. */
export function parametersOf({ dynamicVariables, resumption }: AgentCall): Record<string, string> {
  const variables = Object.entries(dynamicVariables).map(([name, value]) => [name, String(value)]);
  return {
    ...Object.fromEntries(variables),
    ...(resumption === undefined ? {} : { [RECONNECTIONS]: String(resumption.count) }),
  };
}

/** 32 hexadecimal digits: the call's own of its first stream, others of those that follow, the same whenever they are asked for. */
export function streamHexOf({ callId, resumption }: AgentCall): string {
  if (resumption === undefined) return idHex(callId);
  return createHash("sha256").update(`${callId} ${resumption.count}`).digest("hex").slice(0, 32);
}
