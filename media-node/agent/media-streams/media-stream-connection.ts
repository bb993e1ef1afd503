import type { AgentCall, AgentConnection, AgentSink } from "../../call/agent-ports.ts";
import type { CallLogger } from "../../call/ports.ts";
import { decodeG711, G711_CODECS } from "../../protocol/audio/g711.ts";
import { CLOSE_NO_STATUS, CLOSE_NORMAL } from "../../protocol/websocket/frames.ts";
import { AgentLine, MAX_PENDING_MARKS } from "../agent-line.ts";
import { readBase64 } from "../base64.ts";
import { CallerAudio } from "../caller-audio.ts";
import { type AgentAddress, connectAgent, KEEP_ALIVE_MS, type OpenSocket } from "../connect.ts";
import { readMessage } from "../read-message.ts";
import { type MediaStreamDialect, type StreamProblem, streamMessageSchema } from "./dialect.ts";
import { StreamFrames } from "./stream-frames.ts";

const SAMPLE_RATE_HZ = 8_000;
const CODES_PER_MS = SAMPLE_RATE_HZ / 1_000;

type DialectOf = (call: AgentCall) => MediaStreamDialect;

/**
 * An agent of media streams accepts by taking the connection. It is told nothing before the call is answered, for its
 * protocol knows no call that rings.
 *
 * @throws AgentUnavailable, or what the call was rejected with
 */
export async function connectMediaStream(
  agent: AgentAddress,
  dialectOf: DialectOf,
  call: AgentCall | Promise<AgentCall>,
  signal: AbortSignal,
  logger: CallLogger,
): Promise<AgentConnection> {
  const { keepAliveMs = KEEP_ALIVE_MS } = agent;
  return await connectAgent(
    agent,
    null,
    signal,
    (open) => new MediaStreamConnection(open, dialectOf, call, logger, keepAliveMs),
  );
}

/** One stream. */
class MediaStreamConnection implements AgentConnection {
  readonly #line: AgentLine;
  #dialect: MediaStreamDialect | null = null;
  /** From `start` to `stop`. */
  #stream: { readonly frames: StreamFrames; readonly callerAudio: CallerAudio } | null = null;
  #sequenceNumber = 0;
  #framesDropped = 0;
  #playoutOverruns = 0;

  constructor(
    open: OpenSocket,
    dialectOf: DialectOf,
    call: AgentCall | Promise<AgentCall>,
    logger: CallLogger,
    keepAliveMs: number,
  ) {
    const protocol = {
      start: (known: AgentCall) => {
        this.#dialect = dialectOf(known);
        this.#line.accept();
      },
      text: (bytes: Buffer, start: number, end: number) =>
        this.#receive(bytes.toString("utf8", start, end)),
      binary: () => this.#complain("malformed", "messages are text"),
      // With or without a code: the stream is all that these agents' calls do, and without it they end.
      isHangUp: (code: number) => code === CLOSE_NORMAL || code === CLOSE_NO_STATUS,
      report: () => ({
        framesDropped: this.#stream?.callerAudio.framesDropped ?? this.#framesDropped,
        playoutOverruns: this.#playoutOverruns,
      }),
    };
    this.#line = new AgentLine(open, call, protocol, logger, keepAliveMs);
  }

  get accepted(): Promise<void> {
    return this.#line.accepted;
  }

  abandon(reason: string): void {
    this.#line.abandon(reason);
  }

  attach(sink: AgentSink): void {
    this.#line.attach(sink);
  }

  answered(): void {
    const dialect = this.#dialect;
    if (dialect === null || this.#stream !== null) return;
    this.#line.sendText(dialect.connected);
    this.#line.sendText(dialect.start(this.#nextNumber()));
    const { socket } = this.#line;
    const frames = new StreamFrames(socket, dialect.media, () => this.#nextNumber());
    this.#stream = { frames, callerAudio: new CallerAudio(socket, frames) };
  }

  audio(frame: Int16Array): void {
    this.#stream?.callerAudio.send(frame, SAMPLE_RATE_HZ);
  }

  digit(digit: string): void {
    this.#say((dialect) => dialect.dtmf(this.#nextNumber(), digit, Date.now()));
  }

  /** Each key has been told. */
  digitsCollected(): void {}

  /** These agents press no keys. */
  digitsSent(): void {}

  /** These agents transfer nobody. */
  transferring(): void {}

  /** What was cleared comes back as what was played does. */
  markReached(name: string): void {
    this.#line.markReached();
    this.#say((dialect) => dialect.mark(this.#nextNumber(), name));
  }

  held(isHeld: boolean): void {
    this.#stream?.frames.held(isHeld, performance.now());
  }

  playoutFull(): void {
    this.#playoutOverruns += 1;
    this.#sayProblem("too_much", "more than 30 s is queued: the audio was dropped");
  }

  ended(): void {
    this.#line.end();
    this.#say((dialect) => dialect.stop(this.#nextNumber()));
    this.#framesDropped = this.#stream?.callerAudio.framesDropped ?? 0;
    this.#stream = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line.close();
  }

  #receive(text: string): void {
    const read = readMessage(streamMessageSchema, text);
    if (!read.ok) {
      this.#complain("malformed", read.problem);
      return;
    }
    const { message } = read;
    const required = this.#dialect?.requiredStreamSid ?? null;
    if (required !== null && message.streamSid !== required) {
      this.#complain("malformed", "streamSid: is not this stream's");
      return;
    }
    switch (message.event) {
      case "media":
        this.#receiveAudio(message.media.payload);
        return;
      case "mark":
        if (!this.#line.mark(message.mark.name))
          this.#complain("too_much", `${MAX_PENDING_MARKS} marks are pending`);
        return;
      case "clear":
        this.#line.emit((sink) => sink.clear());
        return;
      default:
        message satisfies never;
    }
  }

  #receiveAudio(payload: string): void {
    const codes = readBase64(payload);
    if (codes === null) {
      this.#complain("invalid_media", "media.payload: is not base64");
      return;
    }
    const longestMs = this.#dialect?.longestMediaMs ?? null;
    if (longestMs !== null && codes.length > longestMs * CODES_PER_MS) {
      this.#complain("invalid_media", `media.payload: is longer than ${longestMs} ms`);
      return;
    }
    if (codes.length === 0) return;
    const pcm = new Int16Array(codes.length);
    decodeG711(G711_CODECS.PCMU, codes, 0, codes.length, pcm);
    this.#line.emit((sink) => sink.audio(pcm, SAMPLE_RATE_HZ));
  }

  #complain(problem: StreamProblem, detail: string): void {
    this.#sayProblem(problem, detail);
    this.#line.malformed(detail);
  }

  #sayProblem(problem: StreamProblem, detail: string): void {
    const text = this.#stream === null ? null : (this.#dialect?.error(problem, detail) ?? null);
    if (text !== null) this.#line.sendText(text);
  }

  /** Between `start` and `stop` only. */
  #say(message: (dialect: MediaStreamDialect) => string): void {
    if (this.#stream !== null && this.#dialect !== null) {
      this.#line.sendText(message(this.#dialect));
    }
  }

  #nextNumber(): number {
    this.#sequenceNumber += 1;
    return this.#sequenceNumber;
  }
}
