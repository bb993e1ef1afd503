import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { deadline } from "./deadline.ts";

/** A SIP peer at byte level over TCP: it says what a test writes and shows what came, nothing more. */
export interface SipPeer extends AsyncDisposable {
  readonly localPort: number;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  send(text: string): void;
  /** The next message whose start line has the text; earlier ones are dropped. */
  next(startLineHas: string): Promise<SipText>;
}

export interface SipText {
  readonly startLine: string;
  readonly text: string;
  /** First value of a header, by its full name; empty when absent. */
  header(name: string): string;
  readonly body: string;
}

export async function connectSipPeer(
  port: number,
  localAddress = "127.0.0.1",
  host = "127.0.0.1",
): Promise<SipPeer> {
  const socket = connect({ port, host, localAddress });
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  const arrived: SipText[] = [];
  let wake: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.once("close", () => wake());
  readMessages(socket, (message) => {
    arrived.push(message);
    wake();
  });
  return {
    localPort: socket.localPort ?? 0,
    closed,
    send: (text) => socket.write(text),
    next: (startLineHas) =>
      deadline(
        (async () => {
          for (;;) {
            for (let message = arrived.shift(); message; message = arrived.shift()) {
              if (message.startLine.includes(startLineHas)) return message;
            }
            if (socket.destroyed) throw new Error(`closed before "${startLineHas}"`);
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        })(),
        10_000,
        `no message with "${startLineHas}"`,
      ),
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

/** Cuts what a connection brings into messages (RFC 3261 §18.3). */
export function readMessages(socket: Socket, arrived: (message: SipText) => void): void {
  let buffered = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    buffered = (buffered + chunk).replace(/^(\r\n)+/, "");
    for (;;) {
      const headEnd = buffered.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = buffered.slice(0, headEnd);
      const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(head)?.[1] ?? 0);
      if (buffered.length < headEnd + 4 + length) return;
      const body = buffered.slice(headEnd + 4, headEnd + 4 + length);
      buffered = buffered.slice(headEnd + 4 + length).replace(/^(\r\n)+/, "");
      arrived({
        startLine: head.split("\r\n", 1)[0] ?? "",
        text: `${head}\r\n\r\n${body}`,
        header: (name) =>
          new RegExp(`^${name}\\s*:\\s*(.*)$`, "im").exec(head.replaceAll("\r", ""))?.[1] ?? "",
        body,
      });
    }
  });
}

export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly peer: Pick<SipPeer, "localPort">;
  readonly localAddress?: string;
  readonly callId?: string;
  readonly fromUser?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A request as text, complete enough for RFC 3261 §8.1.1. */
export function sipRequest(parts: RequestParts): string {
  const host = `${parts.localAddress ?? "127.0.0.1"}:${parts.peer.localPort}`;
  const body = parts.body ?? "";
  const toTag = parts.toTag === undefined ? "" : `;tag=${parts.toTag}`;
  const isTyped = parts.headers?.some((header) => header.startsWith("Content-Type:")) ?? false;
  return [
    `${parts.method} ${parts.uri} SIP/2.0`,
    `Via: SIP/2.0/TCP ${host};branch=${parts.branch ?? `z9hG4bK${randomUUID()}`}`,
    "Max-Forwards: 70",
    `From: <sip:${parts.fromUser ?? "+4930999"}@${host}>;tag=${parts.fromTag ?? randomUUID()}`,
    `To: <${parts.uri}>${toTag}`,
    `Call-ID: ${parts.callId ?? randomUUID()}`,
    `CSeq: ${parts.cseq ?? 1} ${parts.method}`,
    `Contact: <sip:peer@${host};transport=tcp>`,
    ...(parts.headers ?? []),
    ...(body === "" || isTyped ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

/** An offer of G.711 (or of `formats`) over the profile. */
export function sdpOffer(
  port: number,
  options: { profile?: string; formats?: string; lines?: string[] } = {},
): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} ${options.profile ?? "RTP/AVP"} ${options.formats ?? "0 8"}`,
    ...(options.lines ?? []),
    "",
  ].join("\r\n");
}
