import type { AgentCall, AgentTarget } from "../call/agent-ports.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import { whenAborted } from "../call/ending.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { AgentLink } from "../call/media-ports.ts";
import type { TransferUpdate } from "../call/transfer/transfers.ts";
import type { AgentNews } from "./messages.ts";
import type { RemoteProcess } from "./remote-media.ts";

/** A call's agent, whose connection is in another process. */
export class RemoteAgent implements AgentLink {
  readonly accepted: Promise<void>;
  readonly #accepted = Promise.withResolvers<void>();
  readonly #call: number;
  readonly #remote: RemoteProcess;

  constructor(call: number, remote: RemoteProcess, isListening: boolean) {
    this.#call = call;
    this.#remote = remote;
    this.accepted = this.#accepted.promise;
    // Whoever waits for it is told; an agent that nobody waits for any more has failed nobody.
    this.accepted.catch(() => undefined);
    remote.post({ kind: "connect_agent", call, isListening });
    if (remote.isLost) this.refuse("the media process is gone", false);
  }

  /** What the connection needs is sent as it becomes known; what does not become known ends the attempt. */
  connect(
    target: Promise<AgentTarget>,
    agentCall: AgentCall | Promise<AgentCall>,
    signal: AbortSignal,
  ): void {
    const call = this.#call;
    const giveUp = (fault: unknown): void => {
      this.#accepted.reject(fault);
      this.#remote.post({ kind: "abandon_agent", call });
    };
    const attempt = whenAborted(signal, () => giveUp(new AgentUnavailable("the call ended first")));
    const over = (): void => attempt[Symbol.dispose]();
    this.accepted.then(over, over);
    target.then(
      (known) => this.#remote.post({ kind: "agent_target", call, target: known }),
      giveUp,
    );
    const tell = (known: AgentCall): void =>
      this.#remote.post({ kind: "agent_call", call, agentCall: known });
    if (agentCall instanceof Promise) agentCall.then(tell, giveUp);
    else tell(agentCall);
  }

  accept(): void {
    this.#accepted.resolve();
  }

  refuse(detail: string, isFault: boolean): void {
    this.#accepted.reject(isFault ? new Error(detail) : new AgentUnavailable(detail));
  }

  ringing(): void {
    this.#tell({ kind: "ringing" });
  }

  transferring(update: TransferUpdate): void {
    this.#tell({ kind: "transferring", update });
  }

  farEndChanged(party: string): void {
    this.#tell({ kind: "far_end_changed", party });
  }

  ended(code: CallEndCode): void {
    this.#tell({ kind: "ended", code });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const call = this.#call;
    await this.#remote.ask((request) => ({ kind: "close_agent", call, request }));
  }

  #tell(news: AgentNews): void {
    this.#remote.post({ kind: "tell_agent", call: this.#call, news });
  }
}
