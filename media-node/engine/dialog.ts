import {
  headerList,
  headerValue,
  type SipHeader,
  type SipMessage,
  type SipRequest,
} from "../protocol/sip/message.ts";
import { type NameAddr, parseNameAddr } from "../protocol/sip/name-addr.ts";
import { hasParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseSipUri, type SipUri, writeSipUri } from "../protocol/sip/uri.ts";
import type { SipConnection } from "./connection.ts";
import { withCallId } from "./control-call-ids.ts";
import type { ControlClient } from "./control-client.ts";
import type { DigestClient } from "./digest-client.ts";
import { inOnePiece } from "./in-one-piece.ts";
import type { SessionTerms } from "./session-terms.ts";
import { NO_TRUNK_NAMES, type TrunkNames } from "./trunk-names.ts";

export interface DialogInit {
  readonly role: "uas" | "uac";
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string | null;
  /** From tag of the INVITE that made the dialog: part of the id that the control side knows. */
  readonly inviteFromTag: string;
  /** Call-ID as the control side is told it: another than `callId` when a live leg has that one. */
  readonly controlCallId: string;
  /** The whole From or To values of the two sides, tags included. */
  readonly localParty: string;
  readonly remoteParty: string;
  readonly localCseq: number;
  readonly remoteCseq: number | null;
  readonly remoteTarget: string;
  /** Route values in the order in which we send them (RFC 3261 §12.1.1, §12.1.2). */
  readonly routeSet: readonly string[];
  readonly connection: SipConnection;
  /** The name that a new TLS connection must prove when the next hop is an address; null: the host of its URI. */
  readonly tlsHost: string | null;
  readonly client: ControlClient;
  /** Answers the peer's challenges; absent where the call is not ours, or has no account. */
  readonly digest?: DigestClient | null;
  /** Absent: nothing is known of them, or not yet. */
  readonly trunkNames?: TrunkNames;
}

/** A 2xx that we sent and whose ACK has not arrived. */
export interface UnacknowledgedAnswer {
  readonly cseq: number;
  /** The control side's name of the INVITE: its ACK goes there under the same one. */
  readonly transactionId: string;
  acknowledged(): void;
  abandon(): void;
}

const NO_SIBLINGS: ReadonlyMap<string, SipDialog> = new Map();

/** RFC 3261 §12: the state of one dialog. */
export class SipDialog {
  readonly role: "uas" | "uac";
  readonly callId: string;
  readonly controlCallId: string;
  readonly localTag: string;
  readonly remoteTag: string | null;
  readonly localParty: string;
  readonly remoteParty: string;
  /** Answers challenges of the peer whom we called, and of nobody else: see `mayAuthorise`. */
  readonly digest: DigestClient | null;
  readonly #placedTo: string;
  /** RFC 3261 §13.2.2.4: credentials of the latest INVITE of ours, which the ACK of its 2xx repeats. */
  inviteCredentials: readonly SipHeader[] = [];
  /** Until the 2xx: its Record-Route counts (RFC 3261 §13.2.2.4). */
  routeSet: readonly string[];
  readonly tlsHost: string | null;
  /** What a new TLS connection of this dialog may prove, by its trunk's settings. */
  trunkNames: TrunkNames;
  readonly client: ControlClient;
  /** RFC 3261 §12: what identifies it on the wire. */
  readonly key: string;
  /** What the control side calls it: `<Call-ID>;from-tag=<From tag of the INVITE>`. */
  readonly controlId: string;
  state: "early" | "confirmed" | "terminated" = "early";
  /** The live connection to the peer: the newest on which it was heard. */
  connection: SipConnection;
  remoteTarget: string;
  localCseq: number;
  remoteCseq: number | null;
  /** A re-INVITE of ours that has no final response, and one of the peer's (RFC 3261 §14). */
  hasOutgoingInvite = false;
  hasIncomingInvite = false;
  hasIncomingUpdate = false;
  /** RFC 3264 §4: whose offer has no answer; there is one at a time. */
  openOffer: "ours" | "theirs" | null = null;
  /** RFC 3262 §4: the last reliable provisional response of the peer, and those that are not acknowledged. */
  lastRseq: number | null = null;
  readonly unacknowledgedRseqs = new Set<number>();
  /** While it is early: the dialogs of the same INVITE by To tag, which share its name at the control side. */
  siblings: ReadonlyMap<string, SipDialog> = NO_SIBLINGS;
  /** CSeq number of the INVITE that makes this dialog, where that is ours. */
  readonly firstCseq: number;
  readonly unacknowledged = new Map<number, UnacknowledgedAnswer>();
  /** The ACK of our latest INVITE's 2xx: sent again for each repeat (RFC 3261 §13.2.2.4). */
  lastAck: { readonly cseq: number; readonly request: SipRequest } | null = null;
  /** CSeq of the INVITE whose 2xx the control side has yet to acknowledge. */
  inviteCseq: number | null = null;
  /** RFC 4028: what ends the session unless somebody refreshes it. */
  sessionTimer: { readonly terms: SessionTerms; stop(): void } | null = null;
  /** Our last session description that the peer has taken: what a refresh repeats. */
  localSdp: Uint8Array | null = null;
  /** RFC 3311 §4: the peer's Allow has named UPDATE. */
  isUpdateAllowed = false;
  /** Set when a CANCEL crossed the 2xx: the ACK is followed by our BYE. */
  isCancelled = false;
  /** RFC 3261 §15: a callee's BYE waits for the ACK of its 2xx, or for the end of the dialog by other means. */
  heldUntilAcknowledged: (() => void) | null = null;

  constructor(init: DialogInit) {
    this.role = init.role;
    this.callId = init.callId;
    this.controlCallId = init.controlCallId;
    this.localTag = init.localTag;
    this.remoteTag = init.remoteTag;
    this.localParty = init.localParty;
    this.remoteParty = init.remoteParty;
    this.routeSet = init.routeSet;
    this.connection = init.connection;
    this.tlsHost = init.tlsHost;
    this.trunkNames = init.trunkNames ?? NO_TRUNK_NAMES;
    this.client = init.client;
    this.digest = init.digest ?? null;
    this.#placedTo = init.connection.remoteAddress;
    this.remoteTarget = init.remoteTarget;
    this.localCseq = init.localCseq;
    this.firstCseq = init.localCseq;
    this.remoteCseq = init.remoteCseq;
    this.key = dialogKey(init.callId, init.localTag, init.remoteTag);
    this.controlId = controlDialogId(init.controlCallId, init.inviteFromTag);
  }

  /**
   * RFC 3261 §12.2.1.1: Request-URI, Route, From, To, Call-ID, CSeq and Max-Forwards of a request in this dialog. The
   * sender adds its Via.
   */
  makeRequest(
    method: string,
    cseq: number,
    headers: readonly SipHeader[],
    body: Uint8Array,
  ): SipRequest {
    const { requestUri, routes } = this.#route();
    return {
      startLine: { kind: "request", method, requestUri },
      headers: [
        ...routes.map((value) => ({ name: "Route", value })),
        { name: "Max-Forwards", value: "70" },
        { name: "From", value: this.localParty },
        { name: "To", value: this.remoteParty },
        { name: "Call-ID", value: this.callId },
        { name: "CSeq", value: `${cseq} ${method}` },
        ...headers,
      ],
      body,
    };
  }

  /** RFC 3261 §20.5: Allow says what the peer takes; one that says nothing changes nothing. */
  learnAllow(message: SipMessage): void {
    const methods = headerList(message, "Allow");
    if (methods.length > 0) this.isUpdateAllowed = methods.includes("UPDATE");
  }

  /** A session description that went out in a message which the peer has accepted. */
  learnLocalSdp(message: SipMessage): void {
    if (carriesSdp(message)) this.localSdp = message.body;
  }

  /** A request of the peer came by this connection: ours go there too, unless it ends at another node. */
  cameBy(connection: SipConnection): void {
    if (!connection.isRelayed) this.connection = connection;
  }

  /** Whether who is behind this connection is whom the call was placed to: by address, or by a name that TLS proved. */
  mayAuthorise(connection: SipConnection): boolean {
    if (connection.remoteAddress === this.#placedTo) return true;
    const { verifiedHost } = connection;
    if (verifiedHost === null) return false;
    return verifiedHost === this.tlsHost || this.trunkNames.remoteDomains.includes(verifiedHost);
  }

  /** A message of this dialog as the control side is told it. */
  shown<Message extends SipMessage>(message: Message): Message {
    return this.controlCallId === this.callId ? message : withCallId(message, this.controlCallId);
  }

  /** The next CSeq number; one that the application chose counts when it is ahead (a digest retry). */
  nextCseq(requested: number | null): number {
    const next = this.localCseq + 1;
    this.localCseq = requested !== null && requested > next ? requested : next;
    return this.localCseq;
  }

  /** Where a new connection for this dialog goes: the first route, else the remote target. */
  nextHopUri(): SipUri | null {
    const first = this.routeSet[0];
    const route = first === undefined ? null : parseNameAddr(first);
    const text = route === null || route instanceof SipSyntaxError ? this.remoteTarget : route.uri;
    const uri = parseSipUri(text);
    return uri instanceof SipSyntaxError ? null : uri;
  }

  #route(): { requestUri: string; routes: readonly string[] } {
    const first = this.routeSet[0];
    const parsed = first === undefined ? null : parseNameAddr(first);
    if (parsed === null || parsed instanceof SipSyntaxError || isLooseRouter(parsed)) {
      return { requestUri: this.remoteTarget, routes: this.routeSet };
    }
    // A strict router: its URI becomes the Request-URI and the target goes last.
    const routes = [...this.routeSet.slice(1), `<${this.remoteTarget}>`];
    return { requestUri: withoutMethodAndHeaders(parsed.uri), routes };
  }
}

/** An offer or an answer (RFC 3264). */
export function carriesSdp(message: SipMessage): boolean {
  if (message.body.length === 0) return false;
  return /^application\/sdp\b/i.test(headerValue(message, "Content-Type") ?? "");
}

export function dialogKey(callId: string, localTag: string, remoteTag: string | null): string {
  return inOnePiece(`${callId}|${localTag}|${remoteTag ?? ""}`);
}

export function controlDialogId(callId: string, inviteFromTag: string): string {
  return inOnePiece(`${callId};from-tag=${inviteFromTag}`);
}

function isLooseRouter(route: NameAddr): boolean {
  const uri = parseSipUri(route.uri);
  return uri instanceof SipSyntaxError || hasParam(uri.params, "lr");
}

/** RFC 3261 §19.1.1, Table 1: a Request-URI has neither `method` nor headers. */
function withoutMethodAndHeaders(text: string): string {
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) return text;
  const params = uri.params.filter(([name]) => name !== "method");
  return writeSipUri({ ...uri, params, headers: null });
}
