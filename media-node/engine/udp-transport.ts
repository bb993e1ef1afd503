import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv4, isIPv6 } from "node:net";
import { indexOfHeaderEnd, parseMessage } from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import type { EngineClock } from "./clock.ts";
import { type ConnectionHandlers, plainAddress, type SipConnection } from "./connection.ts";
import type { EngineLimits, EngineListener } from "./engine-config.ts";

const CR = 0x0d;
const LF = 0x0a;
/** RFC 5389 §6: the first two bits of every STUN message are zero, those of no SIP message. */
const STUN_MASK = 0xc0;
const SHOWN_HEAD_BYTES = 2_048;
const RECEIVE_BUFFER_BYTES = 1_048_576;

export interface UdpListenDeps {
  readonly limits: EngineLimits;
  readonly clock: EngineClock;
  readonly handlers: Pick<ConnectionHandlers, "message" | "malformed">;
  /** Asked before anything of it is read. */
  readonly admit: (address: string, datagram: Buffer) => boolean;
}

/** One UDP socket: RFC 3261 §18 over datagrams, both directions from one port. */
export class UdpListener {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #deps: UdpListenDeps;
  #isOpen = true;

  private constructor(socket: Socket, deps: UdpListenDeps) {
    this.#socket = socket;
    this.#deps = deps;
    const { address, port } = socket.address();
    this.address = address;
    this.port = port;
    // An unreachable peer is the transaction's to find out.
    socket.on("error", () => undefined);
    socket.on("message", (datagram, source) => this.#receive(datagram, source));
  }

  /** Rejects with the system's error (EADDRINUSE and the like). */
  static bind(listener: EngineListener, deps: UdpListenDeps): Promise<UdpListener> {
    const type = isIPv6(listener.bindAddress) ? "udp6" : "udp4";
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: listener.bindAddress, port: listener.port }, () => {
        socket.removeListener("error", reject);
        resolve(new UdpListener(socket, deps));
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  canReach(address: string): boolean {
    return isIPv4(address) ? !isIPv6(this.address) || this.address === "::" : isIPv6(this.address);
  }

  flowTo(address: string, port: number): SipConnection {
    return new UdpFlow(this, { address, port }, this.#deps.clock.nowMs());
  }

  send(bytes: Uint8Array, address: string, port: number): boolean {
    // Port 0 would be an exception, and is nobody's.
    if (!this.#isOpen || port === 0) return false;
    const isMapped = isIPv6(this.address) && isIPv4(address);
    this.#socket.send(bytes, port, isMapped ? `::ffff:${address}` : address, () => undefined);
    return true;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.close();
  }

  /** Keep-alives are dropped: what answers them over UDP is STUN, which we are not asked for (RFC 5626 §4.4.2). */
  #receive(datagram: Buffer, source: RemoteInfo): void {
    let start = 0;
    // RFC 3261 §7.5: empty lines before the start line are ignored.
    while (datagram[start] === CR && datagram[start + 1] === LF) start += 2;
    const first = datagram[start];
    if (first === undefined || (first & STUN_MASK) === 0 || source.port === 0) return;
    const bytes = datagram.subarray(start);
    const { limits, handlers } = this.#deps;
    const address = plainAddress(source.address);
    if (!this.#deps.admit(address, bytes)) return;
    const flow = this.flowTo(address, source.port);
    const headEnd = indexOfHeaderEnd(bytes, 0);
    // Nothing more of it will come, and what stands in half a header section names nobody to answer.
    if (headEnd === -1) return;
    const message =
      headEnd > limits.maxHeaderBytes
        ? new SipSyntaxError("the header section is too long", 413)
        : parseMessage(bytes, {
            maxHeaders: limits.maxHeaders,
            maxLineChars: limits.maxHeaderBytes,
          });
    if (!(message instanceof SipSyntaxError)) {
      handlers.message(flow, message);
      return;
    }
    const shown = Math.min(headEnd, SHOWN_HEAD_BYTES);
    const headText = bytes.toString("utf8", 0, shown);
    handlers.malformed(flow, { kind: "malformed", error: message, headText, isFatal: false });
  }
}

/** One address of a peer, as seen from one socket: there is nothing to open and nothing to lose. */
class UdpFlow implements SipConnection {
  readonly transport = "udp";
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly verifiedHost = null;
  readonly clientIdentity = null;
  readonly openedAtMs: number;
  readonly isStranger = false;
  /** A datagram has been counted before it was parsed. */
  readonly isMetered = false;
  readonly isRelayed = false;
  readonly #listener: UdpListener;

  constructor(
    listener: UdpListener,
    remote: { readonly address: string; readonly port: number },
    openedAtMs: number,
  ) {
    this.#listener = listener;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.openedAtMs = openedAtMs;
  }

  get lastActivityAtMs(): number {
    return this.openedAtMs;
  }
  get localAddress(): string {
    return this.#listener.address;
  }
  get localPort(): number {
    return this.#listener.port;
  }
  get isOpen(): boolean {
    return this.#listener.isOpen;
  }

  send(bytes: Uint8Array): boolean {
    return this.#listener.send(bytes, this.remoteAddress, this.remotePort);
  }

  sendKeepAlive(): void {}
  noteValidRequest(): void {}
  noteTimeout(): void {}
  close(): void {}
}
