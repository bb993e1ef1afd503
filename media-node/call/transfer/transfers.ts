import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import { isHeaderValue } from "../../protocol/sip/syntax.ts";
import { hostForUri } from "../../protocol/sip/uri.ts";
import { type UserToUserData, writeUserToUser } from "../../protocol/sip/user-to-user-parameter.ts";
import type { CallEnding } from "../ending.ts";
import type { CallLogger, Clock, Dialog, ExtraHeaders, ReferRequest } from "../ports.ts";
import type { CallRecorder } from "../record.ts";
import type { CallSpan, CallTrace } from "../trace-ports.ts";
import { type ReferNotice, type ReferTransfer, startRefer } from "./refer.ts";
import type { SecondLeg, SecondLegOutcome } from "./second-leg.ts";
import { isAllowedTarget, parseTransferTarget, type TransferTarget } from "./transfer-target.ts";

/** What an agent asks for. */
export interface TransferRequest {
  /** The agent's own, to tell transfers apart; null when it has none. */
  readonly id: string | null;
  /** A phone number, a `tel:` URI or a SIP URI. */
  readonly destination: string;
  readonly method: TransferMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly userToUser: UserToUserData | null;
}

/** `refer`: the caller's side places the new call. `conference`: this node does, and stays in between. */
type TransferMethod = "refer" | "conference";

export interface TransferUpdate {
  readonly id: string | null;
  readonly state: "accepted" | "ringing" | "succeeded" | "failed";
  /** Of the peer, for the REFER or the new call; null when nobody said one. */
  readonly sipStatus: number | null;
  readonly reason: string;
}

/** What the call's settings allow, and how its trunk wants it. */
export interface TransferPolicy {
  /** Rules of `isAllowedTarget`; none allow nothing. */
  readonly destinations: readonly string[];
  /** A phone number in Refer-To: user part of a SIP URI at this host; null: a `tel:` URI. */
  readonly phoneHost: string | null;
  /** What a target is called over in a conference, and as whom; null: there is none. */
  readonly trunk: OutboundTrunkRoute | null;
  readonly callerNumber: string;
}

/** What every REFER carries, whatever the agent's headers say. */
interface TransferFacts {
  readonly conversationId: string;
  readonly callerId: string;
}

interface TransferParts {
  readonly dialog: Pick<Dialog, "refer">;
  readonly ending: CallEnding;
  readonly policy: TransferPolicy;
  readonly facts: TransferFacts;
  /** Variables of the conversation as the trunk wants them in requests of ours. */
  readonly attributeHeaders: () => ExtraHeaders;
  readonly tell: (update: TransferUpdate) => void;
  /** What came of each transfer that was tried. */
  readonly record: CallRecorder["transferred"];
  readonly trace: Pick<CallTrace, "span">;
  /** The peer's own transfer is under way. */
  readonly isBusy: () => boolean;
  /** Calls a number over the policy's trunk; `joined` is told with the answer. */
  readonly dial: (
    number: string,
    trunk: OutboundTrunkRoute,
    onRinging: (status: number, reason: string) => void,
  ) => Promise<SecondLegOutcome>;
  readonly joined: (leg: SecondLeg) => void;
}

/** The transfers of one call, one at a time. */
export interface Transfers {
  /** Asked for, and not decided. */
  readonly isUnderWay: boolean;
  /** `tell` is told of its states in the place of the agent, at once of a refusal. Null: it has begun. */
  request(
    request: TransferRequest,
    tell?: (update: TransferUpdate) => void,
  ): TransferRefusal | null;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
  notified(notice: ReferNotice): void;
  /** True when the peer's BYE is the success of a transfer. */
  peerLeft(): boolean;
  /** The call has ended: resolves when nothing of a transfer is left. */
  close(): Promise<void>;
}

/** Why a transfer is not even tried: what is said of it. */
const REFUSALS = {
  call_ended: "The call has ended.",
  transfer_under_way: "Another transfer is under way.",
  destination_malformed: "The destination is no phone number and no SIP URI.",
  destination_not_allowed: "The destination is not one of transfer_destinations.",
  no_outbound_trunk: "The number has no outbound trunk.",
  sip_uri_by_refer_only: "A SIP URI is reached by the method refer only.",
  header_malformed: "A header cannot be sent.",
} as const;
type TransferRefusal = keyof typeof REFUSALS;

type Tell = (update: TransferUpdate) => void;

const HEADER_NAME = /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/;
const MAX_HEADERS = 20;
const MAX_HEADER_CHARS = 512;
/** The engine's own, and what would change what the REFER is. */
const RESERVED = new Set(
  `via from to call-id cseq contact max-forwards route record-route content-type content-length
   refer-to referred-by replaces target-dialog refer-sub authorization proxy-authorization
   require supported allow reason event subscription-state`.split(/\s+/),
);

export function createTransfers(
  parts: TransferParts,
  deps: { readonly clock: Clock; readonly logger: CallLogger },
): Transfers {
  let current: ReferTransfer | null = null;
  let dialling: Promise<void> | null = null;
  let underWay: Promise<void> | null = null;

  function refuse({ id }: TransferRequest, code: TransferRefusal, tell: Tell): TransferRefusal {
    tell({ id, state: "failed", sipStatus: null, reason: REFUSALS[code] });
    return code;
  }

  const startSpan = ({ method }: TransferRequest): CallSpan =>
    parts.trace.span("transfer", { "trunkline.method": method, "trunkline.by": "agent" });

  async function refer(request: TransferRequest, message: ReferRequest, tell: Tell): Promise<void> {
    const { id } = request;
    const span = startSpan(request);
    const transfer = startRefer({
      dialog: parts.dialog,
      request: message,
      clock: deps.clock,
      onProgress: (sipStatus, reason) =>
        tell({ id, state: sipStatus === 100 ? "accepted" : "ringing", sipStatus, reason }),
    });
    current = transfer;
    const { kind, status, reason } = await transfer.outcome;
    current = null;
    ended(request, kind, status, reason, tell);
    endSpan(span, kind, status);
    if (kind === "succeeded") parts.ending.end("transferred", reason);
  }

  async function conference(
    request: TransferRequest,
    number: string,
    trunk: OutboundTrunkRoute,
    tell: Tell,
  ): Promise<void> {
    const { id } = request;
    const span = startSpan(request);
    const outcome = await parts.dial(number, trunk, (sipStatus, reason) =>
      tell({ id, state: "ringing", sipStatus, reason }),
    );
    dialling = null;
    const isAnswered = outcome.kind === "answered";
    endSpan(span, isAnswered ? "succeeded" : "failed", isAnswered ? 200 : outcome.status);
    if (outcome.kind === "answered" && parts.ending.code !== null) {
      // The answer crossed the end of the call.
      await outcome.leg[Symbol.asyncDispose]();
      return;
    }
    if (outcome.kind === "failed") {
      ended(request, "failed", outcome.status, outcome.reason, tell);
      return;
    }
    ended(request, "succeeded", 200, "OK", tell);
    parts.joined(outcome.leg);
  }

  function ended(
    { id, method, destination }: TransferRequest,
    outcome: "succeeded" | "failed",
    sipStatus: number | null,
    reason: string,
    tell: Tell,
  ): void {
    const { conversationId } = parts.facts;
    deps.logger.info("transfer_ended", { conversationId, method, outcome, sipStatus, reason });
    parts.record({ method, destination, outcome, sipStatus, reason });
    tell({ id, state: outcome, sipStatus, reason });
  }

  return {
    get isUnderWay() {
      return current !== null || dialling !== null;
    },
    async settled() {
      await underWay;
    },
    request(request, tell = parts.tell) {
      if (parts.ending.code !== null) return "call_ended";
      if (current !== null || dialling !== null || parts.isBusy())
        return refuse(request, "transfer_under_way", tell);
      const target = parseTransferTarget(request.destination);
      if (target === null) return refuse(request, "destination_malformed", tell);
      if (!isAllowedTarget(target, parts.policy.destinations)) {
        return refuse(request, "destination_not_allowed", tell);
      }
      const { conversationId } = parts.facts;
      deps.logger.info("transfer_requested", { conversationId, method: request.method });
      if (request.method === "conference") {
        const { trunk } = parts.policy;
        if (trunk === null) return refuse(request, "no_outbound_trunk", tell);
        if (target.kind !== "phone") {
          return refuse(request, "sip_uri_by_refer_only", tell);
        }
        dialling = conference(request, target.number, trunk, tell);
        underWay = dialling;
        return null;
      }
      const headers = readHeaders(request.headers);
      if (headers === null) return refuse(request, "header_malformed", tell);
      const message = {
        referTo: referToOf(target, request.userToUser, parts.policy),
        headers: { ...parts.attributeHeaders(), ...headers, ...ownHeaders(parts.facts) },
      };
      underWay = refer(request, message, tell);
      return null;
    },
    notified: (notice) => current?.notified(notice),
    peerLeft() {
      if (current?.isPending !== true) return false;
      current.peerLeft();
      return true;
    },
    async close() {
      current?.abandon();
      await dialling;
    },
  };
}

/** `failed` is the failure's code, and the status says more where the peer gave one. */
export function endSpan(
  span: CallSpan,
  outcome: "succeeded" | "failed",
  status: number | null,
): void {
  const attributes = status === null ? {} : { "sip.response.status_code": status };
  span.end(outcome === "failed" ? "transfer_failed" : null, attributes);
}

/** Null when one of them may not be there. */
function readHeaders(headers: TransferRequest["headers"]): Record<string, string> | null {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) return null;
  const read: Record<string, string> = {};
  for (const [name, value] of entries) {
    const key = name.toLowerCase();
    if (!HEADER_NAME.test(name) || name.length > 64 || RESERVED.has(key)) return null;
    if (value === "" || value.length > MAX_HEADER_CHARS || !isHeaderValue(value)) return null;
    // Ours are set whatever the agent says, in whatever case.
    if (key !== "x-conversation-id" && key !== "x-caller-id") read[name] = value;
  }
  return read;
}

function ownHeaders({ conversationId, callerId }: TransferFacts): Record<string, string> {
  const caller = isHeaderValue(callerId) ? callerId : "";
  return {
    "X-Conversation-ID": conversationId,
    ...(caller === "" ? {} : { "X-Caller-ID": caller }),
  };
}

/** RFC 3515 §2.1. User-to-User travels in the URI's headers and so only with a SIP URI (RFC 7433 §4.1). */
function referToOf(
  target: TransferTarget,
  userToUser: UserToUserData | null,
  { phoneHost }: TransferPolicy,
): string {
  if (target.kind === "phone" && phoneHost === null) return `<tel:${target.number}>`;
  const uri =
    target.kind === "phone"
      ? `sip:${target.number.replaceAll("#", "%23")}@${hostForUri(phoneHost ?? "")}`
      : target.uri;
  const data = userToUser === null ? null : writeUserToUser(userToUser);
  return data === null ? `<${uri}>` : `<${uri}?User-to-User=${encodeURIComponent(data)}>`;
}
