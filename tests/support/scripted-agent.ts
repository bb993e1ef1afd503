import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import {
  AGENT_SUBPROTOCOL,
  type NodeToAgent,
  nodeToAgentSchema,
} from "../../schema/contracts/agent-socket.ts";
import { deadline } from "./deadline.ts";

/** An agent that does nothing of its own accord: the test says what it sends and sees what it got. */
export interface ScriptedAgent<Message = NodeToAgent> extends AsyncDisposable {
  readonly url: string;
  /** The next connection of the node. */
  accepted(): Promise<AgentSocket<Message>>;
}

export interface AgentSocket<Message = NodeToAgent> {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** The next message that has not been asked for; a binary one is a Buffer. */
  next(): Promise<Message | Buffer>;
  say(message: object | string): void;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

export async function startScriptedAgent(
  options: { readonly subprotocol?: string | false } = {},
): Promise<ScriptedAgent> {
  const { subprotocol = AGENT_SUBPROTOCOL } = options;
  return await listen({ handleProtocols: () => subprotocol }, (text) =>
    nodeToAgentSchema.parse(JSON.parse(text)),
  );
}

/** One of a protocol without a subprotocol: messages are the text that came. */
export async function startTextAgent(): Promise<ScriptedAgent<string>> {
  return await listen({}, (text) => text);
}

async function listen<Message>(
  options: Pick<ServerOptions, "handleProtocols">,
  read: (text: string) => Message,
): Promise<ScriptedAgent<Message>> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  const arrived = createQueue<AgentSocket<Message>>();
  server.on("connection", (socket, request) => arrived.push(observe(socket, request, read)));
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    url: `ws://127.0.0.1:${port}`,
    accepted: () => deadline(arrived.shift(), 2_000, "the node did not connect"),
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function observe<Message>(
  socket: WebSocket,
  request: IncomingMessage,
  read: (text: string) => Message,
): AgentSocket<Message> {
  const received = createQueue<Message | Buffer>();
  socket.on("error", () => socket.terminate());
  socket.on("message", (payload: Buffer, isBinary) => {
    received.push(isBinary ? payload : read(payload.toString()));
  });
  return {
    socket,
    request,
    next: () => deadline(received.shift(), 2_000, "the node did not send a message"),
    say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    closed: new Promise((resolve) => socket.once("close", resolve)),
  };
}

function createQueue<T>() {
  const items: T[] = [];
  const waiting: ((item: T) => void)[] = [];
  return {
    push(item: T): void {
      const first = waiting.shift();
      if (first === undefined) items.push(item);
      else first(item);
    },
    shift(): Promise<T> {
      const item = items.shift();
      return item === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(item);
    },
  };
}
