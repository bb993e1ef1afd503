import type { SipConnection, StreamTransport } from "./connection.ts";
import { sourceKey } from "./source-key.ts";

interface ConnectionTarget {
  readonly transport: StreamTransport;
  readonly address: string;
  readonly port: number;
  /** The names of which the certificate must show one: other names are another connection. None on TCP. */
  readonly hosts: readonly string[];
}

/** Every open connection, and which of those we made can be used again for the same target. */
export class ConnectionTable {
  readonly #maxConnections: number;
  readonly #open = new Set<SipConnection>();
  readonly #outbound = new Map<string, Promise<SipConnection>>();
  readonly #keys = new Map<SipConnection, string>();
  readonly #aliases = new Map<string, SipConnection>();

  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#maxConnections;
  }

  get size(): number {
    return this.#open.size;
  }

  /** A banned source keeps no connection, except one that carries a dialog or that we have made. */
  closeOf(source: string, inUse: ReadonlySet<SipConnection>): void {
    for (const connection of [...this.#open]) {
      const isOfSource = connection.isMetered && sourceKey(connection.remoteAddress) === source;
      if (isOfSource && !inUse.has(connection)) connection.close();
    }
  }

  get open(): Iterable<SipConnection> {
    return this.#open;
  }

  add(connection: SipConnection): void {
    this.#open.add(connection);
  }

  remove(connection: SipConnection): void {
    this.#open.delete(connection);
    for (const [key, alias] of this.#aliases) if (alias === connection) this.#aliases.delete(key);
    const key = this.#keys.get(connection);
    if (key === undefined) return;
    this.#keys.delete(connection);
    this.#outbound.delete(key);
  }

  /**
   * RFC 5923 §4, §8: the peer of this connection asks to be reached over it at its sent-by port. Only over TLS,
   * and only for names that it has proved: an address alone would let anybody attract the calls for another.
   */
  addAlias(connection: SipConnection, port: number): void {
    if (connection.transport !== "tls" || connection.clientIdentity === null) return;
    this.#aliases.set(aliasKey(connection.remoteAddress, port), connection);
  }

  #aliasFor({ transport, address, port, hosts }: ConnectionTarget): SipConnection | undefined {
    if (transport !== "tls") return undefined;
    const alias = this.#aliases.get(aliasKey(address, port));
    const { clientIdentity = null } = alias ?? {};
    const isNamed = hosts.some((host) => clientIdentity?.isNamed(host) === true);
    return alias?.isOpen && isNamed ? alias : undefined;
  }

  /** The open or opening connection to this target, else the one that `open` makes: never two at once. */
  async reuse(
    target: ConnectionTarget,
    open: () => Promise<SipConnection>,
  ): Promise<SipConnection> {
    const key = `${target.transport}|${target.address}|${target.port}|${target.hosts.join(",")}`;
    const known = this.#outbound.get(key);
    if (known !== undefined) return known;
    const alias = this.#aliasFor(target);
    if (alias !== undefined) return alias;
    const opening = open();
    this.#outbound.set(key, opening);
    try {
      const connection = await opening;
      if (connection.isOpen) this.#keys.set(connection, key);
      else this.#outbound.delete(key);
      return connection;
    } catch (error) {
      this.#outbound.delete(key);
      throw error;
    }
  }

  closeAll(): void {
    for (const connection of this.#open) connection.close();
  }
}

function aliasKey(address: string, port: number): string {
  return `${address}|${port}`;
}
