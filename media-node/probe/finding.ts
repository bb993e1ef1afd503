import type { TrunkTestFacts } from "../../schema/contracts/trunk-test.ts";

/** What a stage can find wrong. Whose side that is depends on where one stands: the asker's own table says so. */
export type FindingCode =
  | "dns_unanswered"
  | "dns_no_records"
  | "address_not_public"
  | "tcp_timed_out"
  | "tcp_refused"
  | "tcp_unreachable"
  | "tcp_reset"
  | "no_route"
  | "tls_silent"
  | "tls_closed"
  | "tls_not_spoken"
  | "tls_version"
  | "tls_client_certificate"
  | "tls_expired"
  | "tls_not_yet_valid"
  | "tls_untrusted"
  | "tls_incomplete_chain"
  | "tls_wrong_name"
  | "tls_failed"
  | "sip_silent"
  | "sip_closed"
  | "sip_not_spoken"
  | "sip_unavailable"
  | "credentials_missing"
  | "digest_unsupported"
  | "digest_rejected"
  | "digest_forbidden"
  | "invite_not_dialable"
  | "invite_forbidden"
  | "invite_number_refused"
  | "invite_media_refused"
  | "invite_redirected"
  | "invite_refused"
  | "invite_failed"
  | "invite_silent";

/** What a stage has come to. */
export interface Finding {
  /** Null: it passed. */
  readonly code: FindingCode | null;
  /** One sentence. */
  readonly detail: string;
  readonly facts: TrunkTestFacts;
  readonly warning: string | null;
}

export function passed(
  detail: string,
  facts: TrunkTestFacts = {},
  warning: string | null = null,
): Finding {
  return { code: null, detail, facts, warning };
}

export function failed(code: FindingCode, detail: string, facts: TrunkTestFacts = {}): Finding {
  return { code, detail, facts, warning: null };
}

/** How long each step may take, in milliseconds. */
export interface ProbeTimings {
  /** For one TCP connection. */
  readonly connectMs: number;
  readonly handshakeMs: number;
  /** From a request to its final response. */
  readonly answerMs: number;
  /** From an INVITE to its first ring. */
  readonly ringMs: number;
  /** From CANCEL to the end of the INVITE. */
  readonly endMs: number;
}

export const PROBE_TIMINGS: ProbeTimings = {
  connectMs: 4_000,
  handshakeMs: 8_000,
  answerMs: 5_000,
  ringMs: 20_000,
  endMs: 10_000,
};
