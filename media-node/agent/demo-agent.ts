import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import {
  AGENT_SAMPLE_RATE_HZ,
  AGENT_SUBPROTOCOL,
  type AgentToNode,
  nodeToAgentSchema,
} from "../../schema/contracts/agent-socket.ts";
import { createSpeechLike, createTone } from "../protocol/audio/tone.ts";

/**
 * The built-in agent, for demonstration and tests: greets, then echoes, and answers digits. It speaks the `native`
 * protocol over a real socket, so that a call to it proves what a call to any agent needs.
 */
interface DemoAgent {
  readonly url: string;
  close(): Promise<void>;
}

const DIGITS = "0123456789*#ABCD";
const GREETING_MS = 1_500;
/**
 * The echo is this late, and as much is queued on the node: jitter on the way back is not heard. It is more where the caller's
 * audio came with more jitter during the greeting, and twice as much from each time on that the queue has run dry.
 */
export const ECHO_DELAY_MS = 60;
const MAX_ECHO_DELAY_MS = 200;
const CONFIRMATION_MS = 160;
const GREETING_MARK = "greeting";
/** Made once: it takes 5 ms, and the thread carries the audio of every call. */
const GREETING = bytesOf(speech(GREETING_MS));
const HANG_UP_SEQUENCES = ["##", "*9"];
const FRAME_MS = 20;

/** The pitch that confirms a digit; apart from DTMF's own pairs, one for each of the sixteen. */
export function confirmationHz(digit: string): number {
  return 1_200 + 50 * DIGITS.indexOf(digit);
}

/** Listens on a loopback port that the system chooses. `monotonicMs` is the clock that it counts what is played by. */
export async function startDemoAgent(
  monotonicMs: () => number = () => performance.now(),
): Promise<DemoAgent> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    perMessageDeflate: false,
    maxPayload: 65_536,
    handleProtocols: (offered) => offered.has(AGENT_SUBPROTOCOL) && AGENT_SUBPROTOCOL,
  });
  const listening = Promise.withResolvers<void>();
  server.once("listening", listening.resolve);
  server.on("error", listening.reject);
  server.on("connection", (socket) => serve(socket, monotonicMs));
  await listening.promise;
  const { port } = server.address() as AddressInfo; // a TCP server has a port once it listens
  return {
    url: `ws://127.0.0.1:${port}`,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      for (const socket of server.clients) socket.terminate();
      await closed.promise;
    },
  };
}

function serve(socket: WebSocket, monotonicMs: () => number): void {
  const conversation = new Conversation(socket, monotonicMs);
  // A broken connection ends the conversation with its close event; there is nothing to save.
  socket.on("error", () => socket.terminate());
  socket.on("message", (payload, isBinary) => {
    if (!Buffer.isBuffer(payload)) return;
    if (isBinary) conversation.hear(payload);
    else conversation.receive(payload.toString("utf8"));
  });
}

/** How far from one every 20 ms do frames come? */
class FrameJitter {
  #frames = 0;
  #earliestMs = Number.POSITIVE_INFINITY;
  #latestMs = Number.NEGATIVE_INFINITY;

  observe(nowMs: number): void {
    const offMs = nowMs - this.#frames * FRAME_MS;
    this.#frames += 1;
    this.#earliestMs = Math.min(this.#earliestMs, offMs);
    this.#latestMs = Math.max(this.#latestMs, offMs);
  }

  /** Between the earliest and the latest. */
  get spreadMs(): number {
    return this.#frames === 0 ? 0 : this.#latestMs - this.#earliestMs;
  }
}

/** One call. */
class Conversation {
  readonly #socket: WebSocket;
  readonly #monotonicMs: () => number;
  #isEchoing = false;
  readonly #jitter = new FrameJitter();
  #echoDelayMs = ECHO_DELAY_MS;
  /** When what was sent so far will have been played, on the monotonic clock; null: nothing is queued, and it is no fault. */
  #playedUntilMs: number | null = null;
  /** Caller's frames that a confirmation tone takes the place of, so that the echo keeps its delay. */
  #framesToSkip = 0;
  #lastDigits = "";

  constructor(socket: WebSocket, monotonicMs: () => number) {
    this.#socket = socket;
    this.#monotonicMs = monotonicMs;
  }

  receive(text: string): void {
    const parsed = nodeToAgentSchema.safeParse(parseJson(text));
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.type === "start") this.#greet();
    else if (message.type === "mark" && message.name === GREETING_MARK) this.#startEcho();
    else if (message.type === "dtmf") this.#confirm(message.digit);
    // What is queued would wait for the end of the hold and make every later echo late.
    else if (message.type === "held") this.#drop();
  }

  /** Echoes a frame. With nothing queued on the node (at first, after a hold) the delay is queued anew. */
  hear(frame: Buffer): void {
    const now = this.#monotonicMs();
    if (!this.#isEchoing) {
      this.#jitter.observe(now);
      return;
    }
    if (this.#framesToSkip > 0) {
      this.#framesToSkip -= 1;
      return;
    }
    if (this.#queuedMs(now) <= 0) {
      const hasRunDry = this.#playedUntilMs !== null;
      if (hasRunDry) this.#echoDelayMs = Math.min(MAX_ECHO_DELAY_MS, 2 * this.#echoDelayMs);
      this.#play(samples(this.#echoDelayMs));
    }
    // A caller whose clock is fast would lengthen the echo without end.
    if (this.#queuedMs(now) > this.#echoDelayMs + MAX_ECHO_DELAY_MS) return;
    this.#playBytes(frame);
  }

  #queuedMs(now: number): number {
    return this.#playedUntilMs === null ? 0 : this.#playedUntilMs - now;
  }

  /** While it still rings: the node keeps the greeting, and it is on the wire as soon as the call is up. */
  #greet(): void {
    this.#send({ type: "ready" });
    this.#playBytes(GREETING);
    this.#send({ type: "mark", name: GREETING_MARK });
  }

  #startEcho(): void {
    this.#isEchoing = true;
    // The node has said that the greeting is over, which is better than what was counted here.
    this.#playedUntilMs = null;
    const wantedMs = ECHO_DELAY_MS + this.#jitter.spreadMs - FRAME_MS;
    this.#echoDelayMs = Math.min(MAX_ECHO_DELAY_MS, Math.max(ECHO_DELAY_MS, wantedMs));
  }

  #drop(): void {
    this.#playedUntilMs = null;
    this.#send({ type: "clear" });
  }

  #confirm(digit: string): void {
    this.#lastDigits = `${this.#lastDigits}${digit}`.slice(-2);
    const tone = samples(CONFIRMATION_MS);
    createTone(AGENT_SAMPLE_RATE_HZ, confirmationHz(digit)).fill(tone);
    this.#play(tone);
    if (this.#isEchoing) this.#framesToSkip += CONFIRMATION_MS / FRAME_MS;
    if (HANG_UP_SEQUENCES.includes(this.#lastDigits)) {
      this.#send({ type: "hangup", reason: `digits ${this.#lastDigits}` });
    }
  }

  #play(pcm: Int16Array): void {
    this.#playBytes(bytesOf(pcm));
  }

  #playBytes(bytes: Buffer): void {
    const durationMs = (bytes.length / 2 / AGENT_SAMPLE_RATE_HZ) * 1000;
    this.#playedUntilMs = Math.max(this.#playedUntilMs ?? 0, this.#monotonicMs()) + durationMs;
    this.#socket.send(bytes, () => {});
  }

  #send(message: AgentToNode): void {
    this.#socket.send(JSON.stringify(message), () => {});
  }
}

function bytesOf(pcm: Int16Array): Buffer {
  const bytes = Buffer.alloc(pcm.length * 2);
  for (let i = 0; i < pcm.length; i++) bytes.writeInt16LE(pcm[i] ?? 0, i * 2);
  return bytes;
}

function speech(durationMs: number): Int16Array {
  const pcm = samples(durationMs);
  createSpeechLike(AGENT_SAMPLE_RATE_HZ).fill(pcm);
  return pcm;
}

function samples(durationMs: number): Int16Array {
  return new Int16Array((durationMs / 1000) * AGENT_SAMPLE_RATE_HZ);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
