import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { deadline } from "../../../tests/support/deadline.ts";
import type { AgentSocket, AgentSocketEvents } from "./agent-socket.ts";

/** Sides of a WebSocket for tests: events in the order in which they come, and a server that breaks any rule. */

export const LIMIT_MS = 5_000;

export interface ToldEvents extends AgentSocketEvents {
  /** The next event, as one line. */
  next(): Promise<string>;
  /** How many have come and have not been asked for. */
  readonly waiting: number;
}

/** `onTold` runs inside the event, as a handler of the node's would. */
export function tellEvents(onTold: (event: string) => void = () => {}): ToldEvents {
  const told: string[] = [];
  let arrived = Promise.withResolvers<void>();
  const tell = (event: string): void => {
    told.push(event);
    arrived.resolve();
    onTold(event);
  };
  return {
    opened: () => tell("opened"),
    text: (bytes, start, end) => tell(`text ${bytes.toString("utf8", start, end)}`),
    binary: (bytes, start, end) => tell(`binary ${bytes.toString("latin1", start, end)}`),
    pong: () => tell("pong"),
    closed: (code, reason, fault) => tell(`closed ${[code, reason, fault].join("|")}`),
    get waiting() {
      return told.length;
    },
    async next() {
      for (;;) {
        const event = told.shift();
        if (event !== undefined) return event;
        arrived = Promise.withResolvers();
        await deadline(arrived.promise, LIMIT_MS, "nothing was told");
      }
    },
  };
}

interface RawServer extends AsyncDisposable {
  readonly url: URL;
}

/** A server that answers the handshake by hand and then does as `serve` says. */
export async function startRawServer(
  serve: (socket: Socket) => void,
  answer: (accept: string) => string = opening,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (request) => {
      const [, key = ""] = /^Sec-WebSocket-Key: (.*)\r$/im.exec(request.toString("latin1")) ?? [];
      const suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      const accept = createHash("sha1").update(`${key}${suffix}`).digest("base64");
      socket.write(answer(accept), "latin1");
      serve(socket);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    url: new URL(`ws://127.0.0.1:${port}/agent`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Frames as a server writes them: short, unmasked. */
export function frame(firstOctet: number, payload: string): Buffer {
  return Buffer.concat([Buffer.from([firstOctet, payload.length]), Buffer.from(payload)]);
}

/** The answer that opens the connection, with other headers besides. */
export function opening(accept: string, headers = "Sec-WebSocket-Protocol: test.v1\r\n"): string {
  return (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\n${headers}\r\n`
  );
}

/** The close code that comes from a client, whatever comes before it. */
export async function closeCodeFrom(socket: Socket): Promise<number> {
  let received = Buffer.alloc(0);
  const found = Promise.withResolvers<number>();
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    const at = received.indexOf(0x88);
    if (at < 0 || received.length < at + 8) return;
    const masked = received.readUInt16BE(at + 6);
    found.resolve(masked ^ received.readUInt16BE(at + 2));
  });
  socket.on("end", () => found.reject(new Error("no close frame came")));
  return await deadline(found.promise, LIMIT_MS, "no close frame came");
}

/** Resolves when the condition holds, which no event tells. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(what);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function endNow(socket: AgentSocket): Promise<void> {
  socket.terminate();
  return until(() => socket.isClosed, "the socket did not close");
}
