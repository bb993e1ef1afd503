import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import type { Secret } from "../../../schema/values/secret.ts";
import type { LocalMedia, MediaPlan } from "../../protocol/sdp/media-plan.ts";
import type { NegotiationFailure } from "../../protocol/sdp/offer-answer.ts";
import type { CallEndCode } from "../call-ends.ts";
import { byeReason, whenAborted } from "../ending.ts";
import { createNegotiation, type MediaNegotiation } from "../negotiation.ts";
import type { Clock, Dialog } from "../ports.ts";
import { type LegAttempt, legAttempts } from "./leg-attempts.ts";
import { endOfStatus, FAILURE_ENDS, isMediaRefusal } from "./leg-ends.ts";
import { type InviteIdentity, inviteIdentity } from "./outbound-invite.ts";
import type { Dialer, InviteDeparture, InviteOutcome, SentInvite } from "./outbound-ports.ts";

/** Whom to call, and as whom. */
export interface LegTarget {
  /** As given; the trunk decides the form on the wire. */
  readonly number: string;
  readonly callerNumber: string;
  /** Request-URI and To, where it is not the number at the trunk's address: the trunk is only the way there. */
  readonly uri?: string;
}

export interface LegOptions {
  /** Of From: the advertised address. */
  readonly ourHost: string;
  /** Our end of the media, with keys of its own for each offer; versions rise from 1. */
  readonly local: (sessionVersion: number) => LocalMedia;
  /** Of the trunk's credentials; null: challenges are not answered. */
  readonly password: Secret | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the peer is told that it may transfer the call. */
  readonly allowsRefer?: boolean;
  readonly ringTimeoutMs: number;
  /** Aborting cancels the call. */
  readonly signal: AbortSignal;
  readonly onSent?: (departure: InviteDeparture) => void;
  /** The target alerts, or says anything else above 100; `plan` is that of early media, if it can be used. */
  readonly onRinging?: (said: {
    readonly status: number;
    readonly reason: string;
    readonly plan: MediaPlan | null;
    readonly address: string;
  }) => void;
}

export type LegOutcome =
  | {
      readonly kind: "answered";
      readonly dialog: Dialog;
      readonly negotiation: MediaNegotiation;
      readonly plan: MediaPlan;
      /** Where the answer came from. */
      readonly address: string;
    }
  | {
      readonly kind: "failed";
      readonly code: CallEndCode;
      /** The peer's final response, when there was one. */
      readonly refusal: { readonly status: number; readonly reason: string } | null;
      readonly detail: string;
    }
  /** By `signal`. */
  | { readonly kind: "cancelled" };

export interface LegDeps {
  readonly dialer: Dialer;
  readonly clock: Clock;
}

/**
 * Calls one number over one trunk: INVITE, credentials, media fallback, ring timeout, and the check of the answer. What
 * comes out is a dialog with a plan, or why there is none; nothing is left behind.
 */
export async function dialLeg(
  trunk: OutboundTrunkRoute,
  target: LegTarget,
  options: LegOptions,
  deps: LegDeps,
): Promise<LegOutcome> {
  const attempts = legAttempts(trunk);
  if (attempts === null) {
    return failed("trunk_insecure", `media is required over ${trunk.transport}`);
  }
  const numbers = { called: target.number, caller: target.callerNumber, uri: target.uri };
  const identity = inviteIdentity(trunk, numbers, options.ourHost);
  if (identity === null) return failed("callee_not_dialable", "a number is not the user of a URI");

  const ring = new AbortController();
  using _timeout = deps.clock.after(options.ringTimeoutMs, () => ring.abort());
  using _cancel = whenAborted(options.signal, () => ring.abort());
  const outcome = await tryEach(attempts, { trunk, identity, options, deps }, ring.signal);
  if (outcome.kind !== "cancelled" || options.signal.aborted) return outcome;
  return failed("no_answer", `not answered in ${options.ringTimeoutMs / 1000} s`);
}

interface Leg {
  readonly trunk: OutboundTrunkRoute;
  readonly identity: InviteIdentity;
  readonly options: LegOptions;
  readonly deps: LegDeps;
}

/** DESIGN §6: each attempt only after what it is for; a target that has let it ring is not left for another. */
async function tryEach(
  attempts: readonly LegAttempt[],
  leg: Leg,
  signal: AbortSignal,
): Promise<LegOutcome> {
  let last: LegOutcome = failed("internal_error", "no attempt");
  let cause: LegAttempt["after"] | null = "nothing";
  let refused: SentInvite | null = null;
  for (const [index, attempt] of attempts.entries()) {
    if (attempt.after !== cause) continue;
    const tried = await tryOnce(attempt, { ...leg, refused, version: index + 1 }, signal);
    last = tried.outcome;
    cause = tried.hasRung && tried.cause === "unreachable" ? null : tried.cause;
    refused = tried.refused;
  }
  return last;
}

interface Tried {
  readonly outcome: LegOutcome;
  readonly hasRung: boolean;
  /** What another attempt may be for. */
  readonly cause: LegAttempt["after"] | null;
  readonly refused: SentInvite | null;
}

async function tryOnce(
  attempt: LegAttempt,
  leg: Leg & { readonly refused: SentInvite | null; readonly version: number },
  signal: AbortSignal,
): Promise<Tried> {
  const { trunk, identity, options, refused } = leg;
  const negotiation = createNegotiation({
    policy: {
      encryption: trunk.mediaEncryption,
      codecs: trunk.codecs,
      codecOrder: trunk.codecOrder,
    },
    transport: attempt.profile === "RTP/SAVP" ? "tls" : "tcp",
    local: options.local(leg.version),
    firstProfile: attempt.profile,
  });
  const offer = negotiation.offered(null);
  if (!offer.ok) throw new Error(`no offer can be made: ${offer.code}`);
  let hasRung = false;
  const { credentials } = trunk;
  const outcome = await leg.deps.dialer.invite({
    requestUri: identity.requestUri,
    nextHop: attempt.nextHop,
    from: identity.from,
    to: identity.to,
    headers: { ...options.headers, ...identity.headers },
    sdp: offer.sdp,
    allowsRefer: options.allowsRefer ?? false,
    remoteDomains: trunk.remoteDomains,
    ...(credentials === null || options.password === null
      ? {}
      : { account: { username: credentials.username, password: options.password } }),
    ...(refused === null ? {} : { after: refused }),
    signal,
    ...(options.onSent === undefined ? {} : { onSent: options.onSent }),
    onProvisional({ status, reason, sdp, address }) {
      hasRung = true;
      const early = sdp === null ? null : negotiation.foreseen(sdp);
      // What cannot be used is not the answer yet: that is judged when it comes.
      options.onRinging?.({
        status,
        reason,
        plan: early?.ok === true ? early.plan : null,
        address,
      });
    },
  });
  return { hasRung, ...(await judge(outcome, negotiation, attempt)) };
}

async function judge(
  outcome: InviteOutcome,
  negotiation: MediaNegotiation,
  attempt: LegAttempt,
): Promise<Omit<Tried, "hasRung">> {
  const none = { cause: null, refused: null };
  switch (outcome.kind) {
    case "cancelled":
      return { ...none, outcome };
    case "failed": {
      const { cause, detail } = outcome;
      const isReached = cause !== "not_found" && cause !== "unreachable" && cause !== "tls_failed";
      return {
        outcome: failed(FAILURE_ENDS[cause], detail),
        cause: isReached ? null : "unreachable",
        refused: null,
      };
    }
    case "refused": {
      const { status, reason, retryAfter, sent } = outcome;
      const wait = retryAfter === null ? "" : `, Retry-After ${retryAfter}`;
      return {
        outcome: {
          kind: "failed",
          code: endOfStatus(status),
          refusal: { status, reason },
          detail: `${status} ${reason}${wait}`,
        },
        cause: isMediaRefusal(status) ? "media_refused" : null,
        refused: sent,
      };
    }
    case "answered":
      return { ...none, outcome: await accept(outcome, negotiation, attempt) };
    default:
      return outcome satisfies never;
  }
}

/** The answer fits what was offered, or the call ends before a packet is sent. */
async function accept(
  { dialog, sdp, address }: Extract<InviteOutcome, { kind: "answered" }>,
  negotiation: MediaNegotiation,
  attempt: LegAttempt,
): Promise<LegOutcome> {
  const round = negotiation.answered(sdp === "" ? null : sdp);
  if (round.ok && round.plan !== null) {
    return { kind: "answered", dialog, negotiation, plan: round.plan, address };
  }
  const reason = round.ok ? "no_audio" : round.code;
  const code = answerDefect(reason, attempt);
  await dialog.bye(byeReason(code));
  return failed(code, `the answer cannot be used: ${reason}`);
}

function answerDefect(reason: NegotiationFailure, { profile }: LegAttempt): CallEndCode {
  const isCrypto = reason === "encryption_required" || reason === "no_common_crypto";
  return isCrypto && profile === "RTP/SAVP" ? "answer_downgraded" : "answer_unusable";
}

function failed(code: CallEndCode, detail: string): LegOutcome {
  return { kind: "failed", code, refusal: null, detail };
}
