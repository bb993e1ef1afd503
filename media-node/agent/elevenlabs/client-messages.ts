import type { AgentCall } from "../../call/agent-ports.ts";

/** What the node says in a conversation, but for the caller's audio. */

const SOURCE = "trunkline";

/**
 * The first message. The call's variables include the `system__` ones, whose names the platform keeps for itself: they go as
 * `sip_`, where its own telephony has them.
 */
export function initiationOf(call: AgentCall): string {
  const { clientData } = call;
  return JSON.stringify({
    type: "conversation_initiation_client_data",
    ...(clientData === undefined || isEmpty(clientData.conversationConfigOverride)
      ? {}
      : { conversation_config_override: clientData.conversationConfigOverride }),
    ...(clientData === undefined || isEmpty(clientData.customLlmExtraBody)
      ? {}
      : { custom_llm_extra_body: clientData.customLlmExtraBody }),
    dynamic_variables: variablesOf(call),
    ...(clientData?.userId == null ? {} : { user_id: clientData.userId }),
    source_info: { source: SOURCE },
    ...(clientData?.branchId == null ? {} : { branch_id: clientData.branchId }),
    ...(clientData?.environment == null ? {} : { environment: clientData.environment }),
  });
}

const SYSTEM_PREFIX = "system__";
/** What the platform says of a call of its own; nothing that the caller's headers say takes their place. */
const SIP_NAMES: Readonly<Record<string, string>> = {
  system__caller_id: "sip_caller_id",
  system__called_number: "sip_called_number",
  system__call_sid: "sip_call_sid",
  system__call_id: "sip_call_id",
  system__conversation_id: "sip_conversation_id",
};

function variablesOf({ dynamicVariables }: AgentCall): Record<string, string | number | boolean> {
  const given = Object.entries(dynamicVariables);
  return Object.fromEntries([
    ...given.filter(([name]) => !name.startsWith(SYSTEM_PREFIX)),
    ...given.flatMap(([name, value]) => {
      const known = SIP_NAMES[name];
      return known === undefined ? [] : [[known, value] as const];
    }),
  ]);
}

export function pong(eventId: number): string {
  return JSON.stringify({ type: "pong", event_id: eventId });
}

/** A turn of the caller. */
export function userMessage(text: string): string {
  return JSON.stringify({ type: "user_message", text });
}

/** The agent need not ask whether anybody is there. */
export const USER_ACTIVITY = JSON.stringify({ type: "user_activity" });

/** Something to know, and no reason to speak. The latest of an identifier stands. */
export function contextualUpdate(text: string, contextId: string): string {
  return JSON.stringify({ type: "contextual_update", text, context_id: contextId });
}

export function toolResult(toolCallId: string, result: string, isError: boolean): string {
  return JSON.stringify({
    type: "client_tool_result",
    tool_call_id: toolCallId,
    result,
    is_error: isError,
  });
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
