import { AGENT_SUBPROTOCOL } from "../../schema/contracts/agent-socket.ts";
import type { AgentCall, AgentConnection } from "../call/agent-ports.ts";
import { whenAborted } from "../call/ending.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { CallLogger } from "../call/ports.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { NativeConnection } from "./native-connection.ts";
import type { AgentSocket, AgentSocketEvents, AgentSocketKind } from "./websocket/agent-socket.ts";
import { AGENT_SOCKETS } from "./websocket/open.ts";

/** The client of the `native` protocol: docs/design/agent-protocol.md is its specification. */

const MAX_MESSAGE_BYTES = 1_048_576;
const KEEP_ALIVE_MS = 15_000;

interface NativeAgent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for the node's own agent. */
  readonly addressPolicy: AddressPolicy | null;
  readonly keepAliveMs?: number;
  /** Default: the lean one. */
  readonly webSocket?: AgentSocketKind;
}

/**
 * Resolves when the agent has said `ready`. The signal's end ends the attempt. A call that is still a promise is told
 * to the agent when it is there; until then nothing that the agent sends is read.
 *
 * @throws AgentUnavailable, or what the call was rejected with
 */
export async function connectNative(
  agent: NativeAgent,
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const url = URL.parse(agent.url);
  if (url === null || (url.protocol !== "ws:" && url.protocol !== "wss:")) {
    throw new AgentUnavailable("the agent's URL is not a ws: or wss: URL");
  }
  const refusal = agent.addressPolicy?.refusalOf(url.hostname) ?? null;
  if (refusal !== null) throw new AgentUnavailable(refusal);
  if (signal.aborted) throw new AgentUnavailable("the call ended first");

  const open = (events: AgentSocketEvents): AgentSocket => openSocket(url, agent, events);
  const connection = new NativeConnection(open, call, logger, agent.keepAliveMs ?? KEEP_ALIVE_MS);
  using _abort = whenAborted(signal, () => connection.abandon(reasonOf(signal)));
  await connection.accepted;
  return connection;
}

/** A header that cannot stand in a request is thrown at once; everything else comes as an event. */
function openSocket(url: URL, agent: NativeAgent, events: AgentSocketEvents): AgentSocket {
  const { headers, addressPolicy, webSocket = "lean" } = agent;
  const options = {
    url,
    subprotocol: AGENT_SUBPROTOCOL,
    headers,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    ...(addressPolicy === null ? {} : { lookup: addressPolicy.lookup }),
  };
  try {
    return AGENT_SOCKETS[webSocket](options, events);
  } catch (cause) {
    throw new AgentUnavailable("the agent's URL or headers cannot be used", { cause });
  }
}

function reasonOf(signal: AbortSignal): string {
  const isTimeout = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
  return isTimeout ? "the agent was not ready in time" : "the call ended first";
}
