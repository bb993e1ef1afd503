import type { Cidr } from "../../schema/values/cidr.ts";
import { isRequest, isResponse, type SipMessage } from "../protocol/sip/message.ts";
import type { EngineClock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import type { SipConnection } from "./connection.ts";
import { ConnectionUpkeep } from "./connection-upkeep.ts";
import { ControlCallIds } from "./control-call-ids.ts";
import type { ControlClient } from "./control-client.ts";
import { ControlServer, type SipControlRequest } from "./control-server.ts";
import { DialogRequests } from "./dialog-requests.ts";
import { DialogSender } from "./dialog-sender.ts";
import { DialogTable } from "./dialog-table.ts";
import { DialogTags } from "./dialog-tags.ts";
import { type DigestAccount, DigestAccounts } from "./digest-client.ts";
import { createDnsQueries } from "./dns-queries.ts";
import type {
  BoundListener,
  CertificateReload,
  EngineConfig,
  EngineEvent,
  RefusedSource,
  RelayRoster,
} from "./engine-config.ts";
import type { EngineCore } from "./engine-core.ts";
import { checkResponse } from "./message-parts.ts";
import { MessageWatch } from "./message-watch.ts";
import { PendingRequests } from "./pending-requests.ts";
import { Relay } from "./relay/relay.ts";
import { RequestSender } from "./request-sender.ts";
import { createResolver, type Resolver } from "./resolver.ts";
import type { EngineCounts } from "./sip-counts.ts";
import { DEFAULT_TIMERS, type SipTimers } from "./timers.ts";
import { TransactionTable } from "./transaction-table.ts";
import { TransportLayer } from "./transport-layer.ts";
import { EngineTurns, type Turns } from "./turns.ts";
import { Uac } from "./uac.ts";
import { Uas } from "./uas.ts";
import { UasResponses } from "./uas-responses.ts";

export interface EngineDeps {
  readonly clock?: EngineClock;
  readonly timers?: SipTimers;
  readonly resolver?: Resolver;
  readonly onEvent?: (event: EngineEvent) => void;
  readonly turns?: Turns;
}

export interface RunningEngine {
  readonly controlPort: number;
  readonly listeners: readonly BoundListener[];
  readonly relayPort: number | null;
  readonly messageWatch: MessageWatch;
  setTrustedSources(cidrs: readonly Cidr[]): void;
  setRelayRoster(roster: RelayRoster): void;
  setAccount(name: string, account: DigestAccount | null): void;
  noteRefusal(source: RefusedSource): void;
  counts(): EngineCounts;
  reloadCertificates(): CertificateReload;
  /** Ends every call by BYE or 503, gives the peers a moment to answer, and closes everything. */
  close(): Promise<void>;
}

/** Spoken whether we listen or not; datagrams leave only by a listener's port. */
const STREAM_TRANSPORTS = ["tls", "tcp"] as const;
/** What peers are given to answer the BYEs of a closing engine. */
const CLOSE_GRACE_MS = 1_000;

/** Starts the SIP server in this thread. Rejects with the system's error when a port cannot be bound. */
export async function runEngine(
  config: EngineConfig,
  deps: EngineDeps = {},
): Promise<RunningEngine> {
  const clock = deps.clock ?? systemClock;
  const timers = deps.timers ?? DEFAULT_TIMERS;
  const turns = deps.turns ?? new EngineTurns(null);
  const emit = deps.onEvent ?? ((): void => undefined);
  const listening = config.listeners.map(({ transport }) => transport);
  const resolver =
    deps.resolver ??
    createResolver({
      queries: createDnsQueries(config.dns?.servers ?? []),
      clock,
      emit,
      random: Math.random,
      transports: [...new Set([...STREAM_TRANSPORTS, ...listening])],
    });
  const transactions = new TransactionTable();
  const callIds = new ControlCallIds();
  const dialogs = new DialogTable(callIds);
  const tags = new DialogTags(config);
  const accounts = new DigestAccounts();
  const messageWatch = new MessageWatch(config.messageEvents ?? "watched_calls", emit);
  const transport = new TransportLayer(
    { config, clock, turns, resolver, emit, messageWatch, inUse: () => dialogs.connectionsInUse() },
    {
      message: (connection, message) => survive(() => receive(connection, message)),
      malformed(connection, { headText, error, isFatal }) {
        survive(() => uas.refuseUnparsed(connection, headText, error));
        if (isFatal) connection.close();
      },
      closed(connection) {
        relay.connectionClosed(connection);
        sender.connectionClosed(connection);
      },
    },
  );
  const sender = new RequestSender({ transport, transactions, clock, timers });
  const control = new ControlServer({
    secret: config.control.secret,
    port: config.control.port,
    clock,
    turns,
    advertised: () => transport.advertisedHostPorts,
    onSip: (client, request) => survive(() => route(client, request)),
    onGone: (client) => endCallsOf(client),
  });
  const relay = new Relay({
    config,
    clock,
    transport,
    hasInviteOf: (from, cancel) => uas.hasInviteOf(from, cancel),
  });
  const core: EngineCore = {
    config,
    clock,
    timers,
    transport,
    transactions,
    dialogs,
    tags,
    relay,
    callIds,
    control,
    sender,
    accounts,
    emit,
  };
  const pending = new PendingRequests(callIds);
  const dialogSender = new DialogSender(core);
  const uas = new Uas(core, pending, dialogSender);
  const uasResponses = new UasResponses(core, pending, dialogSender);
  const uac = new Uac(core, dialogSender);
  const dialogRequests = new DialogRequests(core, dialogSender);

  function receive(connection: SipConnection, message: SipMessage): void {
    if (isRequest(message)) {
      uas.receive(connection, message);
    } else if (isResponse(message)) {
      const response = checkResponse(message);
      // RFC 3261 §18.1.2: a response that matches no transaction is dropped.
      if (response !== null) transactions.clientFor(response)?.receive(response);
    }
  }

  /** A defect that one message finds ends that message's treatment, not everybody's calls. */
  function survive(treat: () => void): void {
    try {
      treat();
    } catch (error) {
      emit({ kind: "fault", code: "message_treatment_failed", detail: String(error) });
    }
  }

  function endCallsOf(client: ControlClient): void {
    uas.clientGone(client);
    uac.clientGone(client);
  }

  /** The four forms of a `sip` frame, told apart as the protocol has it. */
  function route(client: ControlClient, request: SipControlRequest): void {
    const { message } = request;
    if (isResponse(message)) {
      uasResponses.respond(client, request);
      return;
    }
    if (!isRequest(message)) return;
    let sending: Promise<void> | null = null;
    if (request.dialogId !== "") sending = dialogRequests.send(client, request, message);
    else if (request.transactionId === "") sending = uac.send(client, request, message);
    else if (message.startLine.method === "CANCEL") uac.cancel(client, request, message);
    else client.reply(request.messageId, "NOK", ["a request takes no transaction id"]);
    sending?.catch((error: unknown) => {
      emit({ kind: "fault", code: "request_failed", detail: String(error) });
      client.reply(request.messageId, "NOK", ["Server error"]);
    });
  }

  const upkeep = new ConnectionUpkeep({
    clock,
    open: () => transport.openConnections,
    inUse: () => dialogs.connectionsInUse(),
  });
  upkeep.start();

  let controlPort: number;
  try {
    await transport.start();
    await relay.start();
    controlPort = await control.start();
  } catch (error) {
    upkeep.stop();
    relay.close();
    transport.close();
    control.close();
    throw error;
  }

  return {
    controlPort,
    listeners: transport.listeners,
    relayPort: relay.port,
    messageWatch,
    setTrustedSources: (cidrs) => transport.admission.setTrusted(cidrs),
    setRelayRoster({ peers, tagKeys }) {
      tags.setKeys(tagKeys);
      relay.setPeers(peers);
    },
    noteRefusal: ({ address, transport: by }) =>
      transport.admission.offended({ transport: by, remoteAddress: address }, "refused"),
    counts: () => ({
      ...transport.counts(),
      dialogs: dialogs.size,
      transactions: transactions.size,
      relayed: relay.counts(),
    }),
    setAccount: (name, account) => accounts.set(name, account),
    reloadCertificates: () => transport.reloadCertificates(),
    async close() {
      upkeep.stop();
      transport.closeListeners();
      for (const client of control.clients) endCallsOf(client);
      await sender.whenIdle(CLOSE_GRACE_MS);
      control.close();
      relay.close();
      transport.close();
      transactions.clear();
    },
  };
}
