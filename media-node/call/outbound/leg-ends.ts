import type { CallEndCode } from "../call-ends.ts";
import type { InviteFailure } from "./outbound-ports.ts";

/** RFC 3261 §21: the row that a final response to our INVITE stands for. */
export function endOfStatus(status: number): CallEndCode {
  switch (status) {
    case 401:
    case 407:
      return "carrier_auth_failed";
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return "callee_unknown";
    case 408:
    case 480:
    case 487:
      return "no_answer";
    case 486:
    case 600:
      return "busy";
    case 603:
    case 607:
    case 608:
      return "declined";
    case 415:
    case 488:
    case 606:
      return "carrier_media_refused";
    case 503:
      return "carrier_unavailable";
    default:
      if (status < 400) return "redirected";
      return status < 500 ? "carrier_refused" : "carrier_failed";
  }
}

/** What says that the same call may pass with other media (RFC 3261 §21.4.26, §21.4.13, §21.6.4). */
export function isMediaRefusal(status: number): boolean {
  return endOfStatus(status) === "carrier_media_refused";
}

export const FAILURE_ENDS = {
  not_found: "carrier_not_found",
  unreachable: "carrier_unreachable",
  tls_failed: "carrier_tls_failed",
  address_refused: "carrier_address_refused",
  transport_unavailable: "transport_unavailable",
  silent: "no_response",
  engine_lost: "signalling_lost",
} as const satisfies Record<InviteFailure, CallEndCode>;
