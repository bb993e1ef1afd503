import { AGENT_SAMPLE_RATE_HZ, type NodeToAgent } from "../../schema/contracts/agent-socket.ts";
import type { AgentCall, AgentConnection, AgentSink, DigitSequence } from "../call/agent-ports.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { CallLogger } from "../call/ports.ts";
import type { TransferUpdate } from "../call/transfer/transfers.ts";
import { CLOSE_NORMAL } from "../protocol/websocket/frames.ts";
import { Allowance } from "./allowance.ts";
import { CallerAudio } from "./caller-audio.ts";
import { readAgentMessage, samplesOf, transferOf } from "./native-messages.ts";
import { startOf } from "./start-message.ts";
import type { AgentSocket, AgentSocketEvents } from "./websocket/agent-socket.ts";

/** Of an agent that keeps sending what is not the protocol, the connection is closed. */
const MAX_MALFORMED = 20;
const MAX_PENDING_MARKS = 256;
/** Events of the call that wait in the socket: an agent that reads none of them is lost. */
const MAX_UNREAD_BYTES = 1_048_576;
/** How long the closing handshake may take. */
const CLOSE_MS = 1_000;
/** RFC 6455 §7.4.1. */
const CLOSE_POLICY = 1008;

/** One connection to an agent that speaks the `native` protocol, from the opening of its socket on. */
export class NativeConnection implements AgentConnection {
  readonly #socket: AgentSocket;
  readonly #logger: CallLogger;
  readonly #callerAudio: CallerAudio;
  /** Of the audio in both directions, as `ready` has it. */
  #sampleRateHz: number = AGENT_SAMPLE_RATE_HZ;
  readonly #accepted = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #allowance = new Allowance(performance.now());
  readonly #keepAlive: NodeJS.Timeout;
  /** What came in one read with `ready`, before the call attached its sink; the socket is paused meanwhile. */
  readonly #early: ((sink: AgentSink) => void)[] = [];
  /** Null until it is told to the agent. */
  #call: AgentCall | null = null;
  #sink: AgentSink | null = null;
  #closing: NodeJS.Timeout | undefined;
  #isReady = false;
  #isOver = false;
  #isAlive = true;
  #isCutOff = false;
  #wantsEarlyAudio = false;
  #malformed = 0;
  #pendingMarks = 0;
  #lastError = "";
  /** What the opening of the connection sets off. */
  #opened: () => void = () => {};

  constructor(
    open: (events: AgentSocketEvents) => AgentSocket,
    call: AgentCall | Promise<AgentCall>,
    logger: CallLogger,
    keepAliveMs: number,
  ) {
    this.#socket = open({
      opened: () => this.#opened(),
      text: (bytes, start, end) => {
        if (this.#mayTake(end - start)) this.#receiveMessage(bytes.toString("utf8", start, end));
      },
      binary: (bytes, start, end) => {
        if (this.#mayTake(end - start)) this.#receiveAudio(bytes, start, end);
      },
      pong: () => {
        this.#isAlive = true;
      },
      closed: (code, reason, fault) => this.#onClose(code, reason, fault),
    });
    this.#logger = logger;
    this.#callerAudio = new CallerAudio(this.#socket);
    this.#keepAlive = setInterval(() => this.#checkAlive(), keepAliveMs).unref();
    if (call instanceof Promise) this.#startWhenKnown(call);
    else this.#opened = () => this.#start(call);
  }

  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  abandon(reason: string): void {
    if (!this.#isReady) this.#fail(reason);
  }

  get wantsEarlyAudio(): boolean {
    return this.#wantsEarlyAudio;
  }

  ringing(): void {
    this.#send({ type: "ringing" });
  }

  attach(sink: AgentSink): void {
    this.#sink = sink;
    for (const event of this.#early.splice(0)) event(sink);
    this.#socket.resume();
  }

  answered(): void {
    this.#send({ type: "answered" });
  }

  audio(frame: Int16Array): void {
    this.#callerAudio.send(frame, this.#sampleRateHz);
  }

  digit(digit: string, durationMs: number): void {
    this.#send({ type: "dtmf", digit, duration_ms: Math.round(durationMs) });
  }

  digitsCollected({ digits, endedBy }: DigitSequence): void {
    this.#send({ type: "digits", digits, ended_by: endedBy });
  }

  digitsSent(digits: string, outcome: "sent" | "dropped"): void {
    this.#send({ type: "digits_sent", digits, outcome });
  }

  transferring({ id, state, sipStatus, reason }: TransferUpdate): void {
    this.#send({ type: "transfer", id, state, sip_status: sipStatus, reason });
  }

  markReached(name: string, outcome: "played" | "cleared"): void {
    this.#pendingMarks -= 1;
    this.#send({ type: "mark", name, outcome });
  }

  farEndChanged(party: string): void {
    this.#send({ type: "far_end_changed", party });
  }

  held(isHeld: boolean): void {
    this.#send({ type: isHeld ? "held" : "resumed" });
  }

  playoutFull(): void {
    this.#sendError("playout_full", "more than 30 s is queued: the audio was dropped");
  }

  ended(code: CallEndCode): void {
    this.#isOver = true;
    this.#send({ type: "end", reason: code });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#shut(CLOSE_NORMAL, "the call has ended");
    await this.#closed.promise;
  }

  #startWhenKnown(call: Promise<AgentCall>): void {
    const opened = Promise.withResolvers<void>();
    this.#opened = () => {
      this.#socket.pause();
      opened.resolve();
    };
    Promise.all([call, opened.promise]).then(
      ([known]) => {
        this.#start(known);
        this.#socket.resume();
      },
      (fault: unknown) => {
        this.#accepted.reject(fault);
        this.#socket.terminate();
      },
    );
  }

  #start(call: AgentCall): void {
    this.#call = call;
    this.#send(startOf(call));
  }

  /** Whether a message of so many bytes is looked at. */
  #mayTake(bytes: number): boolean {
    if (this.#isCutOff) return false;
    if (this.#allowance.take(bytes, performance.now())) return true;
    this.#cutOff("the agent sends more than it may");
    return false;
  }

  #receiveAudio(bytes: Buffer, start: number, end: number): void {
    if ((end - start) % 2 !== 0) {
      this.#complain("malformed_audio", "audio is 16-bit samples: an even number of bytes");
      return;
    }
    if (!this.#isReady) {
      this.#complain("not_ready", "the first message of the agent is ready");
      return;
    }
    const pcm = samplesOf(bytes, start, end);
    const rateHz = this.#sampleRateHz;
    if (pcm.length > 0) this.#emit((sink) => sink.audio(pcm, rateHz));
  }

  #receiveMessage(text: string): void {
    const read = readAgentMessage(text);
    if (!read.ok) {
      this.#complain("malformed_message", read.problem);
      return;
    }
    const { message: data } = read;
    if (!this.#isReady && data.type !== "ready" && data.type !== "hangup") {
      this.#complain("not_ready", "the first message of the agent is ready");
      return;
    }
    switch (data.type) {
      case "ready":
        this.#accept(data.early_audio ?? false, data.sample_rate_hz ?? AGENT_SAMPLE_RATE_HZ);
        return;
      case "clear":
        this.#emit((sink) => sink.clear());
        return;
      case "mark":
        if (this.#pendingMarks >= MAX_PENDING_MARKS) {
          this.#complain("too_many_marks", `${MAX_PENDING_MARKS} marks are pending`);
          return;
        }
        this.#pendingMarks += 1;
        this.#emit((sink) => sink.mark(data.name));
        return;
      case "send_digits":
        this.#emit((sink) => {
          const { digits, in_band } = data;
          if (!sink.sendDigits(digits, in_band ? "in_band" : "auto"))
            this.digitsSent(digits, "dropped");
        });
        return;
      case "transfer":
        this.#emit((sink) => sink.transfer(transferOf(data)));
        return;
      case "hangup":
        if (!this.#isReady) this.#fail(`the agent declined: ${data.reason ?? "no reason given"}`);
        else this.#emit((sink) => sink.hangUp(data.reason ?? ""));
        return;
      default:
        data satisfies never;
    }
  }

  #accept(wantsEarlyAudio: boolean, sampleRateHz: number): void {
    if (this.#isReady) {
      this.#complain("already_ready", "ready is sent once");
      return;
    }
    this.#isReady = true;
    this.#wantsEarlyAudio = wantsEarlyAudio;
    this.#sampleRateHz = sampleRateHz;
    this.#socket.pause();
    this.#accepted.resolve();
  }

  #emit(event: (sink: AgentSink) => void): void {
    if (this.#sink === null) this.#early.push(event);
    else event(this.#sink);
  }

  #complain(code: string, message: string): void {
    this.#malformed += 1;
    this.#sendError(code, message);
    if (this.#malformed < MAX_MALFORMED) return;
    this.#cutOff(`${this.#malformed} malformed messages, the last: ${code}`);
  }

  /** For what an agent must not do: nothing that it still sends is looked at. */
  #cutOff(detail: string): void {
    this.#isCutOff = true;
    if (this.#isReady) this.#over(detail);
    else this.#accepted.reject(new AgentUnavailable(detail));
    this.#shut(CLOSE_POLICY, detail);
  }

  #fail(detail: string): void {
    this.#accepted.reject(new AgentUnavailable(detail));
    this.#socket.terminate();
  }

  #over(detail: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#emit((sink) => sink.closed(detail));
  }

  #onClose(code: number, reason: string, fault: string): void {
    clearInterval(this.#keepAlive);
    clearTimeout(this.#closing);
    this.#closed.resolve();
    const detail = [`closed with ${code}`, reason, this.#lastError || fault]
      .filter(Boolean)
      .join(": ");
    this.#accepted.reject(new AgentUnavailable(detail));
    if (!this.#isReady) return;
    // An agent that closes normally has said what it had to say: the same as hangup.
    if (code === CLOSE_NORMAL && !this.#isOver) this.#emit((sink) => sink.hangUp(detail));
    else this.#over(detail);
    this.#logger.info("agent_closed", {
      callId: this.#call?.callId,
      detail,
      malformed: this.#malformed,
      framesDropped: this.#callerAudio.framesDropped,
    });
  }

  #shut(code: number, reason: string): void {
    if (this.#socket.isClosed) return;
    this.#socket.resume();
    this.#socket.close(code, reason);
    this.#closing ??= setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }

  #checkAlive(): void {
    if (!this.#socket.isOpen) return;
    if (!this.#isAlive) {
      this.#lastError = "no pong";
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  #sendError(code: string, message: string): void {
    this.#send({ type: "error", code, message });
  }

  #send(message: NodeToAgent): void {
    if (!this.#socket.isOpen) return;
    if (this.#socket.bufferedAmount > MAX_UNREAD_BYTES) {
      this.#lastError = "the agent does not read";
      this.#socket.terminate();
      return;
    }
    this.#socket.sendText(JSON.stringify(message));
  }
}
