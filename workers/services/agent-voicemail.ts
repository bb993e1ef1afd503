import {
  VOICEMAIL_DEFAULTS,
  type VoicemailReport,
  type VoicemailRoute,
  type VoicemailView,
  voicemailDetectionSchema,
} from "../../schema/contracts/agent-voicemail.ts";
import type { CallScreened } from "../../schema/contracts/call-record.ts";
import type { AnsweringMachineDetection } from "../../schema/contracts/webhook.ts";
import { isObject, memberOf } from "./agent-settings.ts";

/** Voicemail detection, out of an agent's settings and into what clients read. */

/** Our own setting, else the vendor's tool: with a message it is left, without one the call ends. Null: off. */
export function voicemailRoute(
  vendorFields: Readonly<Record<string, unknown>>,
): VoicemailRoute | null {
  const own = voicemailDetectionSchema.safeParse(vendorFields["voicemail_detection"]);
  if (!own.success) return toolRoute(vendorFields);
  const { action, beep_timeout_secs, decision_timeout_secs, message } = own.data;
  if (action === "off") return null;
  return {
    action,
    message: action === "leave_message" ? (message ?? null) : null,
    decisionTimeoutMs: (decision_timeout_secs ?? VOICEMAIL_DEFAULTS.decisionTimeoutSecs) * 1_000,
    beepTimeoutMs: (beep_timeout_secs ?? VOICEMAIL_DEFAULTS.beepTimeoutSecs) * 1_000,
  };
}

function toolRoute(vendorFields: Readonly<Record<string, unknown>>): VoicemailRoute | null {
  const agent = memberOf(vendorFields["conversation_config"], "agent");
  const tools = memberOf(memberOf(agent, "prompt"), "built_in_tools");
  const tool = memberOf(tools, "voicemail_detection");
  if (!isObject(tool)) return null;
  const given = memberOf(tool["params"], "voicemail_message");
  const message = typeof given === "string" && given !== "" ? given : null;
  return {
    action: message === null ? "hang_up" : "leave_message",
    message,
    decisionTimeoutMs: VOICEMAIL_DEFAULTS.decisionTimeoutSecs * 1_000,
    beepTimeoutMs: VOICEMAIL_DEFAULTS.beepTimeoutSecs * 1_000,
  };
}

export function voicemailView(report: VoicemailReport): VoicemailView {
  const { action, beepAtMs, cause, confidence, atMs, message, verdict } = report;
  return {
    verdict,
    confidence,
    cause,
    at_ms: atMs,
    beep_at_ms: beepAtMs,
    action,
    message: message === null ? null : { at_ms: message.atMs, after: message.after },
  };
}

/** The body of `answering_machine_detection`. */
export function answeringMachineDetection(call: CallScreened, nowMs: number): string {
  const body: AnsweringMachineDetection = {
    type: "answering_machine_detection",
    event_timestamp: Math.floor(nowMs / 1_000),
    data: {
      ...voicemailView(call.voicemail),
      agent_id: call.agentId,
      conversation_id: call.conversationId,
      from_number: call.agentNumber,
      to_number: call.externalNumber,
      call_sid: call.callSid,
    },
  };
  return JSON.stringify(body);
}
