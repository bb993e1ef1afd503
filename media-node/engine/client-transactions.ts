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

/** RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2. */
export class InviteClientTransaction implements ClientTransaction {
  readonly request: SipRequest;
  readonly #deps: ClientTransactionDeps;
  #path: RequestPath;
  #state: "calling" | "proceeding" | "completed" | "accepted" | "terminated" = "calling";
  #retransmit: EngineTimer | null = null;
  #timeout: EngineTimer | null = null;
  #ack: SipRequest | null = null;

  constructor(deps: ClientTransactionDeps) {
    this.#deps = deps;
    this.#path = deps.path;
    this.request = deps.request;
  }

  get isUnanswered(): boolean {
    return this.#state === "calling";
  }

  start(): void {
    if (!this.#path.send(this.request)) {
      this.#fail("transport");
      return;
    }
    const timeoutMs = transactionTimeoutMs(this.#deps.timers);
    this.#timeout = this.#deps.clock.after(timeoutMs, () => this.#fail("timeout")); // Timer B
    if (!this.#path.isReliable) this.#startTimerA(this.#deps.timers.t1Ms);
  }

  resend(path: RequestPath): void {
    this.#path = path;
    if (this.#state === "calling" && !path.send(this.request)) this.#fail("transport");
  }

  receive(response: CheckedResponse): void {
    const { status } = response;
    if (this.#state === "completed") {
      // RFC 3261 §17.1.1.2: every repeat of the final response is acknowledged again, and goes no further.
      if (status >= 300 && this.#ack !== null) this.#path.send(this.#ack);
      return;
    }
    if (this.#state === "accepted") {
      // RFC 6026 §7.2: each 2xx, repeated or forked, goes to the core.
      if (status >= 200 && status < 300) this.#deps.onResponse(response);
      return;
    }
    if (this.#state === "terminated") return;
    this.#retransmit?.cancel();
    this.#timeout?.cancel();
    if (status < 200) {
      this.#state = "proceeding";
    } else if (status < 300) {
      this.#state = "accepted";
      const timeoutMs = transactionTimeoutMs(this.#deps.timers);
      this.#timeout = this.#deps.clock.after(timeoutMs, () => this.#terminate()); // Timer M
    } else {
      this.#complete(response);
    }
    this.#deps.onResponse(response);
  }

  abandon(): void {
    this.#terminate();
  }

  #complete(response: CheckedResponse): void {
    this.#state = "completed";
    this.#ack = makeNon2xxAck(this.request, response);
    this.#path.send(this.#ack);
    // Timer D: "at least 32 seconds" over UDP, zero over a reliable transport; a late repeat costs nothing to absorb.
    const absorbMs = this.#path.isReliable ? this.#deps.timers.t4Ms : 32_000;
    this.#timeout = this.#deps.clock.after(absorbMs, () => this.#terminate());
  }

  #startTimerA(intervalMs: number): void {
    this.#retransmit = this.#deps.clock.after(intervalMs, () => {
      if (this.#state !== "calling") return;
      this.#path.send(this.request);
      this.#startTimerA(2 * intervalMs);
    });
  }

  #fail(cause: "timeout" | "transport"): void {
    if (this.#state === "terminated") return;
    this.#terminate();
    this.#deps.onFailure(cause);
  }

  #terminate(): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#retransmit?.cancel();
    this.#timeout?.cancel();
    this.#deps.onTerminated();
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
export class NonInviteClientTransaction implements ClientTransaction {
  readonly request: SipRequest;
  readonly #deps: ClientTransactionDeps;
  #path: RequestPath;
  #state: "trying" | "proceeding" | "completed" | "terminated" = "trying";
  #retransmit: EngineTimer | null = null;
  #timeout: EngineTimer | null = null;

  constructor(deps: ClientTransactionDeps) {
    this.#deps = deps;
    this.#path = deps.path;
    this.request = deps.request;
  }

  get isUnanswered(): boolean {
    return this.#state === "trying";
  }

  start(): void {
    if (!this.#path.send(this.request)) {
      this.#fail("transport");
      return;
    }
    const timeoutMs = transactionTimeoutMs(this.#deps.timers);
    this.#timeout = this.#deps.clock.after(timeoutMs, () => this.#fail("timeout")); // Timer F
    if (!this.#path.isReliable) this.#startTimerE(this.#deps.timers.t1Ms);
  }

  resend(path: RequestPath): void {
    this.#path = path;
    if (this.#state === "trying" && !path.send(this.request)) this.#fail("transport");
  }

  receive(response: CheckedResponse): void {
    if (this.#state === "completed" || this.#state === "terminated") return;
    if (response.status < 200) {
      this.#state = "proceeding";
      this.#deps.onResponse(response);
      return;
    }
    this.#state = "completed";
    this.#retransmit?.cancel();
    this.#timeout?.cancel();
    const absorbMs = this.#path.isReliable ? 0 : this.#deps.timers.t4Ms;
    this.#timeout = this.#deps.clock.after(absorbMs, () => this.#terminate()); // Timer K
    this.#deps.onResponse(response);
  }

  abandon(): void {
    this.#terminate();
  }

  #startTimerE(intervalMs: number): void {
    this.#retransmit = this.#deps.clock.after(intervalMs, () => {
      if (this.#state !== "trying" && this.#state !== "proceeding") return;
      this.#path.send(this.request);
      const { t2Ms } = this.#deps.timers;
      this.#startTimerE(this.#state === "proceeding" ? t2Ms : Math.min(2 * intervalMs, t2Ms));
    });
  }

  #fail(cause: "timeout" | "transport"): void {
    if (this.#state === "terminated") return;
    this.#terminate();
    this.#deps.onFailure(cause);
  }

  #terminate(): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#retransmit?.cancel();
    this.#timeout?.cancel();
    this.#deps.onTerminated();
  }
}
