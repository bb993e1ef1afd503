import type {
  AgentCall,
  AgentConnection,
  AgentSink,
  DigitSequence,
  TranscriptEvent,
  VoicemailNews,
} from "../../call/agent-ports.ts";
import type { CallLogger } from "../../call/ports.ts";
import type { TransferUpdate } from "../../call/transfer/transfers.ts";
import { CLOSE_NORMAL } from "../../protocol/websocket/frames.ts";
import { AgentLine } from "../agent-line.ts";
import { readBase64 } from "../base64.ts";
import { CallerAudio } from "../caller-audio.ts";
import type { OpenSocket } from "../connect.ts";
import { voicemailText } from "../voicemail-text.ts";
import { type AudioFormat, audioFormat } from "./audio-format.ts";
import {
  contextualUpdate,
  initiationOf,
  pong,
  toolResult,
  USER_ACTIVITY,
  userMessage,
} from "./client-messages.ts";
import { PacedAudio } from "./paced-audio.ts";
import { readServerMessage, type ServerMessage } from "./server-messages.ts";
import { SilenceKeeper, TICK_MS } from "./silence-keeper.ts";
import { readToolCall, results } from "./tools.ts";
import { createUserAudio, silentChunk } from "./user-audio.ts";

/** Answers to pings are delayed by what the server says; more than so many are answered at once. */
const MAX_PENDING_PONGS = 16;
const MAX_PONG_DELAY_MS = 10_000;
const MAX_DETAIL_CHARS = 256;

type Metadata = Extract<ServerMessage, { type: "conversation_initiation_metadata" }>;
type ErrorEvent = Extract<ServerMessage, { type: "error" }>["error_event"];

/** What a conversation has from its metadata on. */
interface Audio {
  readonly input: AudioFormat;
  readonly output: AudioFormat;
  readonly caller: CallerAudio;
  readonly agent: PacedAudio;
  readonly silence: SilenceKeeper;
}

/** One conversation with an agent of the ElevenLabs Agents platform: docs/design/elevenlabs.md. */
export class ElevenLabsConversation implements AgentConnection {
  readonly #line: AgentLine;
  readonly #collectsDigits: boolean;
  #audio: Audio | null = null;
  /** Of the last interruption: audio of events up to it is not heard. */
  #interruptedId = Number.NEGATIVE_INFINITY;
  /** What tool calls wait for. */
  readonly #digitCalls: { readonly toolCallId: string; readonly digits: string }[] = [];
  readonly #transfers = new Map<string, string>();
  readonly #pongs = new Set<NodeJS.Timeout>();
  #isAnswered = false;
  #isHeld = false;
  #audioDropped = 0;
  /** The platform's own identifier, by which its owner finds it there. */
  #conversationId = "";
  #lastError = "";

  constructor(
    open: OpenSocket,
    { collectsDigits }: { readonly collectsDigits: boolean },
    call: AgentCall | Promise<AgentCall>,
    logger: CallLogger,
    keepAliveMs: number,
  ) {
    this.#collectsDigits = collectsDigits;
    const protocol = {
      start: (known: AgentCall) => this.#line.sendText(initiationOf(known)),
      text: (bytes: Buffer, start: number, end: number) =>
        this.#receive(bytes.toString("utf8", start, end)),
      binary: () => this.#line.malformed("messages are text"),
      isHangUp: (code: number) => {
        // What it said before is heard, and nothing comes after it.
        if (code === CLOSE_NORMAL) this.#audio?.agent.flush();
        return code === CLOSE_NORMAL;
      },
      report: () => ({
        framesDropped: this.#audio?.caller.framesDropped ?? 0,
        audioDropped: this.#audioDropped,
        platformConversationId: this.#conversationId,
        ...(this.#lastError === "" ? {} : { platformError: this.#lastError }),
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
    this.#isAnswered = true;
    this.#nobodyThere(this.#isHeld);
  }

  audio(frame: Int16Array): void {
    const audio = this.#audio;
    if (audio === null) return;
    audio.silence.heard();
    audio.caller.send(frame, audio.input.sampleRateHz);
  }

  /** Keys that make an answer are a turn together; meanwhile somebody is there. */
  digit(digit: string): void {
    this.#line.sendText(this.#collectsDigits ? USER_ACTIVITY : userMessage(digit));
  }

  digitsCollected({ digits }: DigitSequence): void {
    if (this.#collectsDigits) this.#line.sendText(userMessage(digits));
  }

  digitsSent(digits: string, outcome: "sent" | "dropped"): void {
    const at = this.#digitCalls.findIndex((call) => call.digits === digits);
    const [call] = at < 0 ? [] : this.#digitCalls.splice(at, 1);
    if (call === undefined) return;
    if (outcome === "sent") this.#answerTool(call.toolCallId, results.digitsSent(digits));
    else this.#refuseTool(call.toolCallId, results.digitsNotSent("The keys were not sent."));
  }

  transferring({ id, state, sipStatus, reason }: TransferUpdate): void {
    const destination = id === null ? undefined : this.#transfers.get(id);
    if (id === null || destination === undefined) return;
    if (state !== "succeeded" && state !== "failed") return;
    this.#transfers.delete(id);
    if (state === "succeeded") this.#answerTool(id, results.transferred(destination));
    else this.#refuseTool(id, results.transferFailed(reason, sipStatus));
  }

  /** It sets none. */
  markReached(): void {}

  farEndChanged(party: string): void {
    const text = `The other side has transferred the call. You are now talking to ${party}.`;
    this.#line.sendText(contextualUpdate(text, "far_end"));
  }

  voicemail(news: VoicemailNews): void {
    const text = voicemailText(news);
    if (text !== null) this.#line.sendText(contextualUpdate(text, "voicemail"));
  }

  held(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#nobodyThere(isHeld || !this.#isAnswered);
  }

  playoutFull(): void {
    this.#audioDropped += 1;
  }

  ended(): void {
    this.#line.end();
    this.#release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    await this.#line.close();
  }

  #release(): void {
    for (const timer of this.#pongs) clearTimeout(timer);
    this.#pongs.clear();
    this.#audio?.silence[Symbol.dispose]();
    this.#audio?.agent.clear();
  }

  #nobodyThere(isAlone: boolean): void {
    if (this.#audio !== null) this.#audio.silence.isAlone = isAlone;
  }

  #receive(text: string): void {
    const read = readServerMessage(text);
    if (!read.ok) {
      this.#line.malformed(read.problem);
      return;
    }
    const { message } = read;
    if (message === null) return;
    switch (message.type) {
      case "conversation_initiation_metadata":
        this.#accept(message.conversation_initiation_metadata_event);
        return;
      case "audio":
        this.#receiveAudio(message.audio_event.audio_base_64, message.audio_event.event_id);
        return;
      case "interruption":
        this.#interrupt(message.interruption_event.event_id);
        return;
      case "ping":
        this.#ping(message.ping_event.event_id, message.ping_event.ping_ms ?? 0);
        return;
      case "user_transcript": {
        const { user_transcript: words, event_id: id } = message.user_transcription_event;
        this.#transcript({ kind: "said", role: "user", text: words, eventId: String(id) });
        return;
      }
      case "agent_response": {
        const { agent_response: words, event_id: id } = message.agent_response_event;
        this.#transcript({ kind: "said", role: "agent", text: words, eventId: String(id) });
        return;
      }
      case "agent_response_correction": {
        const { corrected_agent_response: words, event_id: id } =
          message.agent_response_correction_event;
        this.#transcript({ kind: "corrected", role: "agent", text: words, eventId: String(id) });
        return;
      }
      case "client_tool_call": {
        const { tool_name: name, tool_call_id: id, parameters } = message.client_tool_call;
        this.#callTool(name, id, parameters ?? {});
        return;
      }
      case "agent_tool_response":
        this.#toolAnswered(message.agent_tool_response);
        return;
      case "agent_tool_response_full_payload":
        this.#toolAnswered(message.agent_tool_response_full_payload);
        return;
      case "error":
        this.#error(message.error_event);
        return;
      default:
        message satisfies never;
    }
  }

  #accept(metadata: Metadata["conversation_initiation_metadata_event"]): void {
    if (this.#audio !== null) return;
    const input = audioFormat(metadata.user_input_audio_format);
    const output = audioFormat(metadata.agent_output_audio_format);
    if (input === null || output === null) {
      const { agent_output_audio_format: theirs, user_input_audio_format: ours } = metadata;
      this.#line.fail(`the agent's audio format cannot be had: ${short(input ? theirs : ours)}`);
      return;
    }
    const { socket } = this.#line;
    let chunk: string | null = null;
    const silence = new SilenceKeeper({
      say: () => {
        chunk ??= silentChunk(input, TICK_MS);
        this.#line.sendText(chunk);
      },
      excuse: () => this.#line.sendText(USER_ACTIVITY),
    });
    const agent = new PacedAudio((pcm, rateHz) =>
      this.#line.emit((sink) => sink.audio(pcm, rateHz)),
    );
    const caller = new CallerAudio(socket, createUserAudio(socket, input));
    this.#audio = { input, output, caller, agent, silence };
    this.#conversationId = short(metadata.conversation_id);
    this.#line.accept();
  }

  #receiveAudio(base64: string, eventId: number): void {
    const audio = this.#audio;
    if (audio === null || eventId <= this.#interruptedId) return;
    const bytes = readBase64(base64);
    const pcm = bytes === null ? null : audio.output.decode(bytes);
    if (pcm === null) {
      this.#line.malformed(`audio_event.audio_base_64: is no ${audio.output.name} in base64`);
      return;
    }
    if (pcm.length === 0) return;
    if (!audio.agent.push(pcm, audio.output.sampleRateHz)) this.#audioDropped += 1;
  }

  #interrupt(eventId: number): void {
    this.#interruptedId = Math.max(this.#interruptedId, eventId);
    this.#audio?.agent.clear();
    this.#line.emit((sink) => sink.clear());
  }

  #ping(eventId: number, delayMs: number): void {
    if (delayMs <= 0 || this.#pongs.size >= MAX_PENDING_PONGS) {
      this.#line.sendText(pong(eventId));
      return;
    }
    const timer = setTimeout(
      () => {
        this.#pongs.delete(timer);
        this.#line.sendText(pong(eventId));
      },
      Math.min(delayMs, MAX_PONG_DELAY_MS),
    ).unref();
    this.#pongs.add(timer);
  }

  #transcript(event: TranscriptEvent): void {
    this.#line.emit((sink) => sink.transcript(event));
  }

  #callTool(name: string, toolCallId: string, parameters: unknown): void {
    const action = readToolCall(name, toolCallId, parameters);
    switch (action.kind) {
      case "end_call":
        this.#answerTool(toolCallId, results.callEnded());
        this.#hangUp(action.reason);
        return;
      case "skip_turn":
        this.#answerTool(toolCallId, results.turnSkipped());
        return;
      case "transfer":
        this.#transfers.set(toolCallId, action.request.destination);
        this.#line.emit((sink) => sink.transfer(action.request));
        return;
      case "send_digits": {
        const { digits, mode } = action;
        this.#line.emit((sink) => {
          this.#digitCalls.push({ toolCallId, digits });
          if (sink.sendDigits(digits, mode)) return;
          this.#digitCalls.pop();
          const why =
            "No keys can be sent now: the call is not answered, is on hold, or others wait.";
          this.#refuseTool(toolCallId, results.digitsNotSent(why));
        });
        return;
      }
      case "refused":
        this.#refuseTool(toolCallId, action.result);
        return;
      default:
        action satisfies never;
    }
  }

  /** A tool of the platform itself has done its work: what it ends is the conversation, and so the call. */
  #toolAnswered(answer: { readonly tool_name: string; readonly is_error: boolean }): void {
    if (answer.tool_name === "end_call" && !answer.is_error) this.#hangUp("end_call");
  }

  #hangUp(reason: string): void {
    this.#audio?.agent.flush();
    this.#line.emit((sink) => sink.hangUp(reason));
  }

  /** The connection is about to close; its code says what that means. */
  #error({ code, error_type: type, message, reason }: ErrorEvent): void {
    const detail = short([code, type, reason ?? message].filter(Boolean).join(": "));
    this.#lastError = detail;
    if (!this.#line.isAccepted) this.#line.fail(`the agent cannot be had: ${detail}`);
  }

  #answerTool(toolCallId: string, result: string): void {
    this.#line.sendText(toolResult(toolCallId, result, false));
  }

  #refuseTool(toolCallId: string, result: string): void {
    this.#line.sendText(toolResult(toolCallId, result, true));
  }
}

function short(text: string): string {
  return text.slice(0, MAX_DETAIL_CHARS).toWellFormed();
}
