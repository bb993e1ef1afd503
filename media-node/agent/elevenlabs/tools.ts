import { z } from "zod";
import { keysToSendSchema } from "../../../schema/contracts/agent-socket.ts";
import type { TransferRequest } from "../../call/transfer/transfers.ts";
import type { DigitMode } from "../../media/digit-sender.ts";
import { readValue } from "../read-message.ts";

/** The tools that the node has for an agent, by the names and parameters of the platform's own, and what they answer. */

const reason = z.string().max(1_024).nullish();

const endCallSchema = z.object({ reason });
const skipTurnSchema = z.object({ reason });
const destination = z.string().min(1).max(512);
const transferSchema = z
  .object({
    reason,
    transfer_number: destination.optional(),
    /** A phone number or a SIP URI, as in our own protocol. */
    destination: destination.optional(),
    transfer_type: z.enum(["conference", "blind", "sip_refer", "refer"]).default("conference"),
    headers: z.record(z.string().max(64), z.string().max(512)).default({}),
  })
  .refine(
    ({ transfer_number: number, destination: other }) =>
      number !== undefined || other !== undefined,
    { error: "is missing", path: ["transfer_number"] },
  );
const digitsSchema = z
  .object({
    reason,
    dtmf_tones: keysToSendSchema.optional(),
    digits: keysToSendSchema.optional(),
    /** False: as tones in the audio. */
    use_out_of_band_dtmf: z.boolean().default(true),
  })
  .refine(({ dtmf_tones: tones, digits }) => tones !== undefined || digits !== undefined, {
    error: "is missing",
    path: ["dtmf_tones"],
  });

export type ToolAction =
  | { readonly kind: "end_call"; readonly reason: string }
  | { readonly kind: "skip_turn" }
  | { readonly kind: "transfer"; readonly request: TransferRequest }
  | { readonly kind: "send_digits"; readonly digits: string; readonly mode: DigitMode }
  /** Why nothing comes of it: fit to be told to the agent. */
  | { readonly kind: "refused"; readonly result: string };

/** What a tool call asks of the node. */
export function readToolCall(name: string, toolCallId: string, parameters: unknown): ToolAction {
  switch (name) {
    case "end_call": {
      const read = readValue(endCallSchema, parameters);
      if (!read.ok) return { kind: "refused", result: read.problem };
      return { kind: "end_call", reason: read.message.reason ?? "" };
    }
    case "skip_turn": {
      const read = readValue(skipTurnSchema, parameters);
      if (!read.ok) return { kind: "refused", result: read.problem };
      return { kind: "skip_turn" };
    }
    case "transfer_to_number":
    case "transfer": {
      const read = readValue(transferSchema, parameters);
      if (!read.ok) return { kind: "refused", result: results.transferFailed(read.problem, null) };
      const { transfer_number: number, destination: other, transfer_type: type } = read.message;
      const request = {
        id: toolCallId,
        destination: number ?? other ?? "",
        method: type === "conference" ? "conference" : "refer",
        headers: read.message.headers,
        userToUser: null,
      } as const;
      return { kind: "transfer", request };
    }
    case "play_keypad_touch_tone":
    case "play_dtmf":
    case "dtmf": {
      const read = readValue(digitsSchema, parameters);
      if (!read.ok) return { kind: "refused", result: results.digitsNotSent(read.problem) };
      const { dtmf_tones: tones, digits, use_out_of_band_dtmf: isOutOfBand } = read.message;
      const mode = isOutOfBand ? "auto" : "in_band";
      return { kind: "send_digits", digits: tones ?? digits ?? "", mode };
    }
    default:
      return { kind: "refused", result: `Client tool with name ${name} is not defined on client` };
  }
}

/** As the platform's own tools answer its model. */
export const results = {
  callEnded: () => JSON.stringify({ result_type: "end_call_success", status: "success" }),
  turnSkipped: () => JSON.stringify({ result_type: "skip_turn_success", status: "success" }),
  digitsSent: (digits: string) =>
    JSON.stringify({
      result_type: "play_dtmf_success",
      status: "success",
      dtmf_tones: digits,
    }),
  digitsNotSent: (error: string) =>
    JSON.stringify({ result_type: "play_dtmf_error", status: "error", error }),
  transferred: (destination: string) =>
    JSON.stringify({
      result_type: "transfer_to_number_sip_success",
      status: "success",
      transfer_number: destination,
    }),
  transferFailed: (error: string, sipStatus: number | null) =>
    JSON.stringify({
      result_type: "transfer_to_number_error",
      status: "error",
      error,
      ...(sipStatus === null ? {} : { details: `SIP ${sipStatus}` }),
    }),
} as const;
