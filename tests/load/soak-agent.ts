import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { AGENT_SUBPROTOCOL } from "../../schema/contracts/agent-socket.ts";

/**
 * `talks` greets and listens; `converses` never stops talking; `slow` takes a random time to be ready; `dies` drops its
 * connection at a random point and hangs up when the node has brought it back.
 */
export type AgentManner = "talks" | "converses" | "slow" | "dies";

export interface SoakAgent extends AsyncDisposable {
  url(manner: AgentManner): string;
  /** Frames of callers' audio, of all calls. */
  readonly framesHeard: number;
  /** Calls whose connection is open. */
  readonly connections: number;
}

const SLOW_MS = 80;
const DIES_WITHIN_MS = 300;
/** 100 ms at 8 kHz. */
const GREETING = new Int16Array(800).fill(4_000);
/** As much as is sent ahead, and then every second again. */
const SECOND = new Int16Array(8_000).fill(4_000);
const SECOND_MS = 1_000;

export async function startSoakAgent(random: () => number): Promise<SoakAgent> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    handleProtocols: () => AGENT_SUBPROTOCOL,
  });
  await once(server, "listening");
  let framesHeard = 0;
  const serve = (socket: WebSocket, manner: string): void => {
    const timers: NodeJS.Timeout[] = [];
    const later = (withinMs: number, act: () => void): void => {
      timers.push(setTimeout(act, random() * withinMs));
    };
    const ready = (): void => socket.send(JSON.stringify({ type: "ready" }));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => timers.forEach(clearTimeout));
    if (manner === "dies") later(DIES_WITHIN_MS, () => socket.terminate());
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        framesHeard += 1;
        return;
      }
      // A message of the node.
      const { type, resumed } = JSON.parse(data.toString()) as { type: string; resumed?: object };
      if (resumed !== undefined) {
        ready();
        socket.send(JSON.stringify({ type: "hangup" }));
      } else if (type === "start" && manner === "slow") later(SLOW_MS, ready);
      else if (type === "start") ready();
      else if (type === "answered" && manner === "converses") converse(socket, timers);
      else if (type === "answered") socket.send(GREETING);
    });
  };
  server.on("connection", (socket, request) => serve(socket, request.url?.slice(1) ?? ""));
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    url: (manner) => `ws://127.0.0.1:${port}/${manner}`,
    get framesHeard() {
      return framesHeard;
    },
    get connections() {
      return server.clients.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A second ahead, so that the node never runs out of it. */
function converse(socket: WebSocket, timers: NodeJS.Timeout[]): void {
  socket.send(SECOND);
  socket.send(SECOND);
  timers.push(setInterval(() => socket.send(SECOND), SECOND_MS));
}
