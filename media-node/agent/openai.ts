import type { AgentCall, AgentConnection } from "../call/agent-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import { type AgentAddress, connectAgent, KEEP_ALIVE_MS } from "./connect.ts";
import { RealtimeConnection, type RealtimeSettings } from "./realtime/realtime-connection.ts";

/**
 * The OpenAI Realtime API over a WebSocket (https://platform.openai.com/docs/api-reference/realtime), and servers that speak it.
 * Resolves when the session has been updated; docs/design/openai-realtime.md says what of it is used.
 *
 * @throws AgentUnavailable, or what the call was rejected with
 */
export async function connectOpenai(
  agent: AgentAddress & { readonly settings: RealtimeSettings },
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const { keepAliveMs = KEEP_ALIVE_MS, settings } = agent;
  return await connectAgent(
    agent,
    null,
    signal,
    (open) => new RealtimeConnection(open, settings, call, logger, keepAliveMs),
  );
}

/** The session's URL: where it is, and of which model. */
export function openaiUrl(url: string, model: string): string {
  const full = new URL(url);
  full.searchParams.set("model", model);
  return full.href;
}
