import type {
  AgentConnection,
  AgentSink,
  DigitSequence,
  VoicemailNews,
} from "../call/agent-ports.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import type { TransferUpdate } from "../call/transfer/transfers.ts";

/** An agent that may be told of the call before it is there: what lasts is told when it is, what it would have heard is not kept. */
export class LateAgent implements AgentConnection {
  /** Rejects with what kept it from being connected. */
  readonly accepted: Promise<void>;
  readonly #connecting: Promise<AgentConnection | null>;
  #connected: AgentConnection | null = null;
  /** What it must still be told, in order. */
  readonly #waiting: ((agent: AgentConnection) => void)[] = [];
  #isAnswered = false;

  constructor(connecting: Promise<AgentConnection>) {
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
    this.#tell((agent) => agent.attach(sink));
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

  transferring(update: TransferUpdate): void {
    this.#connected?.transferring(update);
  }

  markReached(name: string, outcome: "played" | "cleared", playedMs: number): void {
    this.#connected?.markReached(name, outcome, playedMs);
  }

  farEndChanged(party: string): void {
    this.#tell((agent) => agent.farEndChanged?.(party));
  }

  voicemail(news: VoicemailNews): void {
    this.#tell((agent) => agent.voicemail?.(news));
  }

  held(isHeld: boolean): void {
    this.#tell((agent) => agent.held(isHeld));
  }

  playoutFull(): void {
    this.#connected?.playoutFull();
  }

  ended(code: CallEndCode): void {
    this.#tell((agent) => agent.ended(code));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#connecting)?.[Symbol.asyncDispose]();
  }

  #tell(tell: (agent: AgentConnection) => void): void {
    if (this.#connected === null) this.#waiting.push(tell);
    else tell(this.#connected);
  }
}
