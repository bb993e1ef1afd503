import { isIP } from "node:net";
import type { SipResponse } from "../protocol/sip/message.ts";
import { findParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { hostForSocket, hostForUri, parseHostPort } from "../protocol/sip/uri.ts";
import type { Via } from "../protocol/sip/via.ts";
import { provedName } from "./client-certificate.ts";
import type { SipConnection } from "./connection.ts";
import type { ResponsePath } from "./server-transactions.ts";
import type { TransportLayer } from "./transport-layer.ts";

/**
 * RFC 3261 §18.2.2: responses go over the connection the request came by; once that is closed, over a new one to the
 * `received` address, else the sent-by host, at the sent-by port. Over TLS that proves the sent-by host, or where that
 * is an address the name that the request's own connection has proved.
 */
export class FlowResponsePath implements ResponsePath {
  readonly #transport: TransportLayer;
  readonly #requestConnection: SipConnection;
  readonly #sentBy: string;
  readonly #host: string;
  readonly #port: number | null;
  #connection: SipConnection;

  constructor(transport: TransportLayer, requestConnection: SipConnection, via: Via) {
    this.#transport = transport;
    this.#requestConnection = requestConnection;
    this.#sentBy = via.host;
    this.#host = findParam(via.params, "received") ?? via.host;
    this.#port = via.port;
    this.#connection = requestConnection;
  }

  get isReliable(): boolean {
    return this.#requestConnection.transport !== "udp";
  }

  get isLost(): boolean {
    return !this.#connection.isOpen;
  }

  moveTo(another: SipConnection): void {
    const { transport, remoteAddress } = this.#requestConnection;
    const isSamePeer = another.transport === transport && another.remoteAddress === remoteAddress;
    if (isSamePeer && !this.#connection.isOpen) this.#connection = another;
  }

  send(response: SipResponse): void {
    if (!this.#transport.send(this.#connection, response)) this.#sendAnew(response);
  }

  #sendAnew(response: SipResponse): void {
    const parsed = parseHostPort(hostForUri(this.#host));
    if (parsed instanceof SipSyntaxError) return;
    const { transport, clientIdentity } = this.#requestConnection;
    const nextHop = { host: parsed.host, port: this.#port, transport };
    const isAddress = isIP(hostForSocket(this.#sentBy)) !== 0;
    const shown = isAddress ? provedName(clientIdentity) : null;
    this.#transport.connect(nextHop, [shown ?? this.#sentBy]).then(
      (replacement) => {
        this.#connection = replacement;
        this.#transport.send(replacement, response);
      },
      // Nobody is left to answer: the peer's transaction times out.
      () => undefined,
    );
  }
}
