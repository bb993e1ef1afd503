import type { AgentCall, AgentConnection } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { CallLogger } from "../call/ports.ts";
import { type AgentAddress, connectAgent, KEEP_ALIVE_MS } from "./connect.ts";
import { ElevenLabsConversation } from "./elevenlabs/conversation.ts";
import { fetchSignedUrl } from "./elevenlabs/signed-url.ts";

interface ElevenLabsAgent extends AgentAddress {
  /** Null: the agent is public. */
  readonly apiKey: string | null;
  /** Keys are told as answers of several, and not one by one. */
  readonly collectsDigits: boolean;
}

/**
 * The Agents WebSocket of ElevenLabs (https://elevenlabs.io/docs/agents-platform/api-reference/agents-platform/websocket), and
 * servers that speak it. Resolves with the conversation's metadata; docs/design/elevenlabs.md says what of it is used.
 *
 * @throws AgentUnavailable, or what the call was rejected with
 */
export async function connectElevenLabs(
  agent: ElevenLabsAgent,
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const { keepAliveMs = KEEP_ALIVE_MS } = agent;
  const at = await addressOf(agent, signal);
  return await connectAgent(
    at,
    null,
    signal,
    (open) => new ElevenLabsConversation(open, agent, call, logger, keepAliveMs),
  );
}

/** A private agent's is signed, for one conversation; headers go to the host that they were given for. */
async function addressOf(agent: ElevenLabsAgent, signal: AbortSignal): Promise<AgentAddress> {
  if (agent.apiKey === null) return agent;
  const url = URL.parse(agent.url);
  if (url === null) throw new AgentUnavailable("the agent's URL is not a URL");
  const signed = await fetchSignedUrl(url, agent.apiKey, agent.addressPolicy, signal);
  return {
    ...agent,
    url: signed,
    headers: URL.parse(signed)?.host === url.host ? agent.headers : {},
  };
}
