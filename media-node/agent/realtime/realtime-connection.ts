import { randomUUID } from "node:crypto";
import type { OpenaiSettings } from "../../../schema/contracts/agent-openai.ts";
import type {
  AgentCall,
  AgentConnection,
  AgentSink,
  DigitSequence,
  VoicemailNews,
} from "../../call/agent-ports.ts";
import type { CallLogger } from "../../call/ports.ts";
import type { TransferUpdate } from "../../call/transfer/transfers.ts";
import { AgentLine } from "../agent-line.ts";
import { readBase64 } from "../base64.ts";
import { CallerAudio } from "../caller-audio.ts";
import type { OpenSocket } from "../connect.ts";
import { voicemailText } from "../voicemail-text.ts";
import { createAppendFrames } from "./append-frames.ts";
import {
  functionOutput,
  itemCreate,
  itemTruncate,
  RESPONSE_EVENT_ID,
  type RealtimeClientMessage,
  responseCancel,
  responseCreate,
  sessionUpdate,
  textItem,
} from "./client-events.ts";
import { readFunctionCall } from "./functions.ts";
import { ResponseTurn } from "./response-turn.ts";
import {
  errorDetail,
  type OutputItem,
  type RealtimeErrorEvent,
  type RealtimeEvent,
  readServerEvent,
} from "./server-events.ts";
import { greetingOf, sessionOf } from "./session.ts";
import { AgentSpeech, type SpokenItem } from "./speech.ts";

const SAMPLE_RATE_HZ = 8_000;
const RESUMED =
  "This call was under way when your connection was lost. Ask the caller to go on, and do not greet them again.";

export interface RealtimeSettings extends OpenaiSettings {
  /** Keys are told as answers of several, and not one by one. */
  readonly collectsDigits: boolean;
}

/** One session of the Realtime API, from the opening of its socket on. */
export class RealtimeConnection implements AgentConnection {
  readonly #settings: RealtimeSettings;
  readonly #line: AgentLine;
  readonly #callerAudio: CallerAudio;
  readonly #speech: AgentSpeech;
  readonly #turn: ResponseTurn;
  #call: AgentCall | null = null;
  #isCreated = false;
  /** From the answer to the end. */
  #isTalking = false;
  /** As the session says: whether the caller's speech breaks off the response. */
  #isInterruptible = true;
  /** Function calls whose transfers are under way. */
  readonly #transferring = new Set<string>();
  /** Function calls whose keys are being sent, in order. */
  readonly #sendingDigits: string[] = [];
  #knowsMachine = false;
  #errors = 0;
  #lastError: string | null = null;
  #playoutOverruns = 0;

  constructor(
    open: OpenSocket,
    settings: RealtimeSettings,
    call: AgentCall | Promise<AgentCall>,
    logger: CallLogger,
    keepAliveMs: number,
  ) {
    this.#settings = settings;
    const protocol = {
      start: (known: AgentCall) => {
        this.#call = known;
        this.#configure();
      },
      text: (bytes: Buffer, start: number, end: number) =>
        this.#receive(bytes.toString("utf8", start, end)),
      binary: () => this.#line.malformed("binary"),
      // A session ends by a function call: one that closes has failed or is over its time.
      isHangUp: () => false,
      report: () => ({
        framesDropped: this.#callerAudio.framesDropped,
        playoutOverruns: this.#playoutOverruns,
        errors: this.#errors,
        lastError: this.#lastError,
      }),
    };
    this.#line = new AgentLine(open, call, protocol, logger, keepAliveMs);
    const { socket } = this.#line;
    this.#callerAudio = new CallerAudio(socket, createAppendFrames(socket));
    this.#turn = new ResponseTurn((instructions) => this.#send(responseCreate(instructions)));
    const output = {
      audio: (pcm: Int16Array) => this.#line.emit((sink) => sink.audio(pcm, SAMPLE_RATE_HZ)),
      mark: (name: string) => this.#line.mark(name),
      clear: () => this.#line.emit((sink) => sink.clear()),
      cut: ({ itemId, contentIndex }: SpokenItem, heardMs: number) => {
        this.#send(itemTruncate(itemId, contentIndex, heardMs));
        // How much of its text that was, nobody says.
        const broken = { kind: "corrected", role: "agent", eventId: itemId, text: null } as const;
        this.#line.emit((sink) => sink.transcript(broken));
      },
    };
    this.#speech = new AgentSpeech(output, `${randomUUID()} `);
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
    this.#isTalking = true;
    if (this.#call === null) return;
    if (this.#call.resumption !== undefined) {
      // The session is a new one, and knows nothing of what was said.
      this.#send(itemCreate(textItem("system", RESUMED)));
      this.#turn.request();
    } else if (this.#settings.speaksFirst) this.#turn.request(greetingOf(this.#call));
  }

  audio(frame: Int16Array): void {
    if (this.#isTalking) this.#callerAudio.send(frame, SAMPLE_RATE_HZ);
  }

  digit(digit: string): void {
    this.#interrupt();
    if (!this.#settings.collectsDigits)
      this.#tellKeys(`The caller pressed ${digit} on the keypad.`);
  }

  digitsCollected({ digits }: DigitSequence): void {
    this.#tellKeys(`The caller entered ${digits} on the keypad.`);
  }

  digitsSent(_digits: string, outcome: "sent" | "dropped"): void {
    const callId = this.#sendingDigits.shift();
    if (callId !== undefined) this.#answer(callId, { status: outcome });
  }

  transferring({ id, state, reason }: TransferUpdate): void {
    if (id === null || (state !== "succeeded" && state !== "failed")) return;
    if (this.#transferring.delete(id)) this.#answer(id, { status: state, reason });
  }

  markReached(name: string, outcome: "played" | "cleared", playedMs: number): void {
    this.#line.markReached();
    // What is dropped for another party at the far end is what nobody has heard.
    if (!this.#speech.marked(name, outcome, playedMs)) this.#interrupt();
  }

  farEndChanged(party: string): void {
    this.#send(itemCreate(textItem("system", `Another party is on the phone now: ${party}`)));
  }

  voicemail(news: VoicemailNews): void {
    const text = voicemailText(news);
    // News of the same machine ask for no second answer.
    if (text === null || this.#knowsMachine) return;
    this.#knowsMachine = true;
    this.#interrupt();
    this.#send(itemCreate(textItem("system", text)));
    this.#turn.request();
  }

  held(isHeld: boolean): void {
    this.#speech.held(isHeld);
  }

  playoutFull(): void {
    this.#playoutOverruns += 1;
  }

  ended(): void {
    this.#isTalking = false;
    this.#line.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line.close();
  }

  #receive(text: string): void {
    const read = readServerEvent(text);
    if (read.kind === "event") this.#take(read.event);
    else if (read.kind === "malformed") this.#line.malformed(read.problem);
  }

  #take(event: RealtimeEvent): void {
    switch (event.type) {
      case "session.created":
        this.#isCreated = true;
        this.#configure();
        return;
      case "session.updated":
        this.#isInterruptible =
          event.session.audio?.input?.turn_detection?.interrupt_response !== false;
        if (!this.#line.isAccepted) this.#line.accept();
        return;
      case "input_audio_buffer.speech_started":
        // The session cancels its response itself.
        if (this.#isInterruptible) this.#cutOff();
        return;
      case "response.created":
        this.#turn.began(event.response.id);
        return;
      case "response.output_audio.delta":
        this.#receiveAudio(event);
        return;
      case "response.output_audio.done":
        this.#speech.complete(event.item_id);
        return;
      case "response.done":
        this.#finishResponse(event.response);
        return;
      case "response.output_audio_transcript.done":
        this.#said("agent", event.item_id, event.transcript);
        return;
      case "conversation.item.input_audio_transcription.completed":
        this.#said("user", event.item_id, event.transcript);
        return;
      case "error":
        this.#receiveError(event);
        return;
      default:
        event satisfies never;
    }
  }

  #said(role: "user" | "agent", eventId: string, text: string): void {
    if (!this.#isTalking || text.trim() === "") return;
    this.#line.emit((sink) => sink.transcript({ kind: "said", role, eventId, text }));
  }

  /** Whichever comes last: the session, or the call that it is for. */
  #configure(): void {
    if (this.#call === null || !this.#isCreated || this.#line.isAccepted) return;
    this.#send(sessionUpdate(sessionOf(this.#settings, this.#call)));
  }

  #receiveAudio(event: Extract<RealtimeEvent, { type: "response.output_audio.delta" }>): void {
    if (!this.#isTalking || !this.#turn.isHeard(event.response_id)) return;
    const codes = readBase64(event.delta);
    if (codes === null) {
      this.#line.malformed("response.output_audio.delta: is not base64");
      return;
    }
    if (codes.length === 0) return;
    const item = { itemId: event.item_id, contentIndex: event.content_index };
    if (this.#speech.add(item, codes)) return;
    this.#playoutOverruns += 1;
    this.#turn.cut();
  }

  #finishResponse(response: Extract<RealtimeEvent, { type: "response.done" }>["response"]): void {
    const failure = response.status_details?.error;
    if (response.status === "failed") this.#count(failure?.code ?? "response_failed");
    if (response.status === "completed") {
      for (const item of response.output ?? []) this.#callFunction(item);
    }
    this.#turn.done(response.id);
  }

  #callFunction({ type, name, call_id: callId, arguments: args = "" }: OutputItem): void {
    if (type !== "function_call" || name === undefined || callId === undefined) return;
    const read = readFunctionCall(name, args, this.#settings.functions);
    if (!read.ok) {
      this.#answer(callId, { status: "failed", reason: read.problem });
      return;
    }
    const { call } = read;
    // What it said before comes first.
    this.#speech.whenHeard(() => {
      switch (call.name) {
        case "end_call":
          this.#line.emit((sink) => sink.hangUp(call.args.reason ?? "end_call"));
          return;
        case "transfer_call":
          this.#transfer(callId, call.args);
          return;
        case "send_digits":
          this.#sendDigits(callId, call.args.digits);
          return;
        default:
          call satisfies never;
      }
    });
  }

  #transfer(
    id: string,
    { destination, method }: { destination: string; method: "conference" | "refer" },
  ): void {
    this.#transferring.add(id);
    this.#line.emit((sink) =>
      sink.transfer({ id, destination, method, headers: {}, userToUser: null }),
    );
  }

  #sendDigits(callId: string, digits: string): void {
    this.#line.emit((sink) => {
      this.#sendingDigits.push(callId);
      if (sink.sendDigits(digits, "auto")) return;
      this.#sendingDigits.pop();
      this.#answer(callId, { status: "failed", reason: "keys cannot be sent now" });
    });
  }

  #answer(callId: string, output: object): void {
    if (!this.#isTalking) return;
    this.#send(itemCreate(functionOutput(callId, output)));
    this.#turn.request();
  }

  #tellKeys(text: string): void {
    if (!this.#isTalking) return;
    this.#send(itemCreate(textItem("user", text)));
    this.#turn.request();
  }

  /** For what the session does not know by itself. */
  #interrupt(): void {
    if (!this.#isTalking || !this.#isInterruptible) return;
    if (this.#cutOff()) this.#send(responseCancel());
  }

  /** Whether a response was under way that was heard. */
  #cutOff(): boolean {
    const wasHeard = this.#turn.cut();
    this.#speech.interrupt();
    return wasHeard;
  }

  #receiveError(event: RealtimeErrorEvent): void {
    const detail = errorDetail(event);
    this.#count(detail);
    if (!this.#line.isAccepted) {
      this.#line.fail(`the agent refused the session: ${detail}`);
      return;
    }
    const { code, event_id: eventId } = event.error;
    const isBusy = code === "conversation_already_has_active_response";
    if (isBusy || eventId === RESPONSE_EVENT_ID) this.#turn.refused(isBusy);
  }

  /** By its code only: messages repeat what was said. */
  #count(error: string): void {
    this.#errors += 1;
    this.#lastError = error;
  }

  #send(message: RealtimeClientMessage): void {
    this.#line.sendText(JSON.stringify(message));
  }
}
