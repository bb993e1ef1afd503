import type { TLSSocket } from "node:tls";
import {
  isRequest,
  parseMessage,
  type SipRequest,
  writeMessage,
} from "../../protocol/sip/message.ts";
import { hasParam, SipSyntaxError } from "../../protocol/sip/syntax.ts";
import type { EngineClock } from "../clock.ts";
import type { SipConnection } from "../connection.ts";
import type { EngineConfig, RelayPeer } from "../engine-config.ts";
import { type CheckedRequest, DEFAULT_UDP_PORT } from "../message-parts.ts";
import { SourceLedger } from "../source-ledger.ts";
import type { BoundServer } from "../tcp-transport.ts";
import type { TransportLayer } from "../transport-layer.ts";
import { PeerLine, type RelayVerdict } from "./peer-line.ts";
import { type RelayCount, RelayCounts } from "./relay-counts.ts";
import type { RelayFrame } from "./relay-frames.ts";
import { listenForLinks, type ProvedPeer, RelayLink } from "./relay-link.ts";
import { RelayedFlow } from "./relayed-flow.ts";

/** A CANCEL outside dialogs names no owner: so many nodes are asked for one. */
const MAX_ASKED = 32;
/** CANCELs that others are asked about, a second; sources that trunks name have as many of their own. */
const ASKED_PER_SECOND = 10;
const ASKED_BURST = 20;

export interface RelayDeps {
  readonly config: EngineConfig;
  readonly clock: EngineClock;
  readonly transport: TransportLayer;
  /** Whether a CANCEL means an INVITE of this node. */
  readonly hasInviteOf: (from: SipConnection, cancel: SipRequest) => boolean;
}

/**
 * Requests that reached another node of the region than theirs. The node that got one hands it on as it came, with its
 * source, and stays between its sender and the owner for the answers; it keeps nothing but the peer's connection.
 */
export class Relay {
  readonly #deps: RelayDeps;
  readonly #counts = new RelayCounts();
  readonly #lines = new Map<string, PeerLine>();
  /** With the key that each has proved to hold. */
  readonly #accepted = new Map<RelayLink, Uint8Array>();
  /** Streams of peers whose requests were handed on, by the name that answers give them. */
  readonly #streams = new Map<string, SipConnection>();
  readonly #asked: SourceLedger;
  #peers: ReadonlyMap<string, RelayPeer> = new Map();
  #server: BoundServer | null = null;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
    const rate = { requestsPerSecond: ASKED_PER_SECOND, requestBurst: ASKED_BURST };
    this.#asked = new SourceLedger({ ...deps.config.limits, ...rate }, deps.clock);
  }

  /** Null: this node takes part in no relaying. */
  get port(): number | null {
    return this.#server?.port ?? null;
  }

  counts(): readonly RelayCount[] {
    return this.#counts.read();
  }

  /** Rejects with the system's error (EADDRINUSE and the like). */
  async start(): Promise<void> {
    const { relay } = this.#deps.config;
    if (relay === undefined) return;
    this.#server = await listenForLinks(
      relay,
      (nodeId) => this.#peers.get(nodeId)?.key ?? null,
      (proved, socket) => this.#accept(proved, socket),
    );
  }

  /** Replaces who the region's other nodes are. Links end with those that are gone, or that have another key or address. */
  setPeers(peers: readonly RelayPeer[]): void {
    this.#peers = new Map(peers.map((peer) => [peer.nodeId, peer]));
    const isSame = (line: PeerLine) => {
      const { address, key, port } = this.#peers.get(line.peer.nodeId) ?? {};
      const { peer } = line;
      return peer.address === address && peer.port === port && isEqual(peer.key, key);
    };
    for (const [nodeId, line] of this.#lines) {
      if (isSame(line)) continue;
      this.#lines.delete(nodeId);
      line.close();
    }
    for (const [link, key] of this.#accepted) {
      if (!isEqual(key, this.#peers.get(link.nodeId)?.key)) link.close();
    }
  }

  /** False: there is no such node. */
  knows(nodeId: string): boolean {
    return this.#server !== null && this.#peers.has(nodeId);
  }

  /** Hands a request to the node that it belongs to. */
  forward(
    nodeId: string,
    from: SipConnection,
    request: CheckedRequest,
    settle: (verdict: RelayVerdict) => void,
  ): void {
    const line = this.#lineTo(nodeId);
    const flow = this.#nameFlow(from, request);
    const { remoteAddress: address, remotePort: port, transport } = from;
    const sip = writeMessage(request.message);
    const settled = (verdict: RelayVerdict): void => {
      this.#counts.add("out", verdict);
      settle(verdict);
    };
    if (line === null) settled("unreachable");
    else line.send({ flow, transport, address, port }, sip, settled);
  }

  /** Asks the region's nodes, so many at a time, whose INVITE a CANCEL means. `busy`: too many such questions of late. */
  ask(from: SipConnection, cancel: CheckedRequest, settle: (verdict: RelayVerdict) => void): void {
    const { admission } = this.#deps.transport;
    const nodes = this.#server === null ? [] : [...this.#peers.keys()].slice(0, MAX_ASKED);
    if (nodes.length === 0) {
      settle("unknown");
      return;
    }
    if (!this.#asked.takes(admission.isTrusted(from.remoteAddress) ? "named" : "others")) {
      this.#counts.add("out", "busy");
      settle("busy");
      return;
    }
    let open = nodes.length;
    let isSettled = false;
    for (const nodeId of nodes) {
      this.forward(nodeId, from, cancel, (verdict) => {
        open -= 1;
        if (isSettled || (verdict !== "taken" && open > 0)) return;
        isSettled = true;
        settle(verdict === "taken" ? "taken" : "unknown");
      });
    }
  }

  /** Answers to it have nowhere to go any more. */
  connectionClosed(connection: SipConnection): void {
    this.#streams.delete(streamName(connection));
  }

  close(): void {
    this.#server?.close();
    for (const line of this.#lines.values()) line.close();
    for (const link of this.#accepted.keys()) link.close();
  }

  #lineTo(nodeId: string): PeerLine | null {
    const known = this.#lines.get(nodeId);
    if (known !== undefined) return known;
    const peer = this.#peers.get(nodeId);
    if (peer === undefined) return null;
    const { clock, config } = this.#deps;
    const line = new PeerLine(peer, {
      self: config.nodeId,
      clock,
      maxMessageBytes: config.limits.maxMessageBytes,
      onResponse: (flow, sip) => this.#answer(flow, sip),
    });
    this.#lines.set(nodeId, line);
    return line;
  }

  /** RFC 3261 §18.2.2, RFC 3581 §4: over UDP answers go to the sent-by port unless the request said `rport`. */
  #nameFlow(from: SipConnection, { via }: CheckedRequest): string {
    if (from.transport !== "udp") {
      const name = streamName(from);
      this.#streams.set(name, from);
      return name;
    }
    const port = hasParam(via.params, "rport") ? from.remotePort : (via.port ?? DEFAULT_UDP_PORT);
    return `udp ${from.remoteAddress} ${port}`;
  }

  #answer(flow: string, sip: Uint8Array): void {
    const [transport, address = "", port] = flow.split(" ");
    const peer =
      transport === "udp"
        ? this.#deps.transport.flowTo(address, Number(port))
        : this.#streams.get(flow);
    this.#counts.add("out", peer?.send(sip) === true ? "answered" : "unanswerable");
  }

  #accept({ nodeId, key }: ProvedPeer, socket: TLSSocket): void {
    // Its peer has gone, or changed its key, while it shook hands.
    if (!isEqual(key, this.#peers.get(nodeId)?.key)) {
      socket.destroy();
      return;
    }
    const { maxMessageBytes } = this.#deps.config.limits;
    const link = new RelayLink(nodeId, socket, maxMessageBytes, {
      frame: (from, frame) => this.#take(from, frame),
      closed: (closed) => this.#accepted.delete(closed),
    });
    this.#accepted.set(link, key);
  }

  /** What another node's peer has sent. It is treated as if it had come here, and never handed on. */
  #take(link: RelayLink, { head, sip }: RelayFrame): void {
    if (head.kind !== "request") {
      link.close();
      return;
    }
    const { clock, config, hasInviteOf, transport } = this.#deps;
    const { maxHeaderBytes, maxHeaders } = config.limits;
    const message = parseMessage(sip, { maxHeaders, maxLineChars: maxHeaderBytes });
    if (message instanceof SipSyntaxError || !isRequest(message)) {
      this.#counts.add("in", "malformed");
      link.close();
      return;
    }
    const isMetered = head.transport !== "udp" && !transport.admission.isTrusted(head.address);
    const flow = new RelayedFlow(link, head.flow, { ...head, isMetered }, clock.nowMs());
    const isTaken = message.startLine.method !== "CANCEL" || hasInviteOf(flow, message);
    this.#counts.add("in", isTaken ? "taken" : "unknown");
    if (isTaken && this.#isAdmitted(flow, sip)) transport.receive(flow, message);
    link.send({ kind: "verdict", id: head.id, isTaken });
  }

  /** A datagram is counted before it is read; what comes by a stream, with every other message. */
  #isAdmitted({ remoteAddress, transport }: RelayedFlow, sip: Uint8Array): boolean {
    if (transport !== "udp") return true;
    return this.#deps.transport.admission.admitDatagram(remoteAddress, Buffer.from(sip));
  }
}

function streamName({ remoteAddress, remotePort, transport }: SipConnection): string {
  return `${transport} ${remoteAddress} ${remotePort}`;
}

function isEqual(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return right !== undefined && Buffer.compare(left, right) === 0;
}
