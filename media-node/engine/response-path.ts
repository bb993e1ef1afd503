import { isIP } from "node:net";
import type { SipResponse } from "../protocol/sip/message.ts";
import { findParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { hostForSocket, hostForUri, parseHostPort } from "../protocol/sip/uri.ts";
import type { Via } from "../protocol/sip/via.ts";
import { shownName } from "./client-certificate.ts";
import type { SipConnection } from "./connection.ts";
import type { ResponsePath } from "./server-transactions.ts";
import type { TransportLayer } from "./transport-layer.ts";
import { NO_TRUNK_NAMES, namesToProve, type TrunkNames } from "./trunk-names.ts";

/**
 * RFC 3261 §18.2.2: responses go over the connection the request came by; once that is closed, over a new one to the
 * `received` address, else the sent-by host, at the sent-by port. Over TLS that proves a name as every new connection to
 * a peer of ours does (`namesToProve`), with the sent-by host in the place of the Contact's.
 */
export class FlowResponsePath implements ResponsePath {
  readonly #transport: TransportLayer;
  readonly #requestConnection: SipConnection;
  readonly #sentBy: string;
  readonly #host: string;
  readonly #port: number | null;
  #connection: SipConnection;
  #trunkNames = NO_TRUNK_NAMES;
  #shown: string | null;

  constructor(transport: TransportLayer, requestConnection: SipConnection, via: Via) {
    this.#transport = transport;
    this.#requestConnection = requestConnection;
    this.#sentBy = via.host;
    this.#host = findParam(via.params, "received") ?? via.host;
    this.#port = via.port;
    this.#connection = requestConnection;
    this.#shown = shownName(requestConnection);
  }

  learn(trunkNames: TrunkNames, shown: string | null): void {
    this.#trunkNames = trunkNames;
    this.#shown = shown ?? this.#shown;
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
    const { transport } = this.#requestConnection;
    const nextHop = { host: parsed.host, port: this.#port, transport };
    const isAddress = isIP(hostForSocket(this.#sentBy)) !== 0;
    const sentBy = { host: this.#sentBy, isAddress };
    this.#transport.connect(nextHop, namesToProve(this.#trunkNames, this.#shown, sentBy)).then(
      (replacement) => {
        this.#connection = replacement;
        this.#transport.send(replacement, response);
      },
      // Nobody is left to answer: the peer's transaction times out.
      () => undefined,
    );
  }
}
