import type { SipResponse } from "../protocol/sip/message.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import { KeptResponse } from "./kept-response.ts";
import type { CheckedRequest, RequestName } from "./message-parts.ts";
import { type SipTimers, transactionTimeoutMs } from "./timers.ts";
import type { TrunkNames } from "./trunk-names.ts";

/** Where a server transaction's responses go. */
export interface ResponsePath {
  readonly isReliable: boolean;
  /** What was sent last may not have arrived: its connection is gone. */
  readonly isLost: boolean;
  /** A repeat of the request came by this connection, which takes the place of one that is gone. */
  moveTo(connection: SipConnection): void;
  /** What a connection may prove that takes the place of one that is gone; `shown` is what its peer has shown before. */
  learn(trunkNames: TrunkNames, shown: string | null): void;
  send(response: SipResponse): void;
}

/** The same for all of them: there are tens of thousands. */
export interface ServerTransactionDeps {
  readonly clock: EngineClock;
  readonly timers: SipTimers;
  readonly onTerminated: (transaction: ServerTransaction) => void;
}

export interface ServerTransaction {
  /** The request itself is not kept: a transaction outlives its answer by half a minute, and there are many. */
  readonly name: RequestName;
  readonly path: ResponsePath;
  /** True until a final response has been given. */
  readonly isPending: boolean;
  respond(response: SipResponse): void;
  /** A repeat of the request, or the ACK that belongs to this transaction. */
  receive(request: CheckedRequest): void;
  /** Forgets every timer without sending anything. */
  abandon(): void;
}

/** RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1. */
export class InviteServerTransaction implements ServerTransaction {
  readonly name: RequestName;
  readonly path: ResponsePath;
  readonly #deps: ServerTransactionDeps;
  #state: "proceeding" | "completed" | "confirmed" | "accepted" | "terminated" = "proceeding";
  #lastResponse: SipResponse | null = null;
  #retransmit: EngineTimer | null = null;
  #timeout: EngineTimer | null = null;

  constructor(name: RequestName, path: ResponsePath, deps: ServerTransactionDeps) {
    this.#deps = deps;
    this.name = name;
    this.path = path;
  }

  get isPending(): boolean {
    return this.#state === "proceeding";
  }

  /** A 2xx has been sent: its ACK belongs to the dialog, not to this transaction. */
  get isAccepted(): boolean {
    return this.#state === "accepted";
  }

  /** A 2xx moves to Accepted: its retransmission is the UAS core's (RFC 3261 §13.3.1.4). */
  respond(response: SipResponse): void {
    const { status } = response.startLine;
    if (this.#state === "accepted" && status >= 200 && status < 300) {
      this.path.send(response);
      return;
    }
    if (this.#state !== "proceeding") return;
    this.#lastResponse = response;
    this.path.send(response);
    if (status < 200) return;
    const timeoutMs = transactionTimeoutMs(this.#deps.timers);
    if (status < 300) {
      this.#state = "accepted";
      this.#lastResponse = null;
      this.#timeout = this.#deps.clock.after(timeoutMs, () => this.#terminate()); // Timer L
      return;
    }
    this.#state = "completed";
    this.#timeout = this.#deps.clock.after(timeoutMs, () => this.#terminate()); // Timer H
    this.#startTimerG(this.#deps.timers.t1Ms);
  }

  receive(request: CheckedRequest): void {
    if (request.method === "ACK") {
      if (this.#state === "completed") this.#confirm();
      return;
    }
    // RFC 6026 §7.1: in the Accepted state a repeated INVITE is absorbed; the core repeats the 2xx.
    if (this.#state !== "proceeding" && this.#state !== "completed") return;
    if (this.#lastResponse !== null) this.path.send(this.#lastResponse);
  }

  abandon(): void {
    this.#terminate();
  }

  #confirm(): void {
    this.#state = "confirmed";
    this.#retransmit?.cancel();
    this.#timeout?.cancel();
    if (this.path.isReliable) {
      this.#terminate();
      return;
    }
    this.#timeout = this.#deps.clock.after(this.#deps.timers.t4Ms, () => this.#terminate()); // Timer I
  }

  /** Over a reliable transport once, when its connection is lost: what that had taken may not have arrived. */
  #startTimerG(intervalMs: number): void {
    this.#retransmit = this.#deps.clock.after(intervalMs, () => {
      if (this.#state !== "completed" || this.#lastResponse === null) return;
      const { isReliable, isLost } = this.path;
      if (!isReliable || isLost) this.path.send(this.#lastResponse);
      if (isReliable && isLost) return;
      this.#startTimerG(Math.min(2 * intervalMs, this.#deps.timers.t2Ms));
    });
  }

  #terminate(): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#retransmit?.cancel();
    this.#timeout?.cancel();
    this.#deps.onTerminated(this);
  }
}

/** RFC 3261 §17.2.2. */
export class NonInviteServerTransaction implements ServerTransaction {
  readonly name: RequestName;
  readonly path: ResponsePath;
  readonly #deps: ServerTransactionDeps;
  #state: "trying" | "proceeding" | "completed" | "terminated" = "trying";
  #lastResponse: KeptResponse | null = null;
  #timeout: EngineTimer | null = null;

  constructor(name: RequestName, path: ResponsePath, deps: ServerTransactionDeps) {
    this.#deps = deps;
    this.name = name;
    this.path = path;
  }

  get isPending(): boolean {
    return this.#state === "trying" || this.#state === "proceeding";
  }

  respond(response: SipResponse): void {
    if (!this.isPending) return;
    this.path.send(response);
    this.#lastResponse = new KeptResponse(response);
    if (response.startLine.status < 200) {
      this.#state = "proceeding";
      return;
    }
    this.#state = "completed";
    // Timer J. On a reliable transport the peer repeats nothing, but may send again over a new connection.
    this.#timeout = this.#deps.clock.after(
      this.path.isReliable ? this.#deps.timers.t4Ms : transactionTimeoutMs(this.#deps.timers),
      () => this.abandon(),
    );
  }

  receive(): void {
    if (this.#lastResponse !== null && this.#state !== "terminated") {
      this.path.send(this.#lastResponse.restore());
    }
  }

  abandon(): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#timeout?.cancel();
    this.#deps.onTerminated(this);
  }
}
