import type { EngineClock } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import type { ControlCallIds } from "./control-call-ids.ts";
import type { WireMeta } from "./control-message.ts";
import type { ControlServer } from "./control-server.ts";
import type { DialogTable } from "./dialog-table.ts";
import type { DialogTags } from "./dialog-tags.ts";
import type { DigestAccounts } from "./digest-client.ts";
import type { EngineConfig, EngineEvent } from "./engine-config.ts";
import type { Relay } from "./relay/relay.ts";
import type { RequestSender } from "./request-sender.ts";
import type { SipTimers } from "./timers.ts";
import type { TransactionTable } from "./transaction-table.ts";
import type { TransportLayer } from "./transport-layer.ts";

/** What the parts of the engine share. */
export interface EngineCore {
  readonly config: EngineConfig;
  readonly clock: EngineClock;
  readonly timers: SipTimers;
  readonly transport: TransportLayer;
  readonly transactions: TransactionTable;
  readonly dialogs: DialogTable;
  readonly tags: DialogTags;
  readonly relay: Relay;
  readonly callIds: ControlCallIds;
  readonly control: ControlServer;
  readonly sender: RequestSender;
  readonly accounts: DigestAccounts;
  readonly emit: (event: EngineEvent) => void;
}

/** Contact as peers are told it: port and transport always, `sips:` only when the Request-URI was. */
export function contactFor(
  transport: TransportLayer,
  connection: Pick<SipConnection, "transport" | "localPort">,
  user: string,
  requestUri: string,
): string {
  const scheme = /^sips:/i.test(requestUri) ? "sips" : "sip";
  return `<${scheme}:${user}@${transport.sentBy(connection)};transport=${connection.transport}>`;
}

export function wireMeta(clock: EngineClock, connection: SipConnection): WireMeta {
  return {
    transport: connection.transport,
    address: connection.remoteAddress,
    port: connection.remotePort,
    atMs: clock.nowMs(),
  };
}
