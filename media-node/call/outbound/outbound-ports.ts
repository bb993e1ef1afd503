import type { Secret } from "../../../schema/values/secret.ts";
import type { Dialog, DialogTerms, SipHeaders, SipTransport } from "../ports.ts";

/** What the call domain needs to place calls. Adapters implement it; nothing here knows a stack. */

/** What names an INVITE that has been sent: another of the same call keeps Call-ID and From tag (RFC 3261 §8.1.3.5). */
export interface SentInvite {
  readonly sipCallId: string;
  /** The value of From, with its tag. */
  readonly from: string;
  /** The highest CSeq number so far. */
  readonly cseq: number;
}

/** How an INVITE left, or would have left. */
export interface InviteDeparture {
  readonly sipCallId: string;
  readonly transport: SipTransport;
  /** The peer's address; its name when no address took the connection. */
  readonly address: string;
}

/** A response above 100 and below 200. */
interface Provisional {
  readonly status: number;
  readonly reason: string;
  /** Early media: an answer, as good as the target's word so far. */
  readonly sdp: string | null;
  /** Where it came from. */
  readonly address: string;
}

export interface OutboundCall extends DialogTerms {
  /** `sip:` or `sips:` URI, with the configured host: only the next hop is resolved. */
  readonly requestUri: string;
  /** Where to send it instead of the Request-URI's host: a `sip:` URI, `;transport=` included. */
  readonly nextHop?: string;
  /** Values of From and To, such as `"Name" <sip:user@host>`; the engine adds the tag. */
  readonly from: string;
  readonly to: string;
  /** User part of Contact; absent: one that the engine makes. */
  readonly contactUser?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Our offer. */
  readonly sdp: string;
  /** What the peer's challenges are answered with, in the call that comes of it too. */
  readonly account?: { readonly username: string; readonly password: Secret };
  /** The refused INVITE that this one repeats in another form. */
  readonly after?: SentInvite;
  /** Aborting cancels the call, before or after it rings; an answer that crosses it is ended. */
  readonly signal: AbortSignal;
  readonly onSent?: (departure: InviteDeparture) => void;
  readonly onProvisional?: (provisional: Provisional) => void;
}

/** Why no peer answered an INVITE. */
export type InviteFailure =
  /** The name has no address, or no name server answers. */
  | "not_found"
  /** Nothing listens, no route, or a connection that broke. */
  | "unreachable"
  /** Certificate or handshake. */
  | "tls_failed"
  /** The address is not one that calls may go to. */
  | "address_refused"
  | "transport_unavailable"
  /** Connected, and not a word in 32 s. */
  | "silent"
  /** The SIP engine is down or could not send it. */
  | "engine_lost";

export type InviteOutcome =
  | {
      readonly kind: "answered";
      readonly dialog: Dialog;
      /** The peer's answer; empty when its 200 had none. */
      readonly sdp: string;
      readonly status: number;
      readonly headers: SipHeaders;
      /** Where the answer came from. */
      readonly address: string;
    }
  /** The peer's final response. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly reason: string;
      readonly retryAfter: string | null;
      readonly sent: SentInvite;
    }
  | { readonly kind: "failed"; readonly cause: InviteFailure; readonly detail: string }
  | { readonly kind: "cancelled" };

export interface Dialer {
  /** Throws RangeError for a header that could not stand in a message; every other failure is an outcome. */
  invite(call: OutboundCall): Promise<InviteOutcome>;
}
