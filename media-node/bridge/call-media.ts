import { HOLD_AUDIO_FILE } from "../../schema/contracts/agent-audio.ts";
import type { AgentCall, AgentConnector, AgentTarget } from "../call/agent-ports.ts";
import type {
  AgentLink,
  CallMedia,
  CallMediaEvents,
  LegReport,
  MediaCall,
  MediaLeg,
  MediaPorts,
  Talk,
} from "../call/media-ports.ts";
import type { Clock } from "../call/ports.ts";
import type { AudioTap } from "../media/audio-tap.ts";
import type { MediaSession } from "../media/media-session.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import { type AudioBridge, createAudioBridge } from "./audio-bridge.ts";
import type { AudioFolder, FileAudio } from "./audio-folder.ts";
import { playHoldAudio, playHoldTone } from "./hold-tone.ts";
import { LateAgent } from "./late-agent.ts";
import { relayTo } from "./relay.ts";

/** The media of calls, in the process that has their sockets. */

interface OpenedSession {
  readonly session: MediaSession;
  /** The advertised address, for SDP. */
  readonly address: string;
  readonly rtpPort: number;
}

export interface CallMediaDeps {
  /** Null when no port pair is free. */
  readonly openSession: () => Promise<OpenedSession | null>;
  readonly agents: AgentConnector;
  readonly audioFiles: AudioFolder;
  readonly clock: Clock;
  /** Absent: no call is recorded. */
  readonly recordings?: CallRecordings;
}

/** Who writes down what is said in calls. */
export interface CallRecordings {
  /** Begins now; null for a call that is not recorded. Never throws. */
  begin(call: MediaCall, sampleRateHz: number): CallRecording | null;
  /** A call that was to be recorded is gone, and none was begun. */
  unused(call: MediaCall): void;
}

interface CallRecording {
  readonly tap: AudioTap;
  /** May be said again. */
  end(): void;
}

export function createMediaPorts(deps: CallMediaDeps): MediaPorts {
  return {
    async open(call, events) {
      const opened = await deps.openSession();
      return opened === null ? null : new LocalCallMedia(opened, call, events, deps);
    },
  };
}

class LocalCallMedia implements CallMedia {
  readonly first: LocalLeg;
  readonly #legs = new Map<number, LocalLeg>();
  readonly #bridge: AudioBridge;
  readonly #deps: CallMediaDeps;
  readonly #events: CallMediaEvents;
  #nextLeg = 0;
  readonly #call: MediaCall;
  #agent: LateAgent | null = null;
  #isOpen = false;
  #recording: CallRecording | null = null;
  #isReleased = false;

  constructor(
    opened: OpenedSession,
    call: MediaCall,
    events: CallMediaEvents,
    deps: CallMediaDeps,
  ) {
    this.#deps = deps;
    this.#events = events;
    this.#call = call;
    this.#bridge = createAudioBridge(opened.session, {
      clock: deps.clock,
      events,
      digitInput: call.digitInput,
      readFile: (file) => this.#audioFile(file),
    });
    this.first = this.#addLeg(opened);
  }

  async openLeg(): Promise<MediaLeg | null> {
    const opened = await this.#deps.openSession();
    if (opened === null) return null;
    const leg = this.#addLeg(opened);
    if (!this.#isReleased) return leg;
    // The call has ended meanwhile: nobody else would release it.
    await leg[Symbol.asyncDispose]();
    return null;
  }

  connectAgent(
    target: Promise<AgentTarget>,
    call: AgentCall | Promise<AgentCall>,
    signal: AbortSignal,
    { isListening }: { readonly isListening: boolean },
  ): AgentLink {
    const { agents, clock } = this.#deps;
    const connecting = target.then((known) => agents.connect(known, call, signal));
    const agent = new LateAgent(connecting, {
      clock,
      async reconnect(resumption, patience, handshakeMs) {
        const again = { ...(await call), resumption };
        return await agents.connect(await target, again, patience, handshakeMs);
      },
      away: (detail) => {
        this.#bridge.comfort();
        this.#events.agentAway(detail);
      },
      back: ({ count, awayMs }) => {
        this.#bridge.endComfort();
        this.#events.agentBack({ count, awayMs });
      },
    });
    this.#agent = agent;
    agent.attach(this.#bridge.agentSink);
    if (isListening) this.#bridge.listen(agent);
    return agent;
  }

  open(talk: Talk): void {
    if (this.#agent === null) throw new Error("no agent has been connected");
    this.#isOpen = true;
    this.#recording =
      this.#deps.recordings?.begin(this.#call, this.first.session.sampleRateHz) ?? null;
    if (this.#recording !== null) this.#bridge.record(this.#recording.tap);
    this.#bridge.open(this.#agent, talk);
  }

  hold(isHeld: boolean): void {
    this.#bridge.hold(isHeld);
  }

  infoDigit(digit: string, durationMs: number): void {
    this.#bridge.infoDigit(digit, durationMs);
  }

  turnTo({ id }: Pick<MediaLeg, "id">): void {
    this.#bridge.turnTo(this.#sessionOf(id));
  }

  join({ id }: Pick<MediaLeg, "id">): void {
    this.#bridge.join(this.#sessionOf(id));
    // What two people say to each other is theirs.
    this.#recording?.end();
  }

  comfort(): void {
    this.#bridge.comfort();
  }

  async announce(sha256: string): Promise<boolean> {
    const audio = await this.#deps.audioFiles.read(sha256);
    if (audio === null || this.#isReleased) return false;
    this.#bridge.announce(audio);
    return true;
  }

  playHoldTone(): Disposable {
    const { session } = this.first;
    const { clock } = this.#deps;
    let sound = playHoldTone(session, clock);
    let isOver = false;
    const stop = () => {
      sound[Symbol.dispose]();
      session.clear();
    };
    // The tone is there at once; the agent's own audio as soon as it is read.
    const change = async () => {
      const audio = await this.#audioFile(HOLD_AUDIO_FILE);
      if (audio === null || isOver) return;
      stop();
      sound = playHoldAudio(audio, session, clock);
    };
    // A file that cannot be read leaves the caller with the tone.
    change().catch(() => undefined);
    return {
      [Symbol.dispose]() {
        isOver = true;
        stop();
      },
    };
  }

  /** Of the agent, by its name. */
  async #audioFile(name: string): Promise<FileAudio | null> {
    const { audioFiles = {} } = this.#call;
    const sha256 = Object.hasOwn(audioFiles, name) ? audioFiles[name] : undefined;
    return sha256 === undefined ? null : await this.#deps.audioFiles.read(sha256);
  }

  untilHeard(hurried: AbortSignal): Promise<void> {
    return this.#bridge.untilHeard(hurried);
  }

  close(): void {
    this.#bridge.close();
    this.#recording?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isReleased && !this.#isOpen) this.#deps.recordings?.unused(this.#call);
    this.#isReleased = true;
    this.close();
    await Promise.all([...this.#legs.values()].map((leg) => leg[Symbol.asyncDispose]()));
  }

  #addLeg(opened: OpenedSession): LocalLeg {
    const id = this.#nextLeg;
    this.#nextLeg += 1;
    const leg = new LocalLeg(id, opened, {
      sinkOf: (other) =>
        other === null ? this.#bridge.mediaSink : relayTo(this.#sessionOf(other)),
      gone: () => this.#legs.delete(id),
    });
    this.#legs.set(id, leg);
    return leg;
  }

  #sessionOf(id: number): MediaSession {
    const leg = this.#legs.get(id);
    if (leg === undefined) throw new Error(`the call has no leg ${id}`);
    return leg.session;
  }
}

interface LegSurroundings {
  /** Where what is heard goes: to another leg, or where there is none to the agent. */
  readonly sinkOf: (leg: number | null) => Parameters<MediaSession["start"]>[1];
  readonly gone: () => void;
}

class LocalLeg implements MediaLeg {
  readonly id: number;
  readonly session: MediaSession;
  readonly address: string;
  readonly rtpPort: number;
  readonly #around: LegSurroundings;
  #isReleased = false;

  constructor(id: number, { session, address, rtpPort }: OpenedSession, around: LegSurroundings) {
    this.id = id;
    this.session = session;
    this.address = address;
    this.rtpPort = rtpPort;
    this.#around = around;
  }

  get timedOut(): AbortSignal {
    return this.session.timedOut;
  }

  start(plan: MediaPlan, signallingAddress: string, to?: Pick<MediaLeg, "id">): void {
    this.session.start(plan, this.#around.sinkOf(to?.id ?? null), signallingAddress);
  }

  update(plan: MediaPlan): void {
    this.session.update(plan);
  }

  sendDigits(digits: string): void {
    this.session.sendDigits(digits, "auto");
  }

  async stop(): Promise<LegReport | null> {
    this.session.stop();
    const { session } = this;
    return { stats: session.stats(), quality: session.quality(), peer: session.peer() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#around.gone();
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.session[Symbol.asyncDispose]();
  }
}
