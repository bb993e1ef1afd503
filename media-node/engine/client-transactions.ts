import type { SipHeader, SipRequest } from "../protocol/sip/message.ts";
import { emptyBody, headerList, headerValue } from "../protocol/sip/message.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { CheckedResponse } from "./message-parts.ts";
import { type SipTimers, transactionTimeoutMs } from "./timers.ts";

/** Where a client transaction's requests go. */
export interface RequestPath {
  readonly isReliable: boolean;
  /** False when the connection is gone. */
  send(request: SipRequest): boolean;
}

export interface ClientTransactionDeps {
  readonly request: SipRequest;
  readonly path: RequestPath;
  readonly clock: EngineClock;
  readonly timers: SipTimers;
  readonly onResponse: (response: CheckedResponse) => void;
  /** No final response came, or the request could not be sent: the last thing that is heard. */
  readonly onFailure: (cause: "timeout" | "transport") => void;
  readonly onTerminated: () => void;
}

export interface ClientTransaction {
  readonly request: SipRequest;
  start(): void;
  receive(response: CheckedResponse): void;
  /** The connection closed under it. Sends the same request again, by the new path if there is one. */
  resend(path: RequestPath): void;
  /** Nothing at all has been heard from the peer. */
  readonly isUnanswered: boolean;
  abandon(): void;
}

/** What both kinds share: the first send, the time limit, another path, and the end. */
abstract class SentRequest implements ClientTransaction {
  readonly request: SipRequest;
  protected readonly deps: ClientTransactionDeps;
  protected path: RequestPath;
  protected retransmit: EngineTimer | null = null;
  protected isTerminated = false;
  #timeout: EngineTimer | null = null;

  constructor(deps: ClientTransactionDeps) {
    this.deps = deps;
    this.path = deps.path;
    this.request = deps.request;
  }

  abstract readonly isUnanswered: boolean;
  abstract receive(response: CheckedResponse): void;
  /** Repeats the request over an unreliable path until an answer stops it: Timers A and E. */
  protected abstract repeatAfter(intervalMs: number): void;

  start(): void {
    if (!this.path.send(this.request)) {
      this.#fail("transport");
      return;
    }
    const timeoutMs = transactionTimeoutMs(this.deps.timers);
    this.#timeout = this.deps.clock.after(timeoutMs, () => this.#fail("timeout")); // Timers B and F
    if (!this.path.isReliable) this.repeatAfter(this.deps.timers.t1Ms);
  }

  resend(path: RequestPath): void {
    this.path = path;
    if (this.isUnanswered && !path.send(this.request)) this.#fail("transport");
  }

  abandon(): void {
    this.#terminate();
  }

  /** An answer has come: nothing is repeated, and the time limit no longer holds. */
  protected stopTimers(): void {
    this.retransmit?.cancel();
    this.#timeout?.cancel();
  }

  protected terminateAfter(delayMs: number): void {
    this.#timeout = this.deps.clock.after(delayMs, () => this.#terminate());
  }

  #fail(cause: "timeout" | "transport"): void {
    if (this.isTerminated) return;
    this.#terminate();
    this.deps.onFailure(cause);
  }

  #terminate(): void {
    if (this.isTerminated) return;
    this.isTerminated = true;
    this.stopTimers();
    this.deps.onTerminated();
  }
}

/** RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2. */
export class InviteClientTransaction extends SentRequest {
  #state: "calling" | "proceeding" | "completed" | "accepted" = "calling";
  #ack: SipRequest | null = null;

  get isUnanswered(): boolean {
    return this.#state === "calling" && !this.isTerminated;
  }

  receive(response: CheckedResponse): void {
    if (this.isTerminated) return;
    const { status } = response;
    if (this.#state === "completed") {
      // RFC 3261 §17.1.1.2: every repeat of the final response is acknowledged again, and goes no further.
      if (status >= 300 && this.#ack !== null) this.path.send(this.#ack);
      return;
    }
    if (this.#state === "accepted") {
      // RFC 6026 §7.2: each 2xx, repeated or forked, goes to the core.
      if (status >= 200 && status < 300) this.deps.onResponse(response);
      return;
    }
    this.stopTimers();
    if (status < 200) {
      this.#state = "proceeding";
    } else if (status < 300) {
      this.#state = "accepted";
      this.terminateAfter(transactionTimeoutMs(this.deps.timers)); // Timer M
    } else {
      this.#complete(response);
    }
    this.deps.onResponse(response);
  }

  #complete(response: CheckedResponse): void {
    this.#state = "completed";
    this.#ack = makeNon2xxAck(this.request, response);
    this.path.send(this.#ack);
    // Timer D: "at least 32 seconds" over UDP, zero over a reliable transport; a late repeat costs nothing to absorb.
    this.terminateAfter(this.path.isReliable ? this.deps.timers.t4Ms : 32_000);
  }

  protected repeatAfter(intervalMs: number): void {
    this.retransmit = this.deps.clock.after(intervalMs, () => {
      if (!this.isUnanswered) return;
      this.path.send(this.request);
      this.repeatAfter(2 * intervalMs);
    });
  }
}

/** RFC 3261 §17.1.1.3: same Request-URI, top Via, From, Call-ID, CSeq number and Route; To of the response. */
function makeNon2xxAck(request: SipRequest, response: CheckedResponse): SipRequest {
  const headers: SipHeader[] = [{ name: "Via", value: headerList(request, "Via")[0] ?? "" }];
  for (const header of request.headers) if (header.name === "Route") headers.push(header);
  headers.push(
    { name: "Max-Forwards", value: "70" },
    { name: "From", value: headerValue(request, "From") ?? "" },
    { name: "To", value: headerValue(response.message, "To") ?? "" },
    { name: "Call-ID", value: headerValue(request, "Call-ID") ?? "" },
    { name: "CSeq", value: `${response.cseq.number} ACK` },
  );
  const { requestUri } = request.startLine;
  return { startLine: { kind: "request", method: "ACK", requestUri }, headers, body: emptyBody() };
}

/** RFC 3261 §17.1.2. */
export class NonInviteClientTransaction extends SentRequest {
  #state: "trying" | "proceeding" | "completed" = "trying";

  get isUnanswered(): boolean {
    return this.#state === "trying" && !this.isTerminated;
  }

  receive(response: CheckedResponse): void {
    if (this.#state === "completed" || this.isTerminated) return;
    if (response.status < 200) {
      this.#state = "proceeding";
      this.deps.onResponse(response);
      return;
    }
    this.#state = "completed";
    this.stopTimers();
    this.terminateAfter(this.path.isReliable ? 0 : this.deps.timers.t4Ms); // Timer K
    this.deps.onResponse(response);
  }

  protected repeatAfter(intervalMs: number): void {
    this.retransmit = this.deps.clock.after(intervalMs, () => {
      if (this.#state === "completed" || this.isTerminated) return;
      this.path.send(this.request);
      const { t2Ms } = this.deps.timers;
      this.repeatAfter(this.#state === "proceeding" ? t2Ms : Math.min(2 * intervalMs, t2Ms));
    });
  }
}
