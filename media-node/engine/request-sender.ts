import { randomBytes } from "node:crypto";
import type { SipRequest } from "../protocol/sip/message.ts";
import {
  type ClientTransaction,
  type ClientTransactionDeps,
  InviteClientTransaction,
  NonInviteClientTransaction,
  type RequestPath,
} from "./client-transactions.ts";
import type { EngineClock } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import { MAGIC_COOKIE } from "./message-parts.ts";
import type { SipTimers } from "./timers.ts";
import type { TransactionTable } from "./transaction-table.ts";
import type { TransportLayer } from "./transport-layer.ts";

export interface OutgoingRequest {
  /** With its Via. */
  readonly request: SipRequest;
  readonly branch: string;
  readonly connection: SipConnection;
  /** Makes another connection when this one closes before anything was heard; null: none is to be made. */
  readonly reconnect: (() => Promise<SipConnection>) | null;
  readonly onResponse: ClientTransactionDeps["onResponse"];
  readonly onFailure: ClientTransactionDeps["onFailure"];
}

interface Outstanding {
  readonly transaction: ClientTransaction;
  readonly reconnect: (() => Promise<SipConnection>) | null;
  connection: SipConnection;
  /** It is on its second connection: there is no third. */
  hasMoved: boolean;
}

/** Runs client transactions over connections (RFC 3261 §17.1, §18.1). */
export class RequestSender {
  readonly #transport: TransportLayer;
  readonly #transactions: TransactionTable;
  readonly #clock: EngineClock;
  readonly #timers: SipTimers;
  /** Weak: nothing tells of the end of a UDP flow. */
  readonly #outstanding = new WeakMap<SipConnection, Set<Outstanding>>();
  #active = 0;
  readonly #idleWaiters: (() => void)[] = [];

  constructor(parts: {
    transport: TransportLayer;
    transactions: TransactionTable;
    clock: EngineClock;
    timers: SipTimers;
  }) {
    this.#transport = parts.transport;
    this.#transactions = parts.transactions;
    this.#clock = parts.clock;
    this.#timers = parts.timers;
  }

  /** Puts our Via on top (RFC 3261 §8.1.1.7, §18.1.1; `rport` by RFC 3581 §3). */
  addVia(request: SipRequest, connection: SipConnection, branch: string): SipRequest {
    const transport = connection.transport.toUpperCase();
    const value = `SIP/2.0/${transport} ${this.#transport.sentBy(connection)};branch=${branch};rport`;
    return { ...request, headers: [{ name: "Via", value }, ...request.headers] };
  }

  /** The same request over another connection: its Via names the transport that it really takes. */
  withViaOf(request: SipRequest, connection: SipConnection): SipRequest {
    const [via, ...headers] = request.headers;
    const isSame = via?.value.startsWith(`SIP/2.0/${connection.transport.toUpperCase()} `);
    if (via?.name !== "Via" || isSame) return request;
    return this.addVia({ ...request, headers }, connection, this.newBranch());
  }

  newBranch(): string {
    return `${MAGIC_COOKIE}${randomBytes(12).toString("hex")}`;
  }

  /** Starts the transaction; every outcome is told by the callbacks, never before this returns. */
  send(outgoing: OutgoingRequest): ClientTransaction {
    const { request, branch, connection } = outgoing;
    const isInvite = request.startLine.method === "INVITE";
    const Transaction = isInvite ? InviteClientTransaction : NonInviteClientTransaction;
    let entry: Outstanding | null = null;
    const forget = (): void => {
      if (entry !== null) this.#outstanding.get(entry.connection)?.delete(entry);
    };
    this.#active += 1;
    let isCounted = true;
    const settle = (): void => {
      if (isCounted) this.#finish();
      isCounted = false;
    };
    const transaction = new Transaction({
      request,
      path: this.#path(connection),
      clock: this.#clock,
      timers: this.#timers,
      onResponse: (response) => {
        outgoing.onResponse(response);
        if (response.status >= 200) settle();
      },
      onFailure: (cause) => {
        if (cause === "timeout") (entry?.connection ?? connection).noteTimeout();
        outgoing.onFailure(cause);
      },
      onTerminated: () => {
        forget();
        this.#transactions.removeClient(branch, request.startLine.method);
        settle();
      },
    });
    entry = { transaction, reconnect: outgoing.reconnect, connection, hasMoved: false };
    this.#watch(entry);
    this.#transactions.addClient(branch, transaction);
    queueMicrotask(() => transaction.start());
    return transaction;
  }

  /**
   * The connection closed: what nobody has answered goes out again over a new one, with the same branch. Once: a peer
   * that closes the second one as well has failed the request.
   */
  connectionClosed(connection: SipConnection): void {
    const entries = this.#outstanding.get(connection);
    this.#outstanding.delete(connection);
    for (const entry of entries ?? []) {
      const { transaction, reconnect, hasMoved } = entry;
      if (!transaction.isUnanswered) continue;
      if (reconnect === null || hasMoved) {
        transaction.resend(CLOSED_PATH);
        continue;
      }
      entry.hasMoved = true;
      reconnect().then(
        (replacement) => {
          entry.connection = replacement;
          if (transaction.isUnanswered) this.#watch(entry);
          transaction.resend(this.#path(replacement));
        },
        () => transaction.resend(CLOSED_PATH),
      );
    }
  }

  #watch(entry: Outstanding): void {
    const entries = this.#outstanding.get(entry.connection) ?? new Set();
    this.#outstanding.set(entry.connection, entries.add(entry));
  }

  /** Counts work that will lead to a transaction as one, so that `whenIdle` waits for it. */
  track(preparing: Promise<void>): void {
    this.#active += 1;
    preparing.then(
      () => this.#finish(),
      () => this.#finish(),
    );
  }

  /** Resolves when every request has its final response, or after the limit. */
  async whenIdle(limitMs: number): Promise<void> {
    if (this.#active === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#idleWaiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #path(connection: SipConnection): RequestPath {
    return {
      isReliable: connection.transport !== "udp",
      send: (request) => this.#transport.send(connection, request),
    };
  }

  #finish(): void {
    this.#active -= 1;
    if (this.#active > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

const CLOSED_PATH: RequestPath = { isReliable: true, send: () => false };
