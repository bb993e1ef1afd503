import { whenAborted } from "../call/ending.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { AddressPolicy } from "./address-policy.ts";
import type { AgentSocket, AgentSocketEvents, AgentSocketKind } from "./websocket/agent-socket.ts";
import { AGENT_SOCKETS } from "./websocket/open.ts";

const MAX_MESSAGE_BYTES = 1_048_576;
export const KEEP_ALIVE_MS = 15_000;

/** Where an agent is, and what of the node's settings its connection needs. */
export interface AgentAddress {
  /** ws: or wss: */
  readonly url: string;
  /** Of the handshake. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null for the node's own agent. */
  readonly addressPolicy: AddressPolicy | null;
  readonly keepAliveMs?: number;
  /** From the start of the attempt to the open WebSocket; absent: what the attempt's signal allows. */
  readonly handshakeMs?: number | undefined;
  /** Default: the lean one. */
  readonly webSocket?: AgentSocketKind;
}

/** @throws AgentUnavailable when the URL or the headers cannot stand in a request */
export type OpenSocket = (events: AgentSocketEvents) => AgentSocket;

interface Attempt {
  readonly accepted: Promise<void>;
  abandon(reason: string): void;
}

/**
 * Resolves when the agent has accepted. The signal's end ends the attempt. `subprotocol` null: the protocol has none.
 *
 * @throws AgentUnavailable, or what the call was rejected with
 */
export async function connectAgent<C extends Attempt>(
  agent: AgentAddress,
  subprotocol: string | null,
  signal: AbortSignal,
  create: (open: OpenSocket) => C,
): Promise<C> {
  const url = URL.parse(agent.url);
  if (url === null || (url.protocol !== "ws:" && url.protocol !== "wss:")) {
    throw new AgentUnavailable("the agent's URL is not a ws: or wss: URL");
  }
  const refusal = agent.addressPolicy?.refusalOf(url.hostname) ?? null;
  if (refusal !== null) throw new AgentUnavailable(refusal);
  if (signal.aborted) throw new AgentUnavailable("the call ended first");

  const connection = create((events) => openSocket(url, subprotocol, agent, events));
  using _abort = whenAborted(signal, () => connection.abandon(reasonOf(signal)));
  await connection.accepted;
  return connection;
}

/** A header that cannot stand in a request is thrown at once; everything else comes as an event. */
function openSocket(
  url: URL,
  subprotocol: string | null,
  agent: AgentAddress,
  events: AgentSocketEvents,
): AgentSocket {
  const { headers, addressPolicy, webSocket = "lean" } = agent;
  const options = {
    url,
    subprotocol,
    headers,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    ...(addressPolicy === null ? {} : { lookup: addressPolicy.lookup }),
  };
  const { handshakeMs } = agent;
  try {
    if (handshakeMs === undefined) return AGENT_SOCKETS[webSocket](options, events);
    const socket = AGENT_SOCKETS[webSocket](options, {
      ...events,
      opened() {
        clearTimeout(late);
        events.opened();
      },
      closed(code, reason, fault) {
        clearTimeout(late);
        events.closed(code, reason, fault);
      },
    });
    const late = setTimeout(() => socket.terminate(), handshakeMs).unref();
    return socket;
  } catch (cause) {
    throw new AgentUnavailable("the agent's URL or headers cannot be used", { cause });
  }
}

function reasonOf(signal: AbortSignal): string {
  const isTimeout = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
  return isTimeout ? "the agent was not ready in time" : "the call ended first";
}
