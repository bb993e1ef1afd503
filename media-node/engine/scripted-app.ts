import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { deadline } from "../../tests/support/deadline.ts";
import { ControlFrameReader, frameText } from "./control-frame.ts";
import { readWireText, type WireText } from "./scripted-peer.ts";

export interface ControlText {
  readonly tokens: readonly string[];
  /** Null when the frame has no SIP part. */
  readonly sip: WireText | null;
}

/** A control client at frame level: what drachtio-srf would say, written by hand. */
export class ScriptedApp implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #reader = new ControlFrameReader();
  readonly #frames: ControlText[] = [];
  readonly closed: Promise<void>;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      for (const payload of this.#reader.push(chunk)) this.#frames.push(readFrame(payload));
      this.#wake();
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  static async connect(port: number): Promise<ScriptedApp> {
    const socket = connect({ host: "127.0.0.1", port });
    const app = new ScriptedApp(socket);
    await once(socket, "connect");
    return app;
  }

  /** Connects, authenticates and takes these methods. */
  static async ready(port: number, secret: string, verbs: readonly string[]): Promise<ScriptedApp> {
    const app = await ScriptedApp.connect(port);
    await app.ask(`authenticate|${secret}|`);
    for (const verb of verbs) await app.ask(`route|${verb}`);
    return app;
  }

  /** Sends a frame and returns its message id. */
  send(text: string): string {
    const id = randomUUID();
    this.#socket.write(frameText(`${id}|${text}`));
    return id;
  }

  /** Sends a frame and waits for its answer; other frames stay where they are. */
  ask(text: string): Promise<ControlText> {
    const id = this.send(text);
    return this.#take(({ tokens }) => tokens[1] === "response" && tokens[2] === id, "no answer");
  }

  /** The next `sip` frame whose start line begins so; other frames stay where they are. */
  sip(startsWith: string): Promise<ControlText> {
    return this.#take(
      ({ tokens, sip }) => tokens[1] === "sip" && sip?.startLine.startsWith(startsWith) === true,
      `no "${startsWith}" on the control side`,
    );
  }

  /** Answers a request from the network. */
  respond(
    request: ControlText,
    status: string,
    headers: readonly string[] = [],
    body = "",
  ): Promise<ControlText> {
    const lines = [`SIP/2.0 ${status}`, ...headers, `Content-Length: ${body.length}`];
    return this.ask(`sip|${request.tokens[8]}|\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  get unread(): number {
    return this.#frames.length;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  async #take(matches: (frame: ControlText) => boolean, what: string): Promise<ControlText> {
    const found = async (): Promise<ControlText> => {
      for (;;) {
        const index = this.#frames.findIndex(matches);
        const frame = this.#frames[index];
        if (frame !== undefined) {
          this.#frames.splice(index, 1);
          return frame;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return deadline(found(), 5_000, what);
  }
}

function readFrame(payload: string): ControlText {
  const leaderEnd = payload.indexOf("\r\n");
  const leader = leaderEnd === -1 ? payload : payload.slice(0, leaderEnd);
  const sip = leaderEnd === -1 ? null : readWireText(payload.slice(leaderEnd + 2));
  return { tokens: leader.split("|"), sip };
}
