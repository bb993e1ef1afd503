import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { SipTransport } from "../engine/connection.ts";
import { DEFAULT_ENGINE_LIMITS } from "../engine/engine-config.ts";
import { StreamFramer } from "../engine/stream-framer.ts";
import {
  emptyBody,
  headerList,
  headerValue,
  isRequest,
  isResponse,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  writeMessage,
} from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseVia, viaBranch } from "../protocol/sip/via.ts";

/** RFC 3261 §17.1.2.1: datagrams are sent again after T1, and then at twice the pause before, up to T2. */
const T1_MS = 500;
const T2_MS = 4_000;

export type SipAnswer =
  | { readonly kind: "response"; readonly response: SipResponse }
  /** Nothing came in time. */
  | { readonly kind: "silent" }
  | { readonly kind: "closed" }
  /** The host has answered a datagram with port unreachable. */
  | { readonly kind: "refused" }
  | { readonly kind: "not_sip" };

/** One request and what comes back for it. */
export interface SipExchange extends Disposable {
  /** The next response, or why there is none. */
  next(waitMs: number): Promise<SipAnswer>;
}

/** One connection or one pair of UDP ports, for a few requests one after the other. */
export interface SipChannel extends Disposable {
  readonly transport: SipTransport;
  /** Of this side, before any NAT. */
  readonly local: { readonly address: string; readonly port: number };
  /** Sends a request and listens for its responses, by branch (RFC 3261 §17.1.3). */
  begin(request: SipRequest): SipExchange;
  /** An ACK: nothing comes back for it. */
  send(request: SipRequest): void;
}

interface Wire {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Over a connection that is open; the channel owns it from now on. */
export function streamChannel(socket: Socket, transport: "tcp" | "tls"): SipChannel {
  const framer = new StreamFramer(DEFAULT_ENGINE_LIMITS, { mustBeSip: true });
  const book = new ExchangeBook({
    write: (bytes) => void socket.write(bytes),
    close: () => void socket.destroy(),
  });
  socket.on("data", (chunk: Buffer) => {
    for (const output of framer.push(chunk)) {
      if (output.kind === "message") book.receive(output.message);
      else if (output.kind === "ping") socket.write("\r\n");
      else if (output.kind !== "pong") book.end("not_sip");
    }
  });
  socket.on("error", () => book.end("closed"));
  socket.on("close", () => book.end("closed"));
  const local = { address: socket.localAddress ?? "127.0.0.1", port: socket.localPort ?? 0 };
  return book.channel(transport, local, false);
}

/**
 * RFC 3261 §18.1.1 over a socket of its own.
 * @throws the system's error when there is no way to the target
 */
export async function datagramChannel(
  target: { readonly address: string; readonly port: number; readonly family: 4 | 6 },
  bindAddress: string | null,
): Promise<SipChannel> {
  const socket = createSocket(target.family === 6 ? "udp6" : "udp4");
  try {
    if (bindAddress !== null) {
      socket.bind(0, bindAddress);
      await once(socket, "listening");
    }
    socket.connect(target.port, target.address);
    await once(socket, "connect");
  } catch (fault) {
    socket.close();
    throw fault;
  }
  let isOpen = true;
  const book = new ExchangeBook({
    write(bytes) {
      if (isOpen) socket.send(bytes);
    },
    close() {
      if (isOpen) socket.close();
      isOpen = false;
    },
  });
  socket.on("message", (datagram: Buffer) => {
    const message = parseMessage(datagram);
    if (message instanceof SipSyntaxError) book.end("not_sip");
    else book.receive(message);
  });
  socket.on("error", () => book.end("refused"));
  const { address, port } = socket.address();
  return book.channel("udp", { address, port }, true);
}

class ExchangeBook {
  readonly #wire: Wire;
  readonly #open = new Map<string, Exchange>();
  #ended: "closed" | "refused" | "not_sip" | null = null;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  channel(transport: SipTransport, local: SipChannel["local"], isRepeated: boolean): SipChannel {
    return {
      transport,
      local,
      begin: (request) => this.#begin(request, isRepeated),
      send: (request) => this.#wire.write(writeMessage(request)),
      [Symbol.dispose]: () => {
        this.end("closed");
        this.#wire.close();
      },
    };
  }

  receive(message: SipMessage): void {
    if (isResponse(message))
      this.#open.get(keyOf(message))?.push({ kind: "response", response: message });
    else if (isRequest(message)) this.#answer(message);
  }

  /** Nothing more comes. */
  end(kind: "closed" | "refused" | "not_sip"): void {
    this.#ended ??= kind;
    for (const exchange of this.#open.values()) exchange.push({ kind: this.#ended });
  }

  #begin(request: SipRequest, isRepeated: boolean): SipExchange {
    const key = keyOf(request);
    const bytes = writeMessage(request);
    const exchange = new Exchange(isRepeated ? () => this.#wire.write(bytes) : null, () =>
      this.#open.delete(key),
    );
    this.#open.set(key, exchange);
    if (this.#ended !== null) exchange.push({ kind: this.#ended });
    else this.#wire.write(bytes);
    return exchange;
  }

  /** A peer that hangs up is told so; for anything else there is nothing here. */
  #answer(request: SipRequest): void {
    const { method } = request.startLine;
    if (method === "ACK") return;
    const isTaken = method === "BYE" || method === "OPTIONS";
    const [status, reason] = isTaken ? [200, "OK"] : [481, "Call/Transaction Does Not Exist"];
    const copied = new Set(["Via", "From", "To", "Call-ID", "CSeq"]);
    const response: SipResponse = {
      startLine: { kind: "response", status, reason },
      headers: request.headers.filter(({ name }) => copied.has(name)),
      body: emptyBody(),
    };
    this.#wire.write(writeMessage(response));
  }
}

class Exchange implements SipExchange {
  readonly #answers: SipAnswer[] = [];
  readonly #forget: () => void;
  #waiter: ((answer: SipAnswer) => void) | null = null;
  #repeat: NodeJS.Timeout | null = null;

  constructor(repeat: (() => void) | null, forget: () => void) {
    this.#forget = forget;
    if (repeat !== null) this.#repeatAfter(T1_MS, repeat);
  }

  push(answer: SipAnswer): void {
    if (this.#repeat !== null) clearTimeout(this.#repeat);
    this.#repeat = null;
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter === null) this.#answers.push(answer);
    else waiter(answer);
  }

  next(waitMs: number): Promise<SipAnswer> {
    const answer = this.#answers.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    return new Promise((resolve) => {
      const limit = setTimeout(
        () => {
          this.#waiter = null;
          resolve({ kind: "silent" });
        },
        Math.max(waitMs, 0),
      );
      this.#waiter = (arrived) => {
        clearTimeout(limit);
        resolve(arrived);
      };
    });
  }

  #repeatAfter(pauseMs: number, repeat: () => void): void {
    this.#repeat = setTimeout(() => {
      repeat();
      this.#repeatAfter(Math.min(pauseMs * 2, T2_MS), repeat);
    }, pauseMs);
  }

  [Symbol.dispose](): void {
    if (this.#repeat !== null) clearTimeout(this.#repeat);
    this.#forget();
  }
}

/** RFC 3261 §17.1.3: the branch of the topmost Via, and the method of CSeq. */
function keyOf(message: SipMessage): string {
  const via = parseVia(headerList(message, "Via")[0] ?? "");
  const branch = via instanceof SipSyntaxError ? "" : (viaBranch(via) ?? "");
  const method = (headerValue(message, "CSeq") ?? "").split(/\s+/)[1] ?? "";
  return `${branch} ${method}`;
}
