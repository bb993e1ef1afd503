import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import {
  headerList,
  isRequest,
  isResponse,
  type SipMessage,
  type SipResponse,
  writeMessage,
} from "../protocol/sip/message.ts";
import { hasParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { hostForUri } from "../protocol/sip/uri.ts";
import { parseVia } from "../protocol/sip/via.ts";
import { Admission } from "./admission.ts";
import { type ClientIdentity, clientIdentity, withClientIdentity } from "./client-certificate.ts";
import type { EngineClock } from "./clock.ts";
import {
  type ConnectionHandlers,
  plainAddress,
  type SipConnection,
  type SipTransport,
  StreamConnection,
  type StreamConnectionOptions,
  type StreamTransport,
} from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import type {
  BoundListener,
  CertificateReload,
  EngineConfig,
  EngineEvent,
  EngineListener,
} from "./engine-config.ts";
import { LargeRequests } from "./large-requests.ts";
import { DEFAULT_UDP_PORT } from "./message-parts.ts";
import type { MessageWatch } from "./message-watch.ts";
import { OutboundRoute } from "./outbound-route.ts";
import { overRateAnswer } from "./over-rate.ts";
import type { NextHop, Resolver, SipTarget } from "./resolver.ts";
import type { TransportCounts } from "./sip-counts.ts";
import { TargetBlacklist } from "./target-blacklist.ts";
import { type BoundServer, ConnectFault, connectTcp, listenTcp } from "./tcp-transport.ts";
import { TlsCertificates } from "./tls-certificates.ts";
import { connectTls, listenTls } from "./tls-transport.ts";
import type { Turns } from "./turns.ts";
import { UdpListener } from "./udp-transport.ts";

const DEFAULT_TLS_PORT = 5061;

interface AdvertisedListener {
  readonly transport: SipTransport;
  readonly server: BoundServer;
  readonly advertisedPort: number;
}

export interface TransportDeps {
  readonly config: EngineConfig;
  readonly clock: EngineClock;
  readonly turns: Turns;
  readonly resolver: Resolver;
  readonly emit: (event: EngineEvent) => void;
  /** Connections that carry a dialog. */
  readonly inUse: () => ReadonlySet<SipConnection>;
  readonly messageWatch: MessageWatch;
}

/** RFC 3261 §18: listeners, connections, and what every message in or out passes through. */
export class TransportLayer {
  readonly admission: Admission;
  readonly #deps: TransportDeps;
  readonly #handlers: ConnectionHandlers;
  readonly #connections: ConnectionTable;
  readonly #listeners: AdvertisedListener[] = [];
  readonly #tls: TlsCertificates | null;
  readonly #udp: UdpListener[] = [];
  readonly #large: LargeRequests;
  readonly #blacklist: TargetBlacklist;
  #isClosed = false;

  /** Throws when a TLS file is missing or certificate and key are no pair. */
  constructor(deps: TransportDeps, handlers: ConnectionHandlers) {
    this.#deps = deps;
    this.#handlers = handlers;
    this.#blacklist = new TargetBlacklist(deps.clock);
    this.#connections = new ConnectionTable(deps.config.limits.maxConnections);
    this.#large = new LargeRequests({
      clock: deps.clock,
      connect: ({ remoteAddress, remotePort }) =>
        this.#connectTo("tcp", remoteAddress, remotePort, []),
      sentBy: (connection) => this.sentBy(connection),
      sendNow: (connection, request) => this.#sendNow(connection, request),
    });
    this.admission = new Admission(deps.config.limits, {
      ...deps,
      banned: (source) => this.#connections.closeOf(source, deps.inUse()),
    });
    this.admission.setTrusted(deps.config.trustedSources ?? []);
    this.#tls = deps.config.tls === null ? null : new TlsCertificates(deps.config.tls, deps);
  }

  /** Binds every listener; rejects with the system's error (EADDRINUSE) or a named fault. */
  async start(): Promise<void> {
    this.#tls?.start();
    for (const listener of this.#deps.config.listeners) {
      const { transport } = listener;
      const server =
        transport === "udp"
          ? await this.#listenUdp(listener)
          : await this.#listen(listener, transport);
      const advertisedPort = listener.advertisedPort || server.port;
      this.#listeners.push({ transport, server, advertisedPort });
    }
  }

  async #listen(listener: EngineListener, transport: StreamTransport): Promise<BoundServer> {
    const accept = (socket: Socket): void => {
      const isTrusted = this.admission.isTrusted(plainAddress(socket.remoteAddress ?? ""));
      this.#open(socket, {
        transport,
        isTrusted,
        isOurs: false,
        verifiedHost: null,
        clientIdentity: socket instanceof TLSSocket ? this.#clientIdentity(socket) : null,
      });
    };
    if (transport === "tcp") {
      return listenTcp(listener, (socket) => {
        if (this.#admit(socket)) accept(socket);
      });
    }
    const tls = this.#requireTls();
    const server = await listenTls(listener, tls.material, {
      clock: this.#deps.clock,
      requestsClientCertificate: this.#deps.config.tls?.requestClientCertificate === true,
      admit: (socket) => this.#admit(socket),
      accept,
      late: (socket) => this.admission.gaveUp("tls_handshake_unfinished", transport, socket),
      failed: (socket) => this.admission.gaveUp("tls_handshake_failed", transport, socket),
    });
    tls.onReload((material) => server.replaceMaterial(material));
    return server;
  }

  async #listenUdp(listener: EngineListener): Promise<BoundServer> {
    const { clock, config } = this.#deps;
    const udp = await UdpListener.bind(listener, {
      clock,
      limits: config.limits,
      handlers: {
        message: (from, message) => this.receive(from, message),
        malformed: (from, malformed) => this.#handlers.malformed(from, malformed),
      },
      admit: (address, datagram) => this.admission.admitDatagram(address, datagram),
    });
    this.#udp.push(udp);
    // Closing it here would silence what is still to be sent; it closes with the connections.
    return { address: udp.address, port: udp.port, close: () => undefined };
  }

  /** Whether a request may be sent by UDP: from a listener's port, or not at all. */
  get hasUdp(): boolean {
    return this.#udp.length > 0;
  }

  counts(): TransportCounts {
    const { bannedNow, counts } = this.admission;
    return counts.read({
      bannedNow,
      connections: this.#connections.size,
      certificateNotAfterMs: this.#tls?.notAfterMs ?? null,
    });
  }

  get openConnections(): Iterable<SipConnection> {
    return this.#connections.open;
  }

  /** Serves the certificate that is on disk now, if it can be served. */
  reloadCertificates(): CertificateReload {
    return this.#tls?.reload() ?? { kind: "no_tls" };
  }

  get listeners(): readonly BoundListener[] {
    return this.#listeners.map(({ transport, server }) => ({
      transport,
      address: server.address,
      port: server.port,
    }));
  }

  /** `proto/host:port` of every listener, as peers are told. */
  get advertisedHostPorts(): string[] {
    return this.#listeners.map(({ transport, advertisedPort }) => {
      return `${transport}/${this.#advertisedHost}:${advertisedPort}`;
    });
  }

  get #advertisedHost(): string {
    return hostForUri(this.#deps.config.advertisedHost);
  }

  /**
   * `host:port` for Via and Contact: the advertised address of the listener of this transport, never the bind
   * address. An engine that only calls has no listener: then the port of the connection itself.
   */
  sentBy(connection: Pick<SipConnection, "transport" | "localPort">): string {
    const listener = this.#listeners.find(({ transport }) => transport === connection.transport);
    return `${this.#advertisedHost}:${listener?.advertisedPort ?? connection.localPort}`;
  }

  /** Sends and reports the message. False when the connection is gone. */
  send(connection: SipConnection, message: SipMessage): boolean {
    if (connection.transport !== "udp" || connection.isRelayed) {
      return this.#sendNow(connection, message);
    }
    if (isResponse(message)) return this.#sendNow(this.#responseFlow(connection, message), message);
    const sizeBytes = writeMessage(message).length;
    if (isRequest(message) && this.#large.take(connection, message, sizeBytes)) return true;
    return this.#sendNow(connection, message);
  }

  #sendNow(connection: SipConnection, message: SipMessage): boolean {
    if (!connection.send(writeMessage(message), isTrying(message))) return false;
    this.admission.counts.message("out", connection.transport, message);
    this.#report("out", connection, message);
    return true;
  }

  /**
   * RFC 3261 §18.2.2, RFC 3581 §4: to where the request came from, at the port it came from when it said `rport`, else
   * at its sent-by port. Deviates from RFC 3261 §18.2.2 (`maddr`): nobody has responses sent to an address not their own.
   */
  #responseFlow(flow: SipConnection, response: SipResponse): SipConnection {
    const via = parseVia(headerList(response, "Via")[0] ?? "");
    if (via instanceof SipSyntaxError || hasParam(via.params, "rport")) return flow;
    return this.flowTo(flow.remoteAddress, via.port ?? DEFAULT_UDP_PORT) ?? flow;
  }

  /** A flow of the UDP listener that reaches the address; null when there is none. */
  flowTo(address: string, port: number): SipConnection | null {
    return this.#udp.find((listener) => listener.canReach(address))?.flowTo(address, port) ?? null;
  }

  /** Every target of the next hop. Of `names` the peer's certificate must show one on TLS, if not its host. */
  route(nextHop: NextHop, names: readonly string[] | null = null): OutboundRoute {
    const { resolver, emit, config } = this.#deps;
    const { addressPolicy } = config;
    const blacklist = this.#blacklist;
    const open = (target: SipTarget, referenceIdentity: string): Promise<SipConnection> => {
      const { transport, address, port } = target;
      // A request that begins something. Answers go to whoever asked, which says nothing for him.
      if (names === null) this.admission.called(address);
      return this.#connectTo(transport, address, port, names ?? [referenceIdentity]);
    };
    // Without a name to be proved it is a request outside dialogs, which can be made later.
    const honoursRest = names === null;
    const deps = { resolver, blacklist, addressPolicy, honoursRest, open, emit };
    return new OutboundRoute(deps, nextHop);
  }

  /** A connection to the next hop, an open one if there is one. Rejects with ConnectFault when no address answers. */
  async connect(nextHop: NextHop, names: readonly string[]): Promise<SipConnection> {
    return (await this.route(nextHop, names).next()).connection;
  }

  #connectTo(
    transport: SipTransport,
    address: string,
    port: number,
    names: readonly string[],
  ): Promise<SipConnection> {
    if (transport === "udp") {
      const flow = this.flowTo(address, port);
      if (flow !== null) return Promise.resolve(flow);
      return Promise.reject(new ConnectFault("no UDP socket reaches it", "EAFNOSUPPORT"));
    }
    const hosts = transport === "tls" ? names.map((name) => name.toLowerCase()) : [];
    return this.#connections.reuse({ transport, address, port, hosts }, async () => {
      if (this.#isClosed) throw new ConnectFault("the engine is closed", "ECANCELED");
      if (this.#connections.isFull) throw new ConnectFault("too many connections", "EMFILE");
      const shared = { transport, isTrusted: true, isOurs: true, clientIdentity: null };
      if (transport === "tcp") {
        const socket = await connectTcp({ address, port });
        return this.#open(socket, { ...shared, verifiedHost: null });
      }
      const target = { address, port, hosts };
      const { socket, provedHost } = await connectTls(target, this.#tls?.material ?? null);
      return this.#open(socket, { ...shared, verifiedHost: provedHost });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#tls?.close();
    for (const { server } of this.#listeners) server.close();
    this.#connections.closeAll();
    this.#large.close();
    for (const listener of this.#udp) listener.close();
  }

  /** Stops accepting; connections that are open stay. */
  closeListeners(): void {
    for (const { server } of this.#listeners) server.close();
  }

  #requireTls(): TlsCertificates {
    if (this.#tls === null) throw new Error("a TLS listener needs a certificate and a key");
    return this.#tls;
  }

  /** The place in the limits is held until the socket is really closed, not only given up. */
  #admit(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress ?? "");
    const release = this.#isClosed ? null : this.admission.admitConnection(address);
    if (release !== null) {
      socket.once("close", release);
      return true;
    }
    socket.on("error", () => undefined);
    socket.destroy();
    return false;
  }

  #clientIdentity(socket: TLSSocket): ClientIdentity | null {
    const { config, clock } = this.#deps;
    if (config.tls?.requestClientCertificate !== true) return null;
    return clientIdentity(socket, this.#requireTls().material.clientCa, clock.nowMs());
  }

  /** RFC 5923 §5: `alias` in the top Via of a request. */
  #noteAlias(connection: SipConnection, message: SipMessage): void {
    if (connection.clientIdentity === null || message.startLine.kind !== "request") return;
    const via = parseVia(headerList(message, "Via")[0] ?? "");
    if (via instanceof SipSyntaxError || !hasParam(via.params, "alias")) return;
    this.#connections.addAlias(connection, via.port ?? DEFAULT_TLS_PORT);
  }

  #open(
    socket: Socket,
    options: Pick<
      StreamConnectionOptions,
      "transport" | "isTrusted" | "isOurs" | "verifiedHost" | "clientIdentity"
    >,
  ): SipConnection {
    const { config, clock, turns } = this.#deps;
    const connection = new StreamConnection({
      socket,
      ...options,
      limits: config.limits,
      clock,
      turns,
      handlers: {
        message: (from, message) => this.receive(from, message),
        malformed: (from, malformed) => this.#handlers.malformed(from, malformed),
        ping: (from) => !from.isMetered || this.admission.takesMessage(from),
        fault: (from, code) => this.admission.gaveUp(code, from.transport, from),
        closed: (closed) => {
          this.#connections.remove(closed);
          this.#handlers.closed(closed);
        },
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  /** Every message goes through here, however it came. */
  receive(from: SipConnection, message: SipMessage): void {
    this.admission.counts.message("in", from.transport, message);
    this.#report("in", from, message);
    if (from.isMetered && !this.admission.takesMessage(from)) {
      const answer = overRateAnswer(message, this.#deps.config);
      if (answer !== "pass") {
        if (answer !== null && from.isOpen) this.send(from, answer);
        return;
      }
    }
    this.#noteAlias(from, message);
    this.#handlers.message(from, withClientIdentity(message, from.clientIdentity));
  }

  #report(direction: "in" | "out", connection: SipConnection, message: SipMessage): void {
    this.#deps.messageWatch.note({
      direction,
      atMs: this.#deps.clock.nowMs(),
      transport: connection.transport,
      localAddress: connection.localAddress,
      localPort: connection.localPort,
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
      message,
    });
  }
}

/** RFC 3261 §17.2.1: a 100 is asked for where nothing else is said within 200 ms. */
function isTrying({ startLine }: SipMessage): boolean {
  return startLine.kind === "response" && startLine.status === 100;
}
