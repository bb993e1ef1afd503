import type { SipConnection, StreamTransport } from "./connection.ts";

interface ConnectionTarget {
  readonly transport: StreamTransport;
  readonly address: string;
  readonly port: number;
  /** The name that the certificate was verified for: another name is another connection. Null on TCP. */
  readonly host: string | null;
}

/** Every open connection, and which of those we made can be used again for the same target. */
export class ConnectionTable {
  readonly #maxConnections: number;
  readonly #open = new Set<SipConnection>();
  readonly #outbound = new Map<string, Promise<SipConnection>>();
  readonly #keys = new Map<SipConnection, string>();

  constructor(maxConnections: number) {
    this.#maxConnections = maxConnections;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#maxConnections;
  }

  get open(): Iterable<SipConnection> {
    return this.#open;
  }

  add(connection: SipConnection): void {
    this.#open.add(connection);
  }

  remove(connection: SipConnection): void {
    this.#open.delete(connection);
    const key = this.#keys.get(connection);
    if (key === undefined) return;
    this.#keys.delete(connection);
    this.#outbound.delete(key);
  }

  /** The open or opening connection to this target, else the one that `open` makes: never two at once. */
  async reuse(
    target: ConnectionTarget,
    open: () => Promise<SipConnection>,
  ): Promise<SipConnection> {
    const key = `${target.transport}|${target.address}|${target.port}|${target.host ?? ""}`;
    const known = this.#outbound.get(key);
    if (known !== undefined) return known;
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
