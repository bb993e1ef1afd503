import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { Arrivals, readWireText, type WireText } from "./scripted-peer.ts";

/** A peer that speaks SIP over UDP, saying exactly what a test writes. */
export class ScriptedUdpPeer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #messages = new Arrivals<WireText>();
  readonly #port: number;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.on("message", (datagram) => {
      this.#messages.push(readWireText(datagram.toString("latin1")));
    });
  }

  /** `port` is the engine's: where everything is sent. */
  static async bind(port: number, host = "127.0.0.1"): Promise<ScriptedUdpPeer> {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.bind(0, host);
    await once(socket, "listening");
    const peer = new ScriptedUdpPeer(socket, port);
    peer.#host = host;
    return peer;
  }

  #host = "127.0.0.1";

  get port(): number {
    return this.#socket.address().port;
  }

  get unread(): number {
    return this.#messages.waiting;
  }

  write(datagram: string | Uint8Array): void {
    this.#socket.send(datagram, this.#port, this.#host);
  }

  send(lines: readonly string[], body = ""): void {
    this.write(`${[...lines, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`);
  }

  async next(startsWith: string): Promise<WireText> {
    const message = await this.#messages.next(`no message beginning "${startsWith}"`);
    if (message.startLine.startsWith(startsWith)) return message;
    throw new Error(`expected "${startsWith}", got "${message.startLine}"`);
  }

  reply(request: WireText, status: string, lines: readonly string[] = [], body = ""): void {
    const to = request.header("To");
    this.send(
      [
        `SIP/2.0 ${status}`,
        ...request.headers("Via").map((value) => `Via: ${value}`),
        `From: ${request.header("From")}`,
        `To: ${to}${to.includes("tag=") ? "" : ";tag=udp"}`,
        `Call-ID: ${request.header("Call-ID")}`,
        `CSeq: ${request.header("CSeq")}`,
        ...lines,
      ],
      body,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}
