import type { LookupFunction } from "node:net";

/** The WebSocket to an agent, without extensions, whoever implements it. */
export interface AgentSocket {
  /** Between the handshake and the first close frame, either way. */
  readonly isOpen: boolean;
  readonly isClosed: boolean;
  /** Bytes that have been sent and have not left. */
  readonly bufferedAmount: number;
  /** Nothing is sent, and nothing is said about it, unless the socket is open. */
  sendText(text: string): void;
  /** A text message that is UTF-8 already; the bytes may be written again when this returns. */
  sendTextBytes(bytes: Uint8Array): void;
  /** The bytes may be written again when this returns. */
  sendBinary(bytes: Uint8Array): void;
  ping(): void;
  /** Nothing more is read; what has been read may still come. */
  pause(): void;
  resume(): void;
  /** The closing handshake (RFC 6455 §7.1.2). */
  close(code: number, reason: string): void;
  /** Ends the connection at once. */
  terminate(): void;
}

/** What a socket tells. Bytes are those from `start` to `end`, and belong to the handler until it returns. */
export interface AgentSocketEvents {
  opened(): void;
  /** Valid UTF-8. */
  text(bytes: Buffer, start: number, end: number): void;
  binary(bytes: Buffer, start: number, end: number): void;
  pong(): void;
  /**
   * Last and once. `code` and `reason` are the peer's, 1006 when it said none (RFC 6455 §7.1.5); `fault` is what went wrong
   * on the way, or empty.
   */
  closed(code: number, reason: string, fault: string): void;
}

export interface AgentSocketOptions {
  readonly url: URL;
  /** Null: none is offered, and the server chooses none. */
  readonly subprotocol: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  /** Absent: the system's. */
  readonly lookup?: LookupFunction;
  /** Authorities of the server's certificate, PEM; absent: the system's. */
  readonly ca?: string;
}

/**
 * Starts to connect; everything that comes of it is told by the events, never before this returns.
 *
 * @throws Error when the URL or the headers cannot stand in a request
 */
export type OpenAgentSocket = (
  options: AgentSocketOptions,
  events: AgentSocketEvents,
) => AgentSocket;

export const AGENT_SOCKET_KINDS = ["lean", "ws"] as const;
export type AgentSocketKind = (typeof AGENT_SOCKET_KINDS)[number];
