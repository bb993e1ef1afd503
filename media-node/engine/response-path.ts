import type { SipResponse } from "../protocol/sip/message.ts";
import { findParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseHostPort } from "../protocol/sip/uri.ts";
import type { Via } from "../protocol/sip/via.ts";
import type { SipConnection } from "./connection.ts";
import type { ResponsePath } from "./server-transactions.ts";
import type { TransportLayer } from "./transport-layer.ts";

/**
 * RFC 3261 §18.2.2: responses go over the connection the request came by; once that is closed, over a new one to the
 * `received` address, else the sent-by host, at the sent-by port.
 */
export function responsePath(
  transport: TransportLayer,
  connection: SipConnection,
  via: Via,
): ResponsePath {
  return {
    isReliable: connection.transport !== "udp",
    send(response: SipResponse): void {
      if (transport.send(connection, response)) return;
      const received = findParam(via.params, "received") ?? null;
      const host = received === null ? via.host : received;
      const parsed = parseHostPort(
        host.includes(":") && !host.startsWith("[") ? `[${host}]` : host,
      );
      if (parsed instanceof SipSyntaxError) return;
      const nextHop = { host: parsed.host, port: via.port, transport: connection.transport };
      transport.connect(nextHop, via.host).then(
        (replacement) => transport.send(replacement, response),
        // Nobody is left to answer: the peer's transaction times out.
        () => undefined,
      );
    },
  };
}
