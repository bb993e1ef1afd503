import type { SipConnection, SipTransport } from "../connection.ts";
import type { RelayLink } from "./relay-link.ts";

/**
 * A peer's connection that ends at another node of the region, as the owner of the dialog sees it: with the peer's own
 * address and transport. Answers go back through that node; nothing of ours begins on it.
 */
export class RelayedFlow implements SipConnection {
  readonly transport: SipTransport;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly verifiedHost = null;
  readonly clientIdentity = null;
  readonly openedAtMs: number;
  readonly isStranger = false;
  readonly isMetered: boolean;
  readonly isRelayed = true;
  readonly #link: RelayLink;
  readonly #flow: string;

  constructor(
    link: RelayLink,
    flow: string,
    peer: {
      readonly transport: SipTransport;
      readonly address: string;
      readonly port: number;
      readonly isMetered: boolean;
    },
    openedAtMs: number,
  ) {
    this.transport = peer.transport;
    this.remoteAddress = peer.address;
    this.remotePort = peer.port;
    this.isMetered = peer.isMetered;
    this.localAddress = link.localAddress;
    this.localPort = link.localPort;
    this.openedAtMs = openedAtMs;
    this.#link = link;
    this.#flow = flow;
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  get lastActivityAtMs(): number {
    return this.openedAtMs;
  }

  send(bytes: Uint8Array): boolean {
    return this.#link.send({ kind: "response", flow: this.#flow }, bytes);
  }

  sendKeepAlive(): void {}
  noteValidRequest(): void {}
  noteTimeout(): void {}
  close(): void {}
}
