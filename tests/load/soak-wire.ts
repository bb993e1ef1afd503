import { randomUUID } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { readWireText, type WireText } from "../../media-node/engine/scripted-peer.ts";
import { deadline } from "../support/deadline.ts";

/** A peer of many calls over one connection, and the RTP of one call after the other. */

const WAIT_MS = 20_000;
/** RFC 863: nobody listens there. */
export const NOBODY = 9;

/** One call on a wire: its messages in order, and null once the connection is gone. */
export class WireCall {
  readonly wire: SoakWire;
  readonly callId: string;
  readonly #arrived: WireText[] = [];
  #wake: () => void = () => undefined;

  constructor(wire: SoakWire, callId: string) {
    this.wire = wire;
    this.callId = callId;
  }

  push(message: WireText): void {
    this.#arrived.push(message);
    this.#wake();
  }

  wake(): void {
    this.#wake();
  }

  next(): Promise<WireText | null> {
    return deadline(this.#next(), WAIT_MS, `nothing more of ${this.callId}`);
  }

  async #next(): Promise<WireText | null> {
    for (;;) {
      const message = this.#arrived.shift();
      if (message !== undefined) return message;
      if (this.wire.isGone) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  over(): void {
    this.wire.forget(this.callId);
  }
}

export class SoakWire {
  readonly #socket: Socket;
  readonly #calls = new Map<string, WireCall>();
  readonly #invited: (invite: WireText, call: WireCall) => void;
  #unread = "";
  isGone = false;

  constructor(socket: Socket, invited: (invite: WireText, call: WireCall) => void) {
    this.#socket = socket;
    this.#invited = invited;
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => this.#read(chunk));
    socket.on("close", () => {
      this.isGone = true;
      for (const call of this.#calls.values()) call.wake();
    });
  }

  static async connect(port: number): Promise<SoakWire> {
    const socket = connect({ port, host: "127.0.0.1" });
    const wire = new SoakWire(socket, () => undefined);
    await once(socket, "connect");
    return wire;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  call(callId: string): WireCall {
    const call = new WireCall(this, callId);
    this.#calls.set(callId, call);
    return call;
  }

  forget(callId: string): void {
    this.#calls.delete(callId);
  }

  send(lines: readonly string[], body = ""): void {
    if (this.isGone) return;
    this.#socket.write(
      `${[...lines, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`,
    );
  }

  reply(request: WireText, status: string, lines: readonly string[] = [], body = ""): void {
    const to = request.header("To");
    this.send(
      [
        `SIP/2.0 ${status}`,
        ...request.headers("Via").map((value) => `Via: ${value}`),
        `From: ${request.header("From")}`,
        `To: ${to.includes("tag=") || status.startsWith("100") ? to : `${to};tag=soak`}`,
        `Call-ID: ${request.header("Call-ID")}`,
        `CSeq: ${request.header("CSeq")}`,
        ...lines,
      ],
      body,
    );
  }

  vanish(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#unread += chunk;
    for (;;) {
      this.#unread = this.#unread.replace(/^(?:\r\n)+/, "");
      const headEnd = this.#unread.indexOf("\r\n\r\n");
      if (headEnd === -1) return;
      const head = this.#unread.slice(0, headEnd);
      const end = headEnd + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (this.#unread.length < end) return;
      const message = readWireText(this.#unread.slice(0, end));
      this.#unread = this.#unread.slice(end);
      this.#take(message);
    }
  }

  #take(message: WireText): void {
    const callId = message.header("Call-ID");
    const known = this.#calls.get(callId);
    if (known !== undefined) known.push(message);
    else if (message.startLine.startsWith("INVITE ")) this.#invited(message, this.call(callId));
    else if (message.startLine.startsWith("ACK ")) return;
    // RFC 3261 §12.2.2: a request of a dialog that this side has forgotten.
    else if (!message.startLine.startsWith("SIP/2.0 ")) {
      this.reply(message, "481 Call/Transaction Does Not Exist");
    }
  }
}

/** RFC 3550 §5.1: 20 ms of µ-law that is not silence. */
const PACKET_BYTES = 172;
const EXCHANGED = 6;

/** The RTP socket of one call after the other. */
export class SoakMedia implements AsyncDisposable {
  readonly #socket: UdpSocket;
  #sequence = 0;
  #heard: (fromPort: number) => void = () => undefined;

  private constructor(socket: UdpSocket) {
    this.#socket = socket;
    socket.on("message", (_packet, { port }) => this.#heard(port));
  }

  static async open(): Promise<SoakMedia> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new SoakMedia(socket);
  }

  get sdp(): string {
    const { port } = this.#socket.address();
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  }

  /** Sends a few packets to where the session description says, each for one that has come from there. */
  exchange(sdp: string): Promise<void> {
    const toPort = Number(/m=audio (\d+)/.exec(sdp)?.[1]);
    let heard = 0;
    const exchanged = new Promise<void>((resolve) => {
      this.#heard = (fromPort) => {
        if (fromPort !== toPort) return;
        heard += 1;
        this.#say(toPort);
        if (heard === EXCHANGED) resolve();
      };
    });
    this.#say(toPort);
    return deadline(exchanged, WAIT_MS, `no RTP from port ${toPort}`);
  }

  #say(toPort: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const packet = Buffer.alloc(PACKET_BYTES, 0x20);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(this.#sequence * 160, 4);
    packet.writeUInt32BE(0x12345678, 8);
    this.#socket.send(packet, toPort, "127.0.0.1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

export const newBranch = (): string => `z9hG4bK${randomUUID()}`;
