import type { AgentCall, AgentTarget } from "../call/agent-ports.ts";
import { whenAborted } from "../call/ending.ts";
import type {
  AgentLink,
  CallMedia,
  CallMediaEvents,
  LegReport,
  MediaLeg,
  Talk,
} from "../call/media-ports.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import type { CallNews } from "./messages.ts";
import { RemoteAgent } from "./remote-agent.ts";
import type { RemoteProcess } from "./remote-media.ts";

type Opened = NonNullable<Extract<CallNews, { kind: "opened" }>["opened"]>;
/** What is about a call that is known, and no answer. */
type EventNews = Extract<CallNews, { readonly call: number }>;

/** A call's media in another process. */
export class RemoteCallMedia implements CallMedia {
  readonly first: RemoteLeg;
  readonly #call: number;
  readonly #events: CallMediaEvents;
  readonly #remote: RemoteProcess;
  readonly #released: () => void;
  readonly #legs = new Map<number, RemoteLeg>();
  #agent: RemoteAgent | null = null;
  #talk: Talk | null = null;

  constructor(
    call: number,
    opened: Opened,
    events: CallMediaEvents,
    remote: RemoteProcess,
    released: () => void,
  ) {
    this.#call = call;
    this.#events = events;
    this.#remote = remote;
    this.#released = released;
    this.first = this.#addLeg(opened);
  }

  async openLeg(): Promise<MediaLeg | null> {
    const answer = await this.#remote.openLeg(this.#call);
    if (answer.kind === "failed") throw new Error(answer.detail);
    return answer.kind === "opened" ? this.#addLeg(answer.leg) : null;
  }

  connectAgent(
    target: Promise<AgentTarget>,
    call: AgentCall | Promise<AgentCall>,
    signal: AbortSignal,
    { isListening }: { readonly isListening: boolean },
  ): AgentLink {
    const agent = new RemoteAgent(this.#call, this.#remote, isListening);
    this.#agent = agent;
    agent.connect(target, call, signal);
    return agent;
  }

  open(talk: Talk): void {
    this.#talk = talk;
    const { silenceTimeoutSecs, voicemail } = talk;
    this.#remote.post({ kind: "talk", call: this.#call, silenceTimeoutSecs, voicemail });
  }

  hold(isHeld: boolean): void {
    this.#remote.post({ kind: "hold", call: this.#call, isHeld });
  }

  infoDigit(digit: string, durationMs: number): void {
    this.#remote.post({ kind: "info_digit", call: this.#call, digit, durationMs });
  }

  turnTo({ id }: Pick<MediaLeg, "id">): void {
    this.#remote.post({ kind: "turn_to", call: this.#call, leg: id });
  }

  join({ id }: Pick<MediaLeg, "id">): void {
    this.#remote.post({ kind: "join", call: this.#call, leg: id });
  }

  comfort(): void {
    this.#remote.post({ kind: "comfort", call: this.#call });
  }

  announce(sha256: string): Promise<boolean> {
    return this.#remote.announce(this.#call, sha256);
  }

  playHoldTone(): Disposable {
    const play = (isPlaying: boolean): void =>
      this.#remote.post({ kind: "hold_tone", call: this.#call, isPlaying });
    play(true);
    return { [Symbol.dispose]: () => play(false) };
  }

  async untilHeard(hurried: AbortSignal): Promise<void> {
    const call = this.#call;
    const over = Promise.withResolvers<void>();
    using _hurry = whenAborted(hurried, over.resolve);
    // The other side has the limit.
    const heard = this.#remote.ask((request) => ({ kind: "until_heard", call, request }), null);
    await Promise.race([heard, over.promise]);
  }

  close(): void {
    this.#remote.post({ kind: "close", call: this.#call });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const call = this.#call;
    await this.#remote.ask((request) => ({ kind: "release", call, request }));
    this.#released();
  }

  receive(news: EventNews): void {
    switch (news.kind) {
      case "timed_out":
        this.#legs.get(news.leg)?.timeOut();
        return;
      case "agent_accepted":
        this.#agent?.accept();
        return;
      case "agent_refused":
        this.#agent?.refuse(news.detail, news.isFault);
        return;
      case "agent_hung_up":
        this.#events.agentHungUp(news.reason);
        return;
      case "agent_away":
        this.#events.agentAway(news.detail);
        return;
      case "agent_back": {
        const { count, awayMs } = news;
        this.#events.agentBack({ count, awayMs });
        return;
      }
      case "agent_lost":
        this.#events.agentLost(news.detail);
        return;
      case "transfer":
        this.#talk?.transfer(news.request);
        return;
      case "transcript":
        this.#talk?.transcript(news.event);
        return;
      case "silent":
        this.#talk?.silent();
        return;
      case "screened":
        this.#talk?.screened(news.report);
        return;
      case "failed":
        this.#events.failed(news.detail);
        return;
      default:
        news satisfies never;
    }
  }

  /** The process is gone. */
  lose(detail: string): void {
    this.#events.lost(detail);
    this.#agent?.refuse(detail, false);
  }

  #addLeg(opened: Opened): RemoteLeg {
    const leg = new RemoteLeg(this.#call, opened, this.#remote);
    this.#legs.set(leg.id, leg);
    return leg;
  }
}

class RemoteLeg implements MediaLeg {
  readonly id: number;
  readonly address: string;
  readonly rtpPort: number;
  readonly #call: number;
  readonly #remote: RemoteProcess;
  readonly #timeout = new AbortController();
  #stopped: Promise<LegReport | null> | null = null;

  constructor(call: number, { leg, address, rtpPort }: Opened, remote: RemoteProcess) {
    this.id = leg;
    this.address = address;
    this.rtpPort = rtpPort;
    this.#call = call;
    this.#remote = remote;
  }

  get timedOut(): AbortSignal {
    return this.#timeout.signal;
  }

  start(plan: MediaPlan, signallingAddress: string, to?: Pick<MediaLeg, "id">): void {
    this.#remote.post({
      kind: "start",
      call: this.#call,
      leg: this.id,
      plan,
      signallingAddress,
      relayTo: to?.id ?? null,
    });
  }

  update(plan: MediaPlan): void {
    this.#remote.post({ kind: "update", call: this.#call, leg: this.id, plan });
  }

  sendDigits(digits: string): void {
    this.#remote.post({ kind: "send_digits", call: this.#call, leg: this.id, digits });
  }

  stop(): Promise<LegReport | null> {
    this.#stopped ??= this.#remote.stop(this.#call, this.id);
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    const { id: leg } = this;
    const call = this.#call;
    return this.#remote.ask((request) => ({ kind: "release_leg", call, request, leg }));
  }

  timeOut(): void {
    this.#timeout.abort();
  }
}
