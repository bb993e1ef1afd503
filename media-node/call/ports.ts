import type { CallEvent } from "../../schema/contracts/call-record.ts";
import type { ClientData } from "../../schema/contracts/client-data.ts";
import type { AgentRoute, InboundRoute } from "../../schema/contracts/routing.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { Secret } from "../../schema/values/secret.ts";
import type { AgentTarget } from "./agent-ports.ts";
import type { CallEndCode } from "./call-ends.ts";
import type { MediaPorts } from "./media-ports.ts";
import type { Dialer } from "./outbound/outbound-ports.ts";
import type { CallRegistry } from "./registry.ts";
import type { CallTraces } from "./trace-ports.ts";
import type { PeerRefer } from "./transfer/peer-refer.ts";
import type { ReferNotice } from "./transfer/refer.ts";

/** The interfaces that the call domain needs. Adapters implement them; nothing here knows a stack. */

export type SipTransport = "tcp" | "tls" | "udp";

/** Header name (lower case) to values in order of appearance. No prototype. */
export type SipHeaders = Readonly<Record<string, readonly string[]>>;

/** What decides an inbound call, all of it from the message and its socket. */
export interface RouteQuery {
  /** The socket's peer, never what a header claims (X-Forwarded-For, Via, received). */
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: SipTransport;
  /** Names that the peer has proved by a certificate, lower case; empty without one. */
  readonly tlsIdentities: readonly string[];
  /** Host part of the Request-URI: chooses a tenant by its host label. */
  readonly requestHost: string;
  /** User parts exactly as received, still escaped; empty when absent. */
  readonly requestUser: string;
  readonly toUser: string;
  readonly fromUser: string;
}

export interface RouteRefusal {
  readonly kind: "refuse";
  readonly code: CallEndCode;
  readonly workspaceId: string | null;
  readonly phoneNumberId: string | null;
  /** Names what almost matched: for the log and the tenant's record, never for the wire. */
  readonly detail: string;
}

/** A decision about a caller whose word needs no proof, or has been proved. */
export type SettledDecision =
  | { readonly kind: "accept"; readonly route: InboundRoute }
  | RouteRefusal;

/** A trunk whose callers prove a password, and what is decided about one who has. */
export interface DigestCandidate {
  readonly workspaceId: string;
  readonly trunkId: string;
  readonly username: string;
  /** Sealed under the region key; null where the table has none, and then nobody can prove it. */
  readonly password: Sealed | null;
  readonly algorithm: "MD5" | "SHA-256";
  readonly challengeStatus: 401 | 407;
  readonly decision: SettledDecision;
}

/** RFC 3261 §22: the caller is asked for proof. Without candidates no proof is good enough, and it must not show. */
export interface AuthenticateDecision {
  readonly kind: "authenticate";
  readonly candidates: readonly DigestCandidate[];
  /** For a caller who proves nothing. */
  readonly refusal: RouteRefusal;
  /** Some trunk of the region names the source, by address or by certificate. */
  readonly isSourceNamed: boolean;
}

export type RouteDecision = SettledDecision | AuthenticateDecision;

/** What a caller is asked with. */
export interface DigestDemand {
  readonly status: 401 | 407;
  /** Value of WWW-Authenticate or Proxy-Authenticate: one, because some phones give up when they are offered two. */
  readonly challenge: string;
}

export interface CallerAuthenticator {
  /** Never rejects because of what the caller sent. */
  authenticate(
    pending: AuthenticateDecision,
    invite: Pick<InboundInvite, "query" | "requestUri" | "credentials">,
  ): Promise<SettledDecision | { readonly kind: "challenge"; readonly demand: DigestDemand }>;
}

export interface InboundInvite {
  readonly query: RouteQuery;
  readonly sipCallId: string;
  /** As received: what a digest response is compared with (RFC 3261 §22.4). */
  readonly requestUri: string;
  /** Without Authorization and Proxy-Authorization, which are for nobody further in. */
  readonly headers: SipHeaders;
  /** Values of Authorization, then of Proxy-Authorization: which of the two answers what is mixed up often enough. */
  readonly credentials: readonly string[];
  /** Null: the peer wants our offer in the 200 (RFC 3261 §13.2.1). */
  readonly offer: string | null;
  /** Aborted by CANCEL, or when the control connection to the SIP engine is lost. */
  readonly cancelled: AbortSignal;
  ringing(terms?: DialogTerms): void;
  /** Answers 401 or 407. The caller's next try is an INVITE of its own. Safe to call after a CANCEL. */
  challenge(demand: DigestDemand): Promise<void>;
  /** Answers with the status of the row in `CALL_ENDS`. Safe to call after a CANCEL. */
  reject(code: CallEndCode, terms?: DialogTerms): Promise<void>;
  /** 200 OK. Resolves when the ACK has arrived; rejects with SipFault when the call is gone. */
  answer(sdp: string, headers?: ExtraHeaders, terms?: DialogTerms): Promise<Dialog>;
}

export interface DialogHandlers {
  /** The peer's BYE, or the engine's own (no ACK, lost connection): once. */
  ended(cause: { readonly by: "peer" | "engine"; readonly reason: string }): void;
  /** A re-INVITE: return the answer, or the code to refuse with (488); `offer` null wants our offer. */
  reoffer(offer: string | null): Promise<{ answer: string } | { refuse: CallEndCode }>;
  /** A key in an INFO. */
  digit?(digit: string, durationMs: number): void;
  /** A NOTIFY about our REFER. */
  referNotice?(notice: ReferNotice): void;
  /** A REFER of the peer, to be accepted or refused; without this it is 405, and Allow does not name the method. */
  referred?(refer: PeerRefer): void;
  /** The ACK after `reoffer(null)`: the peer's answer to our offer, null when the ACK had no body. */
  reanswered?(answer: string | null): void;
}

export interface SipReason {
  /** RFC 3326: `SIP;cause=200;text="..."`. */
  readonly cause: number;
  readonly text: string;
}

/** RFC 3515: values as they stand in the request. */
export interface ReferRequest {
  readonly referTo: string;
  readonly headers: Readonly<Record<string, string>>;
}
/** Headers of our own in a message, beside those that the SIP side writes. */
export type ExtraHeaders = Readonly<Record<string, string>>;

export interface ReferResponse {
  readonly status: number;
  readonly reason: string;
}

/** What the trunk's settings say of a dialog, and of the responses before it. */
export interface DialogTerms {
  /** Whether Allow names REFER. */
  readonly allowsRefer?: boolean;
  /** Names of which the peer's certificate must have one when we connect to it again; none: those that it has shown. */
  readonly remoteDomains?: readonly string[];
  /** Of an inbound call: where the number's own calls go, which is a good name too where there are no remote domains. */
  readonly outboundAddress?: string | null;
}

export interface Dialog {
  readonly sipCallId: string;
  /** The answer in the ACK, when the INVITE had no offer (RFC 3261 §13.2.1); else null. */
  readonly remoteAnswer: string | null;
  attach(handlers: DialogHandlers): void;
  /** Never rejects: a BYE that nobody answers has still ended the call. Bounded by 5 s. */
  bye(reason: SipReason, headers?: ExtraHeaders): Promise<void>;
  /**
   * `answered` is told of the final response, once; 408 when none comes, 481 when the dialog is over. In the order of the
   * wire: a BYE that stands behind the response is told after it.
   */
  refer(request: ReferRequest, answered: (response: ReferResponse) => void): void;
}

/** What the pre-call webhook is told. */
export interface PreCallQuestion {
  readonly conversationId: string;
  readonly callerId: string;
  readonly calledNumber: string;
  /** By X-CALL-ID, by the carrier's own identifier, or by the SIP Call-ID; and the same without the carrier's. */
  readonly callSid: string;
  readonly givenCallId: string;
  readonly sipHeaders: Readonly<Record<string, string>>;
  /** W3C Trace Context §3.2; absent where the call is not traced. */
  readonly traceparent?: string;
}

export type PreCallFailure =
  | "timeout"
  | "unreachable"
  | "address_refused"
  | "url_refused"
  | "redirected"
  | "bad_status"
  | "too_large"
  | "not_json"
  | "malformed"
  | "override_not_enabled"
  | "aborted"
  | "fault";

/** `detail` is for the log and the record: no header value, no query. */
export type PreCallAnswer =
  | { readonly kind: "data"; readonly data: ClientData }
  | { readonly kind: "rejected"; readonly detail: string }
  | { readonly kind: "failed"; readonly code: PreCallFailure; readonly detail: string };

export interface PreCallWebhook {
  /** Asks the agent's webhook within its deadline. Never rejects; the signal ends it at once, as `aborted`. */
  ask(agent: AgentRoute, question: PreCallQuestion, signal: AbortSignal): Promise<PreCallAnswer>;
}

/** What decides whether a call may be taken now, inbound and outbound alike. */
export interface PermitQuery {
  readonly workspaceId: InboundRoute["workspaceId"];
  /** Calls of the workspace at the same time; null: no limit. */
  readonly workspaceConcurrency: number | null;
  readonly agent: Pick<InboundRoute["agent"], "id" | "limits" | "maxDurationSecs">;
  readonly trunk: { readonly id: string; readonly callsPerSecond: number | null };
  /** How long a call that we place may ring. */
  readonly ringingMs: number;
  /** Null: over a limit the call is refused at once. */
  readonly queue: InboundRoute["agent"]["queue"];
}

/** A place among the calls that a workspace and an agent may have: given back with the call. */
export interface Permit extends AsyncDisposable {
  readonly kind: "granted";
}

/** A place in the queue of an agent; disposing gives up the place, or the permit that came of it. */
export interface QueuePlace extends AsyncDisposable {
  readonly kind: "queued";
  /** Null when the call may go on. */
  readonly admitted: Promise<CallEndCode | null>;
}

export interface PermitRefusal {
  readonly kind: "refused";
  readonly code: CallEndCode;
  readonly detail: string;
}

export interface Permits {
  /** Decides within 300 ms. The signal ends the wait for the answer. */
  acquire(
    query: PermitQuery,
    callId: CallId,
    signal: AbortSignal,
  ): Promise<Permit | QueuePlace | PermitRefusal>;
}

/** Audio files of agents, on their way to where media read them. */
export interface AudioFiles {
  /** Resolves when the file is on the disk, or cannot be had, and after `limitMs`. Never rejects. */
  ensure(agentId: string, sha256: string, limitMs: number): Promise<void>;
  /** All that the agent may have played, in the background. */
  prefetch(agent: Pick<AgentRoute, "id" | "audioFiles" | "fallback">): void;
}

export interface CallRecords {
  /** Durable on disk before it returns. */
  save(event: CallEvent): Promise<void>;
}

export interface Clock {
  /** Wall time in milliseconds since the epoch. */
  nowMs(): number;
  /** Monotonic milliseconds. */
  monotonicMs(): number;
  /** Calls back once after the delay; disposing forgets it. */
  after(delayMs: number, fire: () => void): Disposable;
}

export interface CallLogger {
  info(event: string, fields: Record<string, unknown>): void;
  warn(event: string, fields: Record<string, unknown>): void;
  error(event: string, fields: Record<string, unknown>): void;
}

export interface CallMetrics {
  callStarted(direction: "inbound" | "outbound"): void;
  callEnded(direction: "inbound" | "outbound", code: CallEndCode, durationMs: number): void;
  callSetUp(durationMs: number): void;
  /** An INVITE that never became a call: `callStarted` was not told of it. */
  callRefused(code: CallEndCode): void;
  /** What a pre-call webhook came to. */
  preCallAsked(outcome: "data" | "rejected" | PreCallFailure, durationMs: number): void;
}

/** A call whose SIP messages are kept. */
export interface LoggedCall {
  readonly callId: CallId;
  readonly workspaceId: string;
  readonly phoneNumberId: string;
  /** Called and calling. */
  readonly phoneNumbers: readonly string[];
}

export interface MessageLogs {
  /** From now until it is disposed of, the messages of every dialog that `follow` adds; and a moment longer. */
  open(call: LoggedCall): Disposable;
  /**
   * Another dialog of the call, and what of its INVITE has gone by; nothing when the call is not logged. A Call-ID that
   * the peer chose may be another's: of it only what has `tag` on one side is this call's.
   */
  follow(callId: string, sipCallId: string, tag?: string): void;
}

/** An INVITE that was refused, and whose it was meant to be. */
export interface RefusedInvite {
  readonly code: CallEndCode;
  readonly query: RouteQuery;
  readonly sipCallId: string;
  readonly workspaceId: string | null;
  readonly phoneNumberId: string | null;
  /** Of a call for which an agent was asked. */
  readonly conversationId: string | null;
}

export interface CallDeps {
  readonly routes: { lookup(query: RouteQuery): RouteDecision };
  readonly callers: CallerAuthenticator;
  /** One admission for INVITE, OPTIONS and /readyz. Null: take calls. */
  readonly admission: () => CallEndCode | null;
  readonly agents: {
    /** @throws when the headers of the agent's settings cannot be opened */
    target(agent: AgentRoute): Promise<AgentTarget>;
  };
  readonly preCall: PreCallWebhook;
  readonly audioFiles: AudioFiles;
  readonly media: MediaPorts;
  readonly permits: Permits;
  readonly records: CallRecords;
  readonly messageLogs: MessageLogs;
  /** Told of every refused INVITE; what of it the tenant can read, it decides. Never throws. */
  readonly rejections: { note(refused: RefusedInvite): void };
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly metrics: CallMetrics;
  readonly traces: CallTraces;
  readonly random: (bytes: number) => Uint8Array;
  readonly newCallId: () => CallId;
  readonly dialer: Dialer;
  /** The advertised address, as it stands in a URI. */
  readonly ourHost: string;
  /** @throws when it cannot be opened */
  readonly openTrunkSecret: (sealed: Sealed, owner: string) => Promise<Secret>;
  /** The calls of this node, from the INVITE to the record of their end. */
  readonly calls: CallRegistry;
  /** Written into every record. */
  readonly node: { readonly id: string; readonly region: string };
}
