import type { AgentCall, AgentSink } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { CallLogger } from "../call/ports.ts";
import { CLOSE_NORMAL } from "../protocol/websocket/frames.ts";
import { Allowance } from "./allowance.ts";
import type { OpenSocket } from "./connect.ts";
import type { AgentSocket } from "./websocket/agent-socket.ts";

/** Of an agent that keeps sending what is not the protocol, the connection is closed. */
const MAX_MALFORMED = 20;
/** As many as there are frames of 20 ms in what can be queued, and more: frameworks set one behind each piece of audio. */
export const MAX_PENDING_MARKS = 2_048;
/** Events of the call that wait in the socket: an agent that reads none of them is lost. */
const MAX_UNREAD_BYTES = 1_048_576;
/** How long the closing handshake may take. */
const CLOSE_MS = 1_000;
/** RFC 6455 §7.4.1. */
const CLOSE_POLICY = 1008;

/** What a protocol does with its connection. Bytes are those from `start` to `end`, and belong to it until it returns. */
export interface LineProtocol {
  /** The connection is open and the call is known; once. */
  start(call: AgentCall): void;
  /** Valid UTF-8. */
  text(bytes: Buffer, start: number, end: number): void;
  binary(bytes: Buffer, start: number, end: number): void;
  /** Whether an accepted agent that closes so wants the call ended, as with a hang-up. */
  isHangUp(closeCode: number): boolean;
  /** What the log of the connection's end says beside its detail. */
  report(): Readonly<Record<string, unknown>>;
}

/**
 * The care of one connection to an agent, whatever is spoken over it: what the agent may send, whether it is alive and reads,
 * what it said before the call listens, and how either side closes.
 */
export class AgentLine {
  readonly socket: AgentSocket;
  readonly #protocol: LineProtocol;
  readonly #logger: CallLogger;
  readonly #accepted = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #allowance = new Allowance(performance.now());
  readonly #keepAlive: NodeJS.Timeout;
  /** What came in one read with the acceptance, before the call attached its sink; the socket is paused meanwhile. */
  readonly #early: ((sink: AgentSink) => void)[] = [];
  /** Null until it is told to the agent. */
  #call: AgentCall | null = null;
  #sink: AgentSink | null = null;
  #closing: NodeJS.Timeout | undefined;
  #isAccepted = false;
  #isOver = false;
  #isAlive = true;
  #isCutOff = false;
  #malformed = 0;
  #pendingMarks = 0;
  #lastError = "";
  /** What the opening of the connection sets off. */
  #opened: () => void = () => {};

  /** The protocol is told nothing before this returns. */
  constructor(
    open: OpenSocket,
    call: AgentCall | Promise<AgentCall>,
    protocol: LineProtocol,
    logger: CallLogger,
    keepAliveMs: number,
  ) {
    this.#protocol = protocol;
    this.#logger = logger;
    this.socket = open({
      opened: () => this.#opened(),
      text: (bytes, start, end) => {
        if (this.#mayTake(end - start)) protocol.text(bytes, start, end);
      },
      binary: (bytes, start, end) => {
        if (this.#mayTake(end - start)) protocol.binary(bytes, start, end);
      },
      pong: () => {
        this.#isAlive = true;
      },
      closed: (code, reason, fault) => this.#onClose(code, reason, fault),
    });
    this.#keepAlive = setInterval(() => this.#checkAlive(), keepAliveMs).unref();
    if (call instanceof Promise) this.#startWhenKnown(call);
    else this.#opened = () => this.#start(call);
  }

  /** Rejects with AgentUnavailable, or with what the call was rejected with. */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** The agent has accepted, once: nothing more is read until the call listens. */
  accept(): void {
    this.#isAccepted = true;
    this.socket.pause();
    this.#accepted.resolve();
  }

  /** The agent has declined, or cannot be had: the end of an attempt. */
  fail(detail: string): void {
    this.#accepted.reject(new AgentUnavailable(detail));
    this.socket.terminate();
  }

  /** Nobody waits for the acceptance any more. */
  abandon(reason: string): void {
    if (!this.#isAccepted) this.fail(reason);
  }

  attach(sink: AgentSink): void {
    this.#sink = sink;
    for (const event of this.#early.splice(0)) event(sink);
    this.socket.resume();
  }

  emit(event: (sink: AgentSink) => void): void {
    if (this.#sink === null) this.#early.push(event);
    else event(this.#sink);
  }

  /** False when too many marks are pending, and it was not set. */
  mark(name: string): boolean {
    if (this.#pendingMarks >= MAX_PENDING_MARKS) return false;
    this.#pendingMarks += 1;
    this.emit((sink) => sink.mark(name));
    return true;
  }

  markReached(): void {
    this.#pendingMarks -= 1;
  }

  /** The agent sent what it must not: counted, and at last the end. `kind` is for the log. */
  malformed(kind: string): void {
    this.#malformed += 1;
    if (this.#malformed < MAX_MALFORMED) return;
    this.#cutOff(`${this.#malformed} malformed messages, the last: ${kind}`);
  }

  /** Nothing is sent, and nothing is said about it, unless the socket is open. */
  sendText(text: string): void {
    if (!this.socket.isOpen) return;
    if (this.socket.bufferedAmount > MAX_UNREAD_BYTES) {
      this.#lastError = "the agent does not read";
      this.socket.terminate();
      return;
    }
    this.socket.sendText(text);
  }

  /** The call has ended: how the agent closes is its own affair from now on. */
  end(): void {
    this.#isOver = true;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#shut(CLOSE_NORMAL, "the call has ended");
    await this.#closed.promise;
  }

  #startWhenKnown(call: Promise<AgentCall>): void {
    const opened = Promise.withResolvers<void>();
    this.#opened = () => {
      this.socket.pause();
      opened.resolve();
    };
    Promise.all([call, opened.promise]).then(
      ([known]) => {
        // Resumed first: a protocol that accepts at once pauses again.
        this.socket.resume();
        this.#start(known);
      },
      (fault: unknown) => {
        this.#accepted.reject(fault);
        this.socket.terminate();
      },
    );
  }

  #start(call: AgentCall): void {
    this.#call = call;
    this.#protocol.start(call);
  }

  /** Whether a message of so many bytes is looked at. */
  #mayTake(bytes: number): boolean {
    if (this.#isCutOff) return false;
    if (this.#allowance.take(bytes, performance.now())) return true;
    this.#cutOff("the agent sends more than it may");
    return false;
  }

  /** For what an agent must not do: nothing that it still sends is looked at. */
  #cutOff(detail: string): void {
    this.#isCutOff = true;
    if (this.#isAccepted) this.#over(detail, false);
    else this.#accepted.reject(new AgentUnavailable(detail));
    this.#shut(CLOSE_POLICY, detail);
  }

  #over(detail: string, mayReturn: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.emit((sink) => sink.closed(detail, mayReturn));
  }

  #onClose(code: number, reason: string, fault: string): void {
    clearInterval(this.#keepAlive);
    clearTimeout(this.#closing);
    this.#closed.resolve();
    const detail = [`closed with ${code}`, reason, this.#lastError || fault]
      .filter(Boolean)
      .join(": ");
    this.#accepted.reject(new AgentUnavailable(detail));
    if (!this.#isAccepted) return;
    if (!this.#isOver && this.#protocol.isHangUp(code)) this.emit((sink) => sink.hangUp(detail));
    else this.#over(detail, true);
    this.#logger.info("agent_closed", {
      callId: this.#call?.callId,
      detail,
      malformed: this.#malformed,
      ...this.#protocol.report(),
    });
  }

  #shut(code: number, reason: string): void {
    if (this.socket.isClosed) return;
    this.socket.resume();
    this.socket.close(code, reason);
    this.#closing ??= setTimeout(() => this.socket.terminate(), CLOSE_MS).unref();
  }

  #checkAlive(): void {
    if (!this.socket.isOpen) return;
    if (!this.#isAlive) {
      this.#lastError = "no pong";
      this.socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.socket.ping();
  }
}
