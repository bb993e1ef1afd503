// biome-ignore-all lint/style/noRestrictedImports: the texts of the engine's scripted peer.
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { readWireText, type WireText } from "../../media-node/engine/scripted-peer.ts";
import { eventually } from "./deadline.ts";
import { loopbackHost } from "./loopback-host.ts";
import { readMessages, sdpOffer } from "./sip-peer.ts";

/** A carrier over TCP that is called by a trunk and does with each call what a test says. */
export interface Carrier extends AsyncDisposable {
  /** What a trunk has as its address. */
  readonly address: string;
  /** By Call-ID, in the order of their first INVITE: a call that is challenged is one. */
  readonly calls: readonly CarrierCall[];
  /** The call of that order, from 0, now or soon. */
  call(index: number): Promise<CarrierCall>;
}

/** The called side of one Call-ID. CANCEL and BYE are answered by themselves. */
export interface CarrierCall {
  readonly callId: string;
  /** Every INVITE outside a dialog, oldest first. */
  readonly invites: readonly WireText[];
  /** Everything that has come, oldest first. */
  readonly received: readonly WireText[];
  /** To the newest INVITE, or to `request`. */
  reply(status: string, options?: ReplyOptions): void;
  /** 200 with G.711 at this loopback port. */
  answer(rtpPort: number): void;
  /** A request of the called side in the dialog. */
  send(method: string, lines?: readonly string[], body?: string): void;
  /** The first message whose start line begins so, now or soon. */
  saw(startsWith: string): Promise<WireText>;
}

interface ReplyOptions {
  readonly request?: WireText;
  readonly lines?: readonly string[];
  readonly body?: string;
}

const PATIENCE_MS = 15_000;
const TAG = "carrier";

/** `invited` is told of each INVITE outside a dialog. */
export async function startCarrier(
  invited: (call: CarrierCall, invite: WireText) => void,
): Promise<Carrier> {
  const address = await loopbackHost();
  const sockets = new Set<Socket>();
  const calls: TcpCall[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    readMessages(socket, ({ text }) => {
      const message = readWireText(text);
      const callId = message.header("Call-ID");
      let call = calls.find((one) => one.callId === callId);
      if (call === undefined) {
        call = new TcpCall(callId, address);
        calls.push(call);
      }
      if (call.take(message, socket)) invited(call, message);
    });
  });
  server.listen({ host: address, port: 5060 });
  await once(server, "listening");
  return {
    address,
    calls,
    call: (index) => eventually(() => calls[index] ?? null, PATIENCE_MS, `no call ${index}`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

class TcpCall implements CarrierCall {
  readonly callId: string;
  readonly invites: WireText[] = [];
  readonly received: WireText[] = [];
  readonly #address: string;
  #socket: Socket | null = null;
  #cseq = 0;

  constructor(callId: string, address: string) {
    this.callId = callId;
    this.#address = address;
  }

  /** True for an INVITE that somebody has to do something with. */
  take(message: WireText, socket: Socket): boolean {
    this.received.push(message);
    this.#socket = socket;
    const [method = ""] = message.startLine.split(" ", 1);
    const isInDialog = message.header("To").includes(";tag=");
    if (method === "CANCEL") {
      this.reply("200 OK", { request: message });
      this.reply("487 Request Terminated");
    }
    if (method === "BYE") this.reply("200 OK", { request: message });
    if (method !== "INVITE" || isInDialog) return false;
    this.invites.push(message);
    return true;
  }

  reply(status: string, options: ReplyOptions = {}): void {
    const request = options.request ?? this.invites.at(-1);
    if (request === undefined) throw new Error("there is no INVITE");
    const to = request.header("To");
    const tag = to.includes(";tag=") || status.startsWith("100") ? "" : `;tag=${TAG}`;
    this.#write(
      [
        `SIP/2.0 ${status}`,
        ...request.headers("Via").map((value) => `Via: ${value}`),
        `From: ${request.header("From")}`,
        `To: ${to}${tag}`,
        `Call-ID: ${this.callId}`,
        `CSeq: ${request.header("CSeq")}`,
        ...(options.lines ?? []),
      ],
      options.body ?? "",
    );
  }

  answer(rtpPort: number): void {
    this.reply("200 OK", {
      lines: [this.#contact(), "Content-Type: application/sdp"],
      body: sdpOffer(rtpPort, { formats: "0" }),
    });
  }

  send(method: string, lines: readonly string[] = [], body = ""): void {
    const invite = this.invites.at(-1);
    const target = /<([^>]+)>/.exec(invite?.header("Contact") ?? "")?.[1] ?? "";
    this.#cseq += 1;
    this.#write(
      [
        `${method} ${target} SIP/2.0`,
        `Via: SIP/2.0/TCP ${this.#address};branch=z9hG4bK${this.callId}-${this.#cseq}`,
        "Max-Forwards: 70",
        `From: ${invite?.header("To")};tag=${TAG}`,
        `To: ${invite?.header("From")}`,
        `Call-ID: ${this.callId}`,
        `CSeq: ${this.#cseq} ${method}`,
        this.#contact(),
        ...lines,
      ],
      body,
    );
  }

  saw(startsWith: string): Promise<WireText> {
    return eventually(
      () => this.received.find(({ startLine }) => startLine.startsWith(startsWith)) ?? null,
      PATIENCE_MS,
      `the carrier saw no "${startsWith}"`,
    );
  }

  #contact(): string {
    return `Contact: <sip:carrier@${this.#address};transport=tcp>`;
  }

  #write(lines: readonly string[], body: string): void {
    const head = [...lines, `Content-Length: ${Buffer.byteLength(body)}`].join("\r\n");
    this.#socket?.write(`${head}\r\n\r\n${body}`);
  }
}
