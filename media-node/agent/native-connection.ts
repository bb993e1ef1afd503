import {
  AGENT_SAMPLE_RATE_HZ,
  agentToNodeSchema,
  type NodeToAgent,
} from "../../schema/contracts/agent-socket.ts";
import type {
  AgentActionOutcome,
  AgentCall,
  AgentConnection,
  AgentSink,
  DigitSequence,
  VoicemailNews,
} from "../call/agent-ports.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import type { CallLogger } from "../call/ports.ts";
import type { TransferUpdate } from "../call/transfer/transfers.ts";
import { CLOSE_NORMAL } from "../protocol/websocket/frames.ts";
import { AgentLine, MAX_PENDING_MARKS } from "./agent-line.ts";
import { CallerAudio, createPcmFrames } from "./caller-audio.ts";
import type { OpenSocket } from "./connect.ts";
import {
  actionMessageOf,
  actionOf,
  samplesOf,
  transcriptOf,
  transferOf,
} from "./native-messages.ts";
import { readMessage } from "./read-message.ts";
import { startOf } from "./start-message.ts";

/** One connection to an agent that speaks the `native` protocol, from the opening of its socket on. */
export class NativeConnection implements AgentConnection {
  readonly #line: AgentLine;
  readonly #callerAudio: CallerAudio;
  /** Of the audio in both directions, as `ready` has it. */
  #sampleRateHz: number = AGENT_SAMPLE_RATE_HZ;
  #wantsEarlyAudio = false;

  constructor(
    open: OpenSocket,
    call: AgentCall | Promise<AgentCall>,
    logger: CallLogger,
    keepAliveMs: number,
  ) {
    const protocol = {
      start: (known: AgentCall) => this.#send(startOf(known)),
      text: (bytes: Buffer, start: number, end: number) =>
        this.#receiveMessage(bytes.toString("utf8", start, end)),
      binary: (bytes: Buffer, start: number, end: number) => this.#receiveAudio(bytes, start, end),
      // An agent that closes normally has said what it had to say: the same as hangup.
      isHangUp: (code: number) => code === CLOSE_NORMAL,
      report: () => ({ framesDropped: this.#callerAudio.framesDropped }),
    };
    this.#line = new AgentLine(open, call, protocol, logger, keepAliveMs);
    const { socket } = this.#line;
    this.#callerAudio = new CallerAudio(socket, createPcmFrames(socket));
  }

  get accepted(): Promise<void> {
    return this.#line.accepted;
  }

  abandon(reason: string): void {
    this.#line.abandon(reason);
  }

  get wantsEarlyAudio(): boolean {
    return this.#wantsEarlyAudio;
  }

  ringing(): void {
    this.#send({ type: "ringing" });
  }

  attach(sink: AgentSink): void {
    this.#line.attach(sink);
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

  acted(outcome: AgentActionOutcome): void {
    this.#send(actionMessageOf(outcome));
  }

  transferring({ id, state, sipStatus, reason }: TransferUpdate): void {
    this.#send({ type: "transfer", id, state, sip_status: sipStatus, reason });
  }

  markReached(name: string, outcome: "played" | "cleared", playedMs: number): void {
    this.#line.markReached();
    this.#send({ type: "mark", name, outcome, played_ms: Math.floor(playedMs) });
  }

  farEndChanged(party: string): void {
    this.#send({ type: "far_end_changed", party });
  }

  voicemail({ isHeldBack, message, report }: VoicemailNews): void {
    this.#send({
      type: "voicemail",
      verdict: report.verdict,
      confidence: report.confidence,
      cause: report.cause,
      at_ms: report.atMs,
      beep_at_ms: report.beepAtMs,
      action: report.action,
      is_held_back: isHeldBack,
      ...(message === null ? {} : { message }),
    });
  }

  held(isHeld: boolean): void {
    this.#send({ type: isHeld ? "held" : "resumed" });
  }

  playoutFull(): void {
    this.#sendError("playout_full", "more than 30 s is queued: the audio was dropped");
  }

  ended(code: CallEndCode): void {
    this.#line.end();
    this.#send({ type: "end", reason: code });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line.close();
  }

  #receiveAudio(bytes: Buffer, start: number, end: number): void {
    if ((end - start) % 2 !== 0) {
      this.#complain("malformed_audio", "audio is 16-bit samples: an even number of bytes");
      return;
    }
    if (!this.#line.isAccepted) {
      this.#complain("not_ready", "the first message of the agent is ready");
      return;
    }
    const pcm = samplesOf(bytes, start, end);
    const rateHz = this.#sampleRateHz;
    if (pcm.length > 0) this.#line.emit((sink) => sink.audio(pcm, rateHz));
  }

  #receiveMessage(text: string): void {
    const read = readMessage(agentToNodeSchema, text);
    if (!read.ok) {
      this.#complain("malformed_message", read.problem);
      return;
    }
    const { message: data } = read;
    if (!this.#line.isAccepted && data.type !== "ready" && data.type !== "hangup") {
      this.#complain("not_ready", "the first message of the agent is ready");
      return;
    }
    switch (data.type) {
      case "ready":
        this.#accept(data.early_audio ?? false, data.sample_rate_hz ?? AGENT_SAMPLE_RATE_HZ);
        return;
      case "clear":
        this.#line.emit((sink) => sink.clear());
        return;
      case "mark":
        if (!this.#line.mark(data.name))
          this.#complain("too_many_marks", `${MAX_PENDING_MARKS} marks are pending`);
        return;
      case "send_digits":
        this.#line.emit((sink) => {
          const { digits, in_band } = data;
          if (!sink.sendDigits(digits, in_band ? "in_band" : "auto"))
            this.digitsSent(digits, "dropped");
        });
        return;
      case "hold":
      case "mute":
      case "play": {
        const action = actionOf(data);
        this.#line.emit((sink) => sink.act(action));
        return;
      }
      case "transfer":
        this.#line.emit((sink) => sink.transfer(transferOf(data)));
        return;
      case "transcript":
        this.#line.emit((sink) => sink.transcript(transcriptOf(data)));
        return;
      case "hangup":
        if (!this.#line.isAccepted)
          this.#line.fail(`the agent declined: ${data.reason ?? "no reason given"}`);
        else this.#line.emit((sink) => sink.hangUp(data.reason ?? ""));
        return;
      default:
        data satisfies never;
    }
  }

  #accept(wantsEarlyAudio: boolean, sampleRateHz: number): void {
    if (this.#line.isAccepted) {
      this.#complain("already_ready", "ready is sent once");
      return;
    }
    this.#wantsEarlyAudio = wantsEarlyAudio;
    this.#sampleRateHz = sampleRateHz;
    this.#line.accept();
  }

  #complain(code: string, message: string): void {
    this.#sendError(code, message);
    this.#line.malformed(code);
  }

  #sendError(code: string, message: string): void {
    this.#send({ type: "error", code, message });
  }

  #send(message: NodeToAgent): void {
    this.#line.sendText(JSON.stringify(message));
  }
}
