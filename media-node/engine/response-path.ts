import { isIP } from "node:net";
import type { SipResponse } from "../protocol/sip/message.ts";
import { findParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { hostForSocket, parseHostPort } from "../protocol/sip/uri.ts";
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
export function responsePath(
  transport: TransportLayer,
  requestConnection: SipConnection,
  via: Via,
): ResponsePath {
  const { host: sentBy, port } = via;
  const host = findParam(via.params, "received") ?? sentBy;
  let connection = requestConnection;
  return {
    isReliable: connection.transport !== "udp",
    get isLost() {
      return !connection.isOpen;
    },
    moveTo(another) {
      const { transport: kind, remoteAddress } = requestConnection;
      const isSamePeer = another.transport === kind && another.remoteAddress === remoteAddress;
      if (isSamePeer && !connection.isOpen) connection = another;
    },
    send(response: SipResponse): void {
      if (transport.send(connection, response)) return;
      const parsed = parseHostPort(
        host.includes(":") && !host.startsWith("[") ? `[${host}]` : host,
      );
      if (parsed instanceof SipSyntaxError) return;
      const nextHop = { host: parsed.host, port, transport: connection.transport };
      const isAddress = isIP(hostForSocket(sentBy)) !== 0;
      const shown = isAddress ? provedName(requestConnection.clientIdentity) : null;
      transport.connect(nextHop, [shown ?? sentBy]).then(
        (replacement) => {
          connection = replacement;
          transport.send(replacement, response);
        },
        // Nobody is left to answer: the peer's transaction times out.
        () => undefined,
      );
    },
  };
}
