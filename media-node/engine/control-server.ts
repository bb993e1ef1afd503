import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import type { EngineClock } from "./clock.ts";
import { ControlClient } from "./control-client.ts";
import { ControlFrameReader } from "./control-frame.ts";
import { type ControlRequest, parseControlRequest } from "./control-message.ts";
import type { Turns } from "./turns.ts";

/** The client reads a version of the form `vX.Y.Z` and pings from v0.8.2 on. */
const PROTOCOL_VERSION = "v0.9.10";
const AUTHENTICATE_DEADLINE_MS = 5_000;

export type SipControlRequest = Extract<ControlRequest, { kind: "sip" }>;

export interface ControlServerDeps {
  readonly secret: string;
  readonly port: number;
  readonly clock: EngineClock;
  readonly turns: Turns;
  readonly advertised: () => readonly string[];
  readonly onSip: (client: ControlClient, request: SipControlRequest) => void;
  /** The client has gone: its calls end. Only told for clients that had authenticated. */
  readonly onGone: (client: ControlClient) => void;
}

/** The drachtio control protocol, server side: loopback TCP, nothing before `authenticate`. */
export class ControlServer {
  readonly #deps: ControlServerDeps;
  readonly #server: Server;
  readonly #clients = new Set<ControlClient>();
  readonly #sockets = new Set<Socket>();
  /** Verbs that some client has asked for since the start: they exist even while nobody takes them. */
  readonly #knownVerbs = new Set<string>();
  #turn = 0;

  constructor(deps: ControlServerDeps) {
    this.#deps = deps;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Resolves with the bound port; rejects with the system's error. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: "127.0.0.1", port: this.#deps.port }, () => {
        this.#server.removeListener("error", reject);
        this.#server.on("error", () => undefined);
        const bound = this.#server.address();
        resolve(typeof bound === "object" && bound !== null ? bound.port : this.#deps.port);
      });
    });
  }

  /** The next client, in turn, of those that take this method; null when there is none. */
  clientFor(method: string): ControlClient | null {
    const verb = method.toLowerCase();
    const takers = [...this.#clients].filter(({ verbs }) => verbs.has(verb));
    this.#turn += 1;
    return takers[this.#turn % takers.length] ?? null;
  }

  /** Whether the method has been taken by anyone, or could be: before the first client everything could. */
  isKnown(method: string): boolean {
    return this.#knownVerbs.size === 0 || this.#knownVerbs.has(method.toLowerCase());
  }

  /** RFC 3261 §20.5: the methods that somebody takes. */
  get allowedMethods(): string {
    const routed = [...this.#knownVerbs].map((verb) => verb.toUpperCase());
    return [...new Set(["INVITE", "ACK", "CANCEL", "BYE", ...routed])].join(", ");
  }

  get clients(): readonly ControlClient[] {
    return [...this.#clients];
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroySoon();
  }

  #accept(socket: Socket): void {
    const client = new ControlClient(socket, this.#deps.turns);
    const reader = new ControlFrameReader();
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const deadline = this.#deps.clock.after(AUTHENTICATE_DEADLINE_MS, () => {
      if (!client.isAuthenticated) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      let payloads: string[];
      try {
        payloads = reader.push(chunk);
      } catch {
        socket.destroy();
        return;
      }
      for (const payload of payloads) this.#receive(client, payload);
    });
    socket.on("close", () => {
      deadline.cancel();
      this.#sockets.delete(socket);
      client.close();
      if (this.#clients.delete(client)) this.#deps.onGone(client);
    });
  }

  #receive(client: ControlClient, payload: string): void {
    if (!client.isOpen) return;
    const request = parseControlRequest(payload);
    if (!client.isAuthenticated && ("invalid" in request || request.kind !== "authenticate")) {
      client.reply(request.messageId, "NO", ["not authenticated"]);
      client.close();
      return;
    }
    if ("invalid" in request) {
      client.reply(request.messageId, "NOK", [request.invalid]);
      return;
    }
    switch (request.kind) {
      case "authenticate":
        this.#authenticate(client, request.messageId, request.secret);
        return;
      case "ping":
        client.reply(request.messageId, "OK", ["pong"]);
        return;
      case "route":
        this.#route(client, request.messageId, request.verb);
        return;
      case "remove_route":
        client.verbs.delete(request.verb);
        client.reply(request.messageId, "OK");
        return;
      case "proxy":
        client.reply(request.messageId, "NOK", ["not supported"]);
        return;
      case "sip":
        this.#deps.onSip(client, request);
        return;
      default:
        request satisfies never;
    }
  }

  #authenticate(client: ControlClient, messageId: string, secret: string): void {
    if (!timingSafeEqual(digest(secret), digest(this.#deps.secret))) {
      client.reply(messageId, "NO", ["incorrect secret"]);
      client.close();
      return;
    }
    client.isAuthenticated = true;
    this.#clients.add(client);
    const hostPorts = this.#deps.advertised().join(",");
    client.reply(messageId, "OK", [hostPorts, PROTOCOL_VERSION, hostPorts]);
  }

  /** The client repeats its routes with each new one: a set keeps them once. CDR routes are taken and never used. */
  #route(client: ControlClient, messageId: string, verb: string): void {
    if (!verb.startsWith("cdr:")) {
      client.verbs.add(verb);
      this.#knownVerbs.add(verb);
    }
    client.reply(messageId, "OK");
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
