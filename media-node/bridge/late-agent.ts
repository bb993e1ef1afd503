import type {
  AgentActionOutcome,
  AgentConnection,
  AgentSink,
  DigitSequence,
  Resumption,
  VoicemailNews,
} from "../call/agent-ports.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import type { Clock } from "../call/ports.ts";
import type { TransferUpdate } from "../call/transfer/transfers.ts";
import { AgentReturn } from "./agent-return.ts";

/** What may wait for an agent that is not there: more than a caller presses in any outage. */
const MAX_WAITING = 1_000;

interface LateAgentDeps {
  readonly clock: Clock;
  /** Another connection to the agent; rejects when it cannot be had. */
  readonly reconnect: (
    resumption: Resumption,
    signal: AbortSignal,
    handshakeMs: number,
  ) => Promise<AgentConnection>;
  /** The connection is lost in mid-call, and the agent may come back. */
  readonly away: (detail: string) => void;
  /** The agent is there again: told before anything that it says. */
  readonly back: (resumption: Resumption) => void;
}

/**
 * An agent that may be told of the call before it is there, and that comes back when its connection is lost in mid-call: what
 * lasts is told when it is there, what it would have heard is not kept.
 */
export class LateAgent implements AgentConnection {
  /** Rejects with what kept it from being connected. */
  readonly accepted: Promise<void>;
  readonly #deps: LateAgentDeps;
  readonly #connecting: Promise<AgentConnection | null>;
  readonly #return: AgentReturn;
  #connected: AgentConnection | null = null;
  #sink: AgentSink | null = null;
  /** What it must still be told, in order. */
  readonly #waiting: ((agent: AgentConnection) => void)[] = [];
  #isAnswered = false;
  #isHeld = false;
  /** It has hung up, or the call is over for it: its connection is not wanted any more. */
  #isOver = false;
  #lastMark: string | null = null;

  constructor(connecting: Promise<AgentConnection>, deps: LateAgentDeps) {
    this.#deps = deps;
    this.#return = new AgentReturn(deps.clock, deps.reconnect);
    const connected = connecting.then((agent) => {
      this.#connected = agent;
      for (const tell of this.#waiting.splice(0)) tell(agent);
      return agent;
    });
    this.#connecting = connected.catch(() => null);
    this.accepted = connected.then(() => undefined);
    // Whoever waits for it is told; an agent that nobody waits for any more has failed nobody.
    this.accepted.catch(() => undefined);
  }

  attach(sink: AgentSink): void {
    this.#sink = {
      ...sink,
      hangUp: (reason) => {
        this.#isOver = true;
        sink.hangUp(reason);
      },
      closed: (detail, mayReturn) => this.#closed(sink, detail, mayReturn),
    };
    const own = this.#sink;
    this.#tell((agent) => agent.attach(own));
  }

  ringing(): void {
    this.#tell((agent) => agent.ringing?.());
  }

  answered(): void {
    this.#isAnswered = true;
    this.#tell((agent) => agent.answered());
  }

  audio(frame: Int16Array): void {
    const agent = this.#connected;
    if (this.#isAnswered || agent?.wantsEarlyAudio === true) agent?.audio(frame);
  }

  digit(digit: string, durationMs: number): void {
    this.#tell((agent) => agent.digit(digit, durationMs));
  }

  digitsCollected(sequence: DigitSequence): void {
    this.#tell((agent) => agent.digitsCollected(sequence));
  }

  digitsSent(digits: string, outcome: "sent" | "dropped"): void {
    this.#connected?.digitsSent(digits, outcome);
  }

  acted(outcome: AgentActionOutcome): void {
    this.#connected?.acted?.(outcome);
  }

  transferring(update: TransferUpdate): void {
    this.#tell((agent) => agent.transferring(update));
  }

  markReached(name: string, outcome: "played" | "cleared", playedMs: number): void {
    if (outcome === "played") this.#lastMark = name;
    this.#connected?.markReached(name, outcome, playedMs);
  }

  farEndChanged(party: string): void {
    this.#tell((agent) => agent.farEndChanged?.(party));
  }

  voicemail(news: VoicemailNews): void {
    this.#tell((agent) => agent.voicemail?.(news));
  }

  held(isHeld: boolean): void {
    this.#isHeld = isHeld;
    // An agent that comes back is told how it is then.
    if (!this.#return.isUnderWay) this.#tell((agent) => agent.held(isHeld));
  }

  playoutFull(): void {
    this.#connected?.playoutFull();
  }

  ended(code: CallEndCode): void {
    this.#isOver = true;
    this.#return.giveUp();
    this.#tell((agent) => agent.ended(code));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#return.giveUp();
    await this.#connecting;
    await this.#connected?.[Symbol.asyncDispose]();
  }

  #closed(sink: AgentSink, detail: string, mayReturn: boolean): void {
    const wasThere = this.#isAnswered && !this.#isOver;
    if (!wasThere || !mayReturn || !this.#return.isWorthWhile()) {
      sink.closed(detail, false);
      return;
    }
    if (this.#connected !== null) release(this.#connected);
    this.#connected = null;
    const isNew = !this.#return.isUnderWay;
    this.#deps.away(detail);
    if (isNew) void this.#comeBack(sink, detail);
  }

  /** Never rejects. */
  async #comeBack(sink: AgentSink, detail: string): Promise<void> {
    const returned = await this.#return.attempt(() => this.#lastMark);
    if (returned.kind === "given_up") return;
    if (returned.kind === "gone") {
      sink.closed(`${detail}; it did not come back: ${returned.detail}`, false);
      return;
    }
    const { agent, resumption } = returned;
    if (this.#isOver) {
      // Its return crossed the end of the call.
      release(agent);
      return;
    }
    this.#connected = agent;
    this.#deps.back(resumption);
    if (this.#sink !== null) agent.attach(this.#sink);
    agent.answered();
    if (this.#isHeld) agent.held(true);
    for (const tell of this.#waiting.splice(0)) tell(agent);
  }

  #tell(tell: (agent: AgentConnection) => void): void {
    if (this.#connected !== null) tell(this.#connected);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(tell);
  }
}

/** Of a connection that nobody speaks to any more: its timers go with it. */
function release(agent: AgentConnection): void {
  agent[Symbol.asyncDispose]().then(undefined, () => undefined);
}
