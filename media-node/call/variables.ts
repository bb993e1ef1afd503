import type { CallStarted } from "../../schema/contracts/call-record.ts";
import {
  type ClientData,
  type DynamicVariables,
  recordableVariables,
} from "../../schema/contracts/client-data.ts";

/** What of the client's objects a record keeps; more is no use to its readers. */
const MAX_RECORDED_CHARS = 65_536;

/**
 * The conversation's variables as they are now: those of the SIP headers, over them the client's, and over all the
 * system's, which nothing shadows.
 */
export function conversationVariables(
  call: CallStarted,
  clientData: ClientData | null,
  now: { readonly atMs: number; readonly durationMs: number },
): DynamicVariables {
  const isInbound = call.direction === "inbound";
  return {
    ...call.dynamicVariables,
    ...clientData?.dynamicVariables,
    system__agent_id: call.agentId,
    system__current_agent_id: call.agentId,
    system__call_sid: call.callSid,
    system__call_id: call.sipCallId,
    system__caller_id: isInbound ? call.externalNumber : call.agentNumber,
    system__called_number: isInbound ? call.agentNumber : call.externalNumber,
    system__conversation_id: call.conversationId,
    system__call_duration_secs: Math.floor(now.durationMs / 1000),
    system__time_utc: new Date(now.atMs).toISOString(),
    system__is_text_only: false,
  };
}

/** The client's data as records keep it: without secrets, and without objects that are too large for them. */
export function recordableClientData(data: ClientData): ClientData {
  const { conversationConfigOverride, customLlmExtraBody, dynamicVariables } = data;
  const variables = recordableVariables(dynamicVariables);
  const size = JSON.stringify([conversationConfigOverride, customLlmExtraBody, variables]).length;
  if (size <= MAX_RECORDED_CHARS) return { ...data, dynamicVariables: variables };
  return {
    ...data,
    dynamicVariables: {},
    conversationConfigOverride: {},
    customLlmExtraBody: {},
  };
}
