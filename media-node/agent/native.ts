import { AGENT_SUBPROTOCOL } from "../../schema/contracts/agent-socket.ts";
import type { AgentCall, AgentConnection } from "../call/agent-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import { type AgentAddress, connectAgent, KEEP_ALIVE_MS } from "./connect.ts";
import { NativeConnection } from "./native-connection.ts";

/**
 * The client of the `native` protocol: docs/design/agent-protocol.md is its specification. Resolves when the agent has said
 * `ready`. A call that is still a promise is told to the agent when it is there; until then nothing that the agent sends is read.
 *
 * @throws AgentUnavailable, or what the call was rejected with
 */
export async function connectNative(
  agent: AgentAddress,
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const { keepAliveMs = KEEP_ALIVE_MS } = agent;
  return await connectAgent(
    agent,
    AGENT_SUBPROTOCOL,
    signal,
    (open) => new NativeConnection(open, call, logger, keepAliveMs),
  );
}
