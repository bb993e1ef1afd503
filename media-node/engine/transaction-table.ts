import { viaBranch } from "../protocol/sip/via.ts";
import type { ClientTransaction } from "./client-transactions.ts";
import { type CheckedRequest, type CheckedResponse, requestIdentity } from "./message-parts.ts";
import type { ServerTransaction } from "./server-transactions.ts";

/** Finds the transaction that a message belongs to (RFC 3261 §17.1.3, §17.2.3). */
export class TransactionTable {
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #byIdentity = new Map<string, ServerTransaction>();

  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  addClient(branch: string, transaction: ClientTransaction): void {
    this.#clients.set(clientKey(branch, transaction.request.startLine.method), transaction);
  }

  removeClient(branch: string, method: string): void {
    this.#clients.delete(clientKey(branch, method));
  }

  clientFor(response: CheckedResponse): ClientTransaction | undefined {
    return this.#clients.get(clientKey(viaBranch(response.via) ?? "", response.cseq.method));
  }

  addServer(transaction: ServerTransaction): void {
    const { key, identity } = transaction.name;
    this.#servers.set(key, transaction);
    if (identity !== null && !this.#byIdentity.has(identity)) {
      this.#byIdentity.set(identity, transaction);
    }
  }

  removeServer(transaction: ServerTransaction): void {
    const { key, identity } = transaction.name;
    if (this.#servers.get(key) === transaction) this.#servers.delete(key);
    if (identity !== null && this.#byIdentity.get(identity) === transaction) {
      this.#byIdentity.delete(identity);
    }
  }

  /** Also for an ACK of a non-2xx and for a CANCEL: both name the INVITE by its branch. */
  serverFor(request: CheckedRequest): ServerTransaction | undefined {
    return this.#servers.get(request.name.key);
  }

  /** For a CANCEL whose Via was rewritten on the way: Call-ID, From tag and CSeq number still name the INVITE. */
  inviteFor(cancel: CheckedRequest): ServerTransaction | undefined {
    return this.#byIdentity.get(requestIdentity(cancel, "INVITE"));
  }

  /** RFC 3261 §8.2.2.2: the same request by another path, which is a request with another branch. */
  hasMerged({ name }: CheckedRequest): boolean {
    return name.identity !== null && this.#byIdentity.has(name.identity);
  }

  /** Ends every transaction silently: the engine is closing. */
  clear(): void {
    for (const transaction of this.#clients.values()) transaction.abandon();
    for (const transaction of this.#servers.values()) transaction.abandon();
    this.#clients.clear();
    this.#servers.clear();
    this.#byIdentity.clear();
  }
}

function clientKey(branch: string, method: string): string {
  return `${branch}|${method}`;
}
