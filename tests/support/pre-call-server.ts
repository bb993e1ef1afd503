import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** A pre-call webhook on this machine: what it was asked, and an answer that the test writes. */
export interface PreCallServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly asked: { readonly request: IncomingMessage; readonly body: string }[];
  /** Connections that are open now. */
  readonly connections: number;
  answer: (response: ServerResponse, request: IncomingMessage) => void;
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

export async function startPreCallServer(
  tls: { readonly cert: string; readonly key: string } | null = null,
): Promise<PreCallServer> {
  const asked: PreCallServer["asked"] = [];
  let connections = 0;
  const receive: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push({ request, body: Buffer.concat(chunks).toString() });
      server.answer(response, request);
    });
    request.on("error", () => undefined);
    response.on("error", () => undefined);
  };
  const listener = tls === null ? createServer(receive) : createTlsServer(tls, receive);
  listener.on("connection", (socket) => {
    connections += 1;
    socket.once("close", () => {
      connections -= 1;
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo; // a TCP server's address has a port
  const server: PreCallServer = {
    port,
    url: `${tls === null ? "http" : "https"}://127.0.0.1:${port}/pre-call`,
    asked,
    get connections() {
      return connections;
    },
    answer: (response) => json(response, { type: "conversation_initiation_client_data" }),
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}
