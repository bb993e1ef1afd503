import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import { parseReferTo } from "../../protocol/sip/refer-to.ts";
import { isHeaderValue } from "../../protocol/sip/syntax.ts";
import type { CallEnding } from "../ending.ts";
import type { CallLogger } from "../ports.ts";
import type { CallTrace } from "../trace-ports.ts";
import { type ReferredTarget, referredTarget } from "./referred-target.ts";
import { type DialledParty, dismiss, type PartyOutcome } from "./second-leg.ts";
import { endSpan, type TransferPolicy } from "./transfers.ts";

/** A REFER of the peer (RFC 3515): refused or accepted, once. */
export interface PeerRefer {
  /** Values of Refer-To, as they stand in the request. */
  readonly referTo: readonly string[];
  /** RFC 3892; null when there is none. */
  readonly referredBy: string | null;
  /** `text` is the Warning that goes with the status. */
  refuse(refusal: { readonly status: number; readonly text: string }): void;
  /** 202. */
  accept(): void;
  /** A NOTIFY with the status of the new call; the last one ends the subscription. They arrive in order. */
  notify(status: number, reason: string, isLast: boolean): void;
}

/** Why a REFER is refused, and what its sender is told (RFC 3515 §2.4.2: any response that fits). */
const REFUSALS = {
  /** RFC 3515 §2.4.2: none, more than one, or one that cannot be read. */
  malformed: { status: 400, text: "Refer-To has one address." },
  destination_not_allowed: { status: 403, text: "Calls may not be transferred there." },
  no_trunk: { status: 403, text: "The number has no outbound trunk." },
  /** RFC 3261 §21.4.27. */
  another_transfer: { status: 491, text: "Another transfer is under way." },
  other_method: { status: 501, text: "A REFER asks for an INVITE." },
  attended: { status: 603, text: "An attended transfer (Replaces) is not done." },
  not_dialable: { status: 603, text: "The target is no phone number and no SIP URI." },
  ending: { status: 603, text: "The call is ending." },
  too_many: { status: 603, text: "The call has been transferred too often." },
} as const satisfies Record<string, { readonly status: number; readonly text: string }>;

/** In one call: a peer must not have calls placed for ever. */
const MAX_TRANSFERS = 10;
const MAX_REFERRED_BY_CHARS = 512;

interface PeerTransferParts {
  readonly ending: CallEnding;
  readonly conversationId: string;
  readonly trace: Pick<CallTrace, "span">;
  readonly policy: TransferPolicy;
  readonly ourHost: string;
  /** The agent's own transfer is under way, or has been done. */
  readonly isBusy: () => boolean;
  /** Places the new call. */
  readonly dial: (
    target: ReferredTarget,
    trunk: OutboundTrunkRoute,
    headers: Readonly<Record<string, string>>,
    onRinging: (status: number, reason: string) => void,
  ) => Promise<PartyOutcome>;
  /** The target has answered and is whom the agent talks to from now on. */
  readonly changed: (party: DialledParty, name: string) => void;
  /** Nobody is left: the peer hung up after its REFER, and the target does not answer. */
  readonly abandoned: (detail: string) => void;
}

/** The transfers that the peer asks for, one at a time. */
export interface PeerTransfers {
  /** Accepted, and not decided. */
  readonly isUnderWay: boolean;
  referred(refer: PeerRefer): void;
  /** The peer's BYE: it waits for no outcome. */
  peerLeft(): void;
  /** The call has ended: resolves when nothing of a transfer is left. */
  close(): Promise<void>;
}

interface Judged {
  readonly target: ReferredTarget;
  readonly trunk: OutboundTrunkRoute;
}

export function createPeerTransfers(
  parts: PeerTransferParts,
  { logger }: { readonly logger: CallLogger },
): PeerTransfers {
  const { conversationId, ending, policy } = parts;
  let following: Promise<void> | null = null;
  let hasPeerLeft = false;
  let accepted = 0;

  async function follow(
    refer: PeerRefer,
    target: ReferredTarget,
    trunk: OutboundTrunkRoute,
  ): Promise<void> {
    const tell = (status: number, reason: string, isLast: boolean): void => {
      if (!hasPeerLeft) refer.notify(status, reason, isLast);
    };
    tell(100, "Trying", false);
    const method = { "trunkline.method": "refer", "trunkline.by": "peer" };
    const span = parts.trace.span("transfer", method);
    const onRinging = (status: number, reason: string): void => tell(status, reason, false);
    const outcome = await parts
      .dial(target, trunk, referredBy(refer), onRinging)
      .catch((err: unknown): PartyOutcome => {
        logger.error("peer_transfer_failed", { conversationId, err });
        return { kind: "failed", status: 500, reason: "Server Internal Error" };
      });
    const isAnswered = outcome.kind === "answered";
    endSpan(span, isAnswered ? "succeeded" : "failed", isAnswered ? 200 : outcome.status);
    if (ending.code !== null) {
      // An answer that crossed the end of the call.
      if (outcome.kind === "answered") await dismiss(outcome.party, ending.code);
      return;
    }
    following = null;
    const status = isAnswered ? 200 : (outcome.status ?? 503);
    const reason = isAnswered ? "OK" : outcome.reason;
    tell(status, reason, true);
    const result = isAnswered ? "succeeded" : "failed";
    logger.info("peer_transfer_ended", { conversationId, outcome: result, status, reason });
    if (isAnswered) parts.changed(outcome.party, target.name);
    else if (hasPeerLeft) parts.abandoned(`the transfer failed: ${status} ${reason}`);
  }

  function judge(refer: PeerRefer): Judged | keyof typeof REFUSALS {
    const { trunk } = policy;
    if (ending.code !== null) return "ending";
    if (trunk === null) return "no_trunk";
    const [value, ...more] = refer.referTo;
    if (value === undefined || more.length > 0) return "malformed";
    const asked = parseReferTo(value);
    if (asked.kind === "malformed" || asked.kind === "other_method") return asked.kind;
    if (asked.kind === "replaces") return "attended";
    if (following !== null || parts.isBusy()) return "another_transfer";
    if (accepted >= MAX_TRANSFERS) return "too_many";
    const trunkHost = trunk.address.replace(/:\d+$/, "");
    const target = referredTarget(asked.uri, policy.destinations, [parts.ourHost, trunkHost]);
    return typeof target === "string" ? target : { target, trunk };
  }

  return {
    get isUnderWay() {
      return following !== null;
    },
    referred(refer) {
      const judged = judge(refer);
      if (typeof judged === "string") {
        logger.info("peer_transfer_refused", { conversationId, cause: judged });
        refer.refuse(REFUSALS[judged]);
        return;
      }
      const { target, trunk } = judged;
      logger.info("peer_transfer_requested", { conversationId, kind: target.kind });
      accepted += 1;
      hasPeerLeft = false;
      refer.accept();
      following = follow(refer, target, trunk).catch((err: unknown) => {
        logger.error("peer_transfer_failed", { conversationId, err });
        ending.end("internal_error", "transfer by the peer");
      });
    },
    peerLeft() {
      hasPeerLeft = true;
    },
    async close() {
      await following;
    },
  };
}

/** RFC 3892 §2.2: goes on to the target as it came. */
function referredBy({ referredBy: value }: PeerRefer): Record<string, string> {
  if (value === null || value.length > MAX_REFERRED_BY_CHARS || !isHeaderValue(value)) return {};
  return { "Referred-By": value };
}
