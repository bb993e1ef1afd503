import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** The far side of the WebSocket benchmark: sends back every message. */
export interface AgentReady {
  readonly kind: "ready";
  readonly url: string;
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (payload, isBinary) => socket.send(payload, { binary: isBinary }));
});
await once(server, "listening");
const { port } = server.address() as AddressInfo; // a TCP server's address has a port
process.on("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", url: `ws://127.0.0.1:${port}/` } satisfies AgentReady);
