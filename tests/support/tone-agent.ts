import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import {
  AGENT_SAMPLE_RATE_HZ,
  AGENT_SUBPROTOCOL,
  type NodeToAgent,
  nodeToAgentSchema,
} from "../../schema/contracts/agent-socket.ts";
import { deadline, eventually } from "./deadline.ts";

/** One call as the agent saw it. */
interface AgentSession {
  readonly start: Extract<NodeToAgent, { type: "start" }>;
  readonly messages: NodeToAgent[];
  /** Everything heard so far, linear at the agent's rate. */
  heard(): Int16Array;
  /** Resolves when at least so much audio has been heard. */
  heardMs(milliseconds: number): Promise<void>;
  /** Milliseconds from each `resumed` to the first audio after it. */
  readonly silenceAfterResumeMs: readonly number[];
  /** Resolves when that many messages of the type have come. */
  told(type: NodeToAgent["type"], count: number): Promise<void>;
  readonly closed: Promise<void>;
  send(message: object): void;
}

export interface ToneAgent extends AsyncDisposable {
  readonly url: string;
  readonly sessions: AgentSession[];
  nextSession(): Promise<AgentSession>;
}

/**
 * An agent written from docs/design/agent-protocol.md alone: accepts every call, speaks a steady tone
 * from the answer on and keeps what it hears. Used as the far side of calls in interop and e2e tests.
 */
export async function startToneAgent(
  toneHz: number,
  toneSeconds = 30,
  rateHz = AGENT_SAMPLE_RATE_HZ,
): Promise<ToneAgent> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    handleProtocols: (offered) => (offered.has(AGENT_SUBPROTOCOL) ? AGENT_SUBPROTOCOL : false),
  });
  await once(server, "listening");
  const sessions: AgentSession[] = [];
  const waiting: ((session: AgentSession) => void)[] = [];
  server.on("connection", (socket) => {
    serve(socket, { toneHz, toneSeconds, rateHz }, (session) => {
      sessions.push(session);
      waiting.shift()?.(session);
    });
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    url: `ws://127.0.0.1:${port}/agent`,
    sessions,
    nextSession: () =>
      deadline(
        new Promise<AgentSession>((resolve) => waiting.push(resolve)),
        15_000,
        "the agent was not called",
      ),
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Tone {
  readonly toneHz: number;
  readonly toneSeconds: number;
  readonly rateHz: number;
}

function serve(socket: WebSocket, tone: Tone, opened: (session: AgentSession) => void): void {
  const chunks: Int16Array[] = [];
  const messages: NodeToAgent[] = [];
  const thresholds: { samples: number; reached: () => void }[] = [];
  let samples = 0;
  let resumedAtMs: number | null = null;
  const silenceAfterResumeMs: number[] = [];
  const closed = once(socket, "close").then(() => undefined);
  socket.on("error", () => socket.terminate());
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) {
      if (resumedAtMs !== null) silenceAfterResumeMs.push(performance.now() - resumedAtMs);
      resumedAtMs = null;
      const pcm = new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
      chunks.push(pcm);
      samples += pcm.length;
      for (const threshold of thresholds) if (samples >= threshold.samples) threshold.reached();
      return;
    }
    const message = nodeToAgentSchema.parse(JSON.parse(data.toString()));
    messages.push(message);
    if (message.type === "resumed") resumedAtMs = performance.now();
    if (message.type === "start") {
      socket.send(JSON.stringify({ type: "ready", sample_rate_hz: tone.rateHz }));
      opened({
        start: message,
        messages,
        heard: () => concatenate(chunks, samples),
        heardMs: (milliseconds) =>
          deadline(
            new Promise<void>((resolve) => {
              const wanted = (milliseconds * tone.rateHz) / 1000;
              if (samples >= wanted) resolve();
              else thresholds.push({ samples: wanted, reached: resolve });
            }),
            milliseconds + 15_000,
            `the agent did not hear ${milliseconds} ms`,
          ),
        silenceAfterResumeMs,
        async told(type, count) {
          const has = () => messages.filter((one) => one.type === type).length >= count;
          await eventually(
            () => has() || null,
            15_000,
            `the agent was not told ${type} ${count} times`,
          );
        },
        closed,
        send: (reply) => socket.send(JSON.stringify(reply)),
      });
    }
    if (message.type === "answered") sendTone(socket, tone);
  });
}

/** The whole tone at once, in messages of one second: pacing is the node's work. */
function sendTone(socket: WebSocket, { toneHz, toneSeconds, rateHz }: Tone): void {
  for (let second = 0; second < toneSeconds; second += 1) {
    socket.send(sine(toneHz, rateHz, rateHz, second * rateHz));
  }
}

/** A sine at a quarter of full scale. */
export function sine(toneHz: number, rateHz: number, length: number, offset = 0): Int16Array {
  return Int16Array.from({ length }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * toneHz * (index + offset)) / rateHz)),
  );
}

function concatenate(chunks: readonly Int16Array[], samples: number): Int16Array {
  const whole = new Int16Array(samples);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
