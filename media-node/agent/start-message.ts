import {
  ACCEPTED_MESSAGES,
  AGENT_SAMPLE_RATE_HZ,
  AGENT_SAMPLE_RATES_HZ,
  type NodeToAgent,
} from "../../schema/contracts/agent-socket.ts";
import type { ClientData } from "../../schema/contracts/client-data.ts";
import type { AgentCall, Resumption } from "../call/agent-ports.ts";

type StartMessage = Extract<NodeToAgent, { type: "start" }>;

/** The first message of the native protocol. */
export function startOf(call: AgentCall): StartMessage {
  return {
    type: "start",
    version: 1,
    call_id: call.callId,
    conversation_id: call.conversationId,
    direction: call.direction,
    from: call.from,
    to: call.to,
    audio: {
      encoding: "pcm_s16le",
      sample_rate_hz: AGENT_SAMPLE_RATE_HZ,
      sample_rates_hz: [...AGENT_SAMPLE_RATES_HZ],
    },
    accepts: [...ACCEPTED_MESSAGES],
    dynamic_variables: { ...call.dynamicVariables },
    ...initiationOf(call.clientData),
    ...(call.resumption === undefined ? {} : { resumed: resumedOf(call.resumption) }),
  };
}

function resumedOf({ count, awayMs, lastMark }: Resumption): StartMessage["resumed"] {
  return { count, away_ms: Math.round(awayMs), last_mark: lastMark };
}

/** Only what somebody has said. */
function initiationOf(data: ClientData | undefined): Partial<StartMessage> {
  if (data === undefined) return {};
  const { conversationConfigOverride: config, customLlmExtraBody: extra, userId } = data;
  return {
    ...(isEmpty(config) ? {} : { conversation_config_override: config }),
    ...(isEmpty(extra) ? {} : { custom_llm_extra_body: extra }),
    ...(userId === null ? {} : { user_id: userId }),
  };
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
