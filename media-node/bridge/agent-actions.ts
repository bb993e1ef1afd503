import type { AgentAction, AgentActionOutcome } from "../call/agent-ports.ts";
import type { Clock } from "../call/ports.ts";
import type { MediaSession } from "../media/media-session.ts";
import type { FileAudio } from "./audio-folder.ts";
import { playHoldTone } from "./hold-tone.ts";

/** What can be queued at once (DESIGN §10). */
const MAX_QUEUED_MS = 30_000;
/** Of one call: files that are read, or whose end has not been reached. */
const MAX_PLAYS = 16;
/** What the agent may say while a file is read from the disk. */
const MAX_WAITING = 10_000;
/** Begins names of marks that no agent has set. */
const OWN_MARK = "\u0000";

type Play = Extract<AgentAction, { kind: "play" }>;

interface AgentActionsDeps {
  /** Where what the agent says is heard at the moment. */
  readonly media: () => Pick<MediaSession, "send" | "queuedMs" | "clear" | "mark">;
  readonly clock: Clock;
  readonly read: (file: string) => Promise<FileAudio | null>;
  /** Why nothing can be played at the moment; null: it can. */
  readonly obstacle: () => string | null;
  readonly played: (audio: FileAudio, queuedMs: number) => void;
  readonly tell: (outcome: AgentActionOutcome) => void;
}

/** The actions of an agent that concern the audio of its call: hold, mute, and files that are played. */
export class AgentActions implements Disposable {
  readonly #deps: AgentActionsDeps;
  readonly #plays = new Map<string, Play>();
  #nextPlay = 0;
  #holdTone: Disposable | null = null;
  /** What the agent does while a file is read comes behind it. */
  #waiting: (() => void)[] | null = null;
  #isOver = false;
  isCallerMuted = false;
  isAgentMuted = false;

  constructor(deps: AgentActionsDeps) {
    this.#deps = deps;
  }

  /** The agent has put the caller on hold. */
  get isHolding(): boolean {
    return this.#holdTone !== null;
  }

  /** What the agent does waits for a file. */
  get isReading(): boolean {
    return this.#waiting !== null;
  }

  /** Now, or behind the file that is being read. */
  inOrder(event: () => void): void {
    if (this.#waiting === null) event();
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
  }

  act(action: AgentAction): void {
    if (this.#isOver) return;
    switch (action.kind) {
      case "hold":
        this.#hold(action.isActive);
        return;
      case "mute":
        if (action.party === "caller") this.isCallerMuted = action.isActive;
        else this.isAgentMuted = action.isActive;
        this.#deps.tell(action);
        return;
      case "play":
        this.#play(action);
        return;
      default:
        action satisfies never;
    }
  }

  /** True when the mark was the end of a file, and none of the agent's. */
  markReached(name: string, outcome: "played" | "cleared"): boolean {
    const play = this.#plays.get(name);
    if (play === undefined) return false;
    this.#plays.delete(name);
    this.#deps.tell({ ...play, outcome, reason: null });
    return true;
  }

  /** The agent is gone, or hangs up: nothing that it has set lasts. */
  reset(): void {
    this.isCallerMuted = false;
    this.isAgentMuted = false;
    if (this.#holdTone === null) return;
    this.#holdTone[Symbol.dispose]();
    this.#holdTone = null;
    this.#deps.media().clear();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#holdTone?.[Symbol.dispose]();
    this.#holdTone = null;
    this.#waiting = null;
  }

  #hold(isActive: boolean): void {
    if (isActive && this.#holdTone === null) {
      // Behind what the agent has said: the tone fills what the queue leaves.
      const media = {
        send: (pcm: Int16Array, rateHz?: number) => this.#deps.media().send(pcm, rateHz),
        queuedMs: () => this.#deps.media().queuedMs(),
      };
      this.#holdTone = playHoldTone(media, this.#deps.clock);
    }
    if (!isActive && this.#holdTone !== null) {
      this.#holdTone[Symbol.dispose]();
      this.#holdTone = null;
      this.#deps.media().clear();
    }
    this.#deps.tell({ kind: "hold", isActive });
  }

  #play(play: Play): void {
    const obstacle =
      this.#plays.size >= MAX_PLAYS ? `${MAX_PLAYS} files are waiting.` : this.#deps.obstacle();
    if (obstacle !== null) {
      this.#failed(play, obstacle);
      return;
    }
    this.#waiting = [];
    void this.#readAndQueue(play);
  }

  /** Never rejects. */
  async #readAndQueue(play: Play): Promise<void> {
    const audio = await this.#deps.read(play.file).catch(() => null);
    if (this.#isOver) return;
    const reason = audio === null ? "There is no such file on the node." : this.#queue(play, audio);
    if (reason !== null) this.#failed(play, reason);
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    // One of them may be a file again.
    for (const event of waiting) this.inOrder(event);
  }

  /** Why it cannot be heard, or null. */
  #queue(play: Play, audio: FileAudio): string | null {
    const obstacle = this.#deps.obstacle();
    if (obstacle !== null) return obstacle;
    const media = this.#deps.media();
    const { pcm, sampleRateHz } = audio;
    const queuedMs = media.queuedMs();
    if (queuedMs + (pcm.length * 1_000) / sampleRateHz > MAX_QUEUED_MS) return "30 s is queued.";
    this.#deps.played(audio, queuedMs);
    for (let at = 0; at < pcm.length; at += sampleRateHz) {
      media.send(pcm.subarray(at, at + sampleRateHz), sampleRateHz);
    }
    this.#nextPlay += 1;
    const mark = `${OWN_MARK}${this.#nextPlay}`;
    this.#plays.set(mark, play);
    media.mark(mark);
    return null;
  }

  #failed(play: Play, reason: string): void {
    this.#deps.tell({ ...play, outcome: "failed", reason });
  }
}
