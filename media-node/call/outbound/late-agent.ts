import type { CallEndCode } from "../call-ends.ts";
import type { DigitSequence } from "../digit-input.ts";
import type { AgentConnection, AgentSink } from "../ports.ts";
import type { TransferUpdate } from "../transfer/transfers.ts";

/**
 * An agent that is connected while the called side rings. It can be told of the call before it is there: what lasts is
 * told when it is, what it would have heard is not kept.
 */
export class LateAgent implements AgentConnection {
  readonly #connecting: Promise<AgentConnection | null>;
  #connected: AgentConnection | null = null;
  /** What it must still be told, in order. */
  readonly #waiting: ((agent: AgentConnection) => void)[] = [];
  #isAnswered = false;

  /** `failed` is told once when there will be no agent. */
  constructor(connecting: Promise<AgentConnection>, failed: (fault: unknown) => void) {
    this.#connecting = connecting.then(
      (agent) => {
        this.#connected = agent;
        for (const tell of this.#waiting.splice(0)) tell(agent);
        return agent;
      },
      (fault: unknown) => {
        failed(fault);
        return null;
      },
    );
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

  markReached(name: string, outcome: "played" | "cleared"): void {
    this.#connected?.markReached(name, outcome);
  }

  farEndChanged(party: string): void {
    this.#tell((agent) => agent.farEndChanged?.(party));
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
