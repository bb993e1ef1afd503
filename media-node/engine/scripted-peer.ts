import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { deadline } from "../../tests/support/deadline.ts";

const WAIT_MS = 5_000;

/** A message as it stood on the wire, for tests that look at texts and not through our own parser. */
export interface WireText {
  readonly startLine: string;
  readonly text: string;
  readonly body: string;
  /** First value of a header, by its full name in any case; empty when absent. */
  header(name: string): string;
  /** Every value of a header, one per line of the message. */
  headers(name: string): string[];
}

export function readWireText(text: string): WireText {
  const headEnd = text.indexOf("\r\n\r\n");
  const [startLine = "", ...lines] = text.slice(0, headEnd).split("\r\n");
  const headers = (name: string): string[] => {
    const prefix = `${name.toLowerCase()}:`;
    const found = lines.filter((line) => line.toLowerCase().startsWith(prefix));
    return found.map((line) => line.slice(prefix.length).trim());
  };
  const header = (name: string): string => headers(name)[0] ?? "";
  return { startLine, text, body: text.slice(headEnd + 4), header, headers };
}

/** Values in order, waited for with a deadline. */
export class Arrivals<Value> {
  readonly #values: Value[] = [];
  readonly #waiters: ((value: Value) => void)[] = [];

  push(value: Value): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#values.push(value);
    else waiter(value);
  }

  next(what: string): Promise<Value> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    const arrival = new Promise<Value>((resolve) => this.#waiters.push(resolve));
    return deadline(arrival, WAIT_MS, what);
  }

  get waiting(): number {
    return this.#values.length;
  }
}

/** One SIP connection of a peer that says exactly what a test writes. */
export class ScriptedPeer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #messages = new Arrivals<WireText>();
  readonly #raw: string[] = [];
  readonly closed: Promise<void>;
  #buffered = "";

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#read(chunk));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<ScriptedPeer> {
    const socket = connect({ host, port });
    const peer = new ScriptedPeer(socket);
    await once(socket, "connect");
    return peer;
  }

  static async connectTls(
    port: number,
    ca: string,
    servername: string,
    own: { cert?: string; key?: string } = {},
  ): Promise<ScriptedPeer> {
    const socket = connectTls({ host: "127.0.0.1", port, ca, servername, ...own });
    const peer = new ScriptedPeer(socket);
    await once(socket, "secureConnect");
    return peer;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Messages that have arrived and that nobody has asked for. */
  get unread(): number {
    return this.#messages.waiting;
  }

  get rawText(): string {
    return this.#raw.join("");
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends header lines as they are, with Content-Length and body. */
  send(lines: readonly string[], body = ""): void {
    this.write(`${[...lines, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`);
  }

  /** The next message; its start line must begin so. */
  async next(startsWith: string): Promise<WireText> {
    const message = await this.#messages.next(`no message beginning "${startsWith}"`);
    if (!message.startLine.startsWith(startsWith)) {
      throw new Error(`expected "${startsWith}", got "${message.startLine}"`);
    }
    return message;
  }

  /** Answers a request as a UAS would; a tag is added to To when it has none. */
  reply(
    request: WireText,
    status: string,
    options: { tag?: string; lines?: readonly string[]; body?: string } = {},
  ): void {
    const to = request.header("To");
    const tag = to.includes("tag=") || options.tag === undefined ? "" : `;tag=${options.tag}`;
    this.send(
      [
        `SIP/2.0 ${status}`,
        ...request.headers("Via").map((value) => `Via: ${value}`),
        `From: ${request.header("From")}`,
        `To: ${to}${tag}`,
        `Call-ID: ${request.header("Call-ID")}`,
        `CSeq: ${request.header("CSeq")}`,
        ...(options.lines ?? []),
      ],
      options.body,
    );
  }

  end(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #read(chunk: string): void {
    this.#raw.push(chunk);
    this.#buffered += chunk;
    for (;;) {
      this.#buffered = this.#buffered.replace(/^(?:\r\n)+/, "");
      const headEnd = this.#buffered.indexOf("\r\n\r\n");
      if (headEnd === -1) return;
      const length = Number(/^content-length: *(\d+)/im.exec(this.#buffered)?.[1] ?? 0);
      const total = headEnd + 4 + length;
      if (this.#buffered.length < total) return;
      this.#messages.push(readWireText(this.#buffered.slice(0, total)));
      this.#buffered = this.#buffered.slice(total);
    }
  }
}

/** A listening peer: where calls of ours go. */
export class ScriptedServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #connections = new Arrivals<ScriptedPeer>();
  readonly #open: ScriptedPeer[] = [];

  constructor(server: Server) {
    this.#server = server;
    server.on("error", () => undefined);
    server.on("tlsClientError", () => undefined);
  }

  static async listen(
    server: Server = createServer(),
    event = "connection",
    host = "127.0.0.1",
    port = 0,
  ): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(server);
    server.on(event, (socket: Socket) => {
      const peer = new ScriptedPeer(socket);
      scripted.#open.push(peer);
      scripted.#connections.push(peer);
    });
    server.listen({ host, port });
    await once(server, "listening");
    return scripted;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Connections that have arrived and that nobody has accepted. */
  get waiting(): number {
    return this.#connections.waiting;
  }

  accept(): Promise<ScriptedPeer> {
    return this.#connections.next("no connection");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#open) peer.end();
    this.#server.close();
  }
}
