import type { DynamicVariables } from "../../../schema/contracts/client-data.ts";
import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import type { MediaPlan } from "../../protocol/sdp/media-plan.ts";
import type { CallEndCode } from "../call-ends.ts";
import { byeReason, type CallEnding, whenAborted } from "../ending.ts";
import { localMedia } from "../local-media.ts";
import type { CallMedia, MediaLeg } from "../media-ports.ts";
import type { MediaNegotiation } from "../negotiation.ts";
import { dialLeg } from "../outbound/dial-leg.ts";
import { expandHeaders } from "../outbound/outbound-invite.ts";
import { openTrunkPassword } from "../outbound/trunk-password.ts";
import type { CallDeps, Dialog } from "../ports.ts";
import { reofferHandlers } from "../reoffers.ts";

/** Whom a call is joined with, over which trunk and as whom. */
export interface SecondLegTarget {
  readonly callId: string;
  readonly trunk: OutboundTrunkRoute;
  readonly number: string;
  readonly callerNumber: string;
  /** Request-URI and To, where it is not the number at the trunk's address. */
  readonly uri?: string;
  /** Beside the trunk's static headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the trunk's static headers. */
  readonly variables: DynamicVariables;
}

/** Who has answered, before anything is heard: whoever is given it attaches, starts the media and releases them. */
export interface DialledParty {
  readonly dialog: Dialog;
  readonly media: MediaLeg;
  readonly negotiation: MediaNegotiation;
  readonly plan: MediaPlan;
  /** Where the answer came from. */
  readonly address: string;
  readonly allowsRefer: boolean;
}

type DialFailure = {
  readonly kind: "failed";
  readonly status: number | null;
  readonly reason: string;
};
export type PartyOutcome =
  | { readonly kind: "answered"; readonly party: DialledParty }
  | DialFailure;
export type SecondLegOutcome = { readonly kind: "answered"; readonly leg: SecondLeg } | DialFailure;

export type SecondLegDeps = Pick<
  CallDeps,
  "clock" | "dialer" | "logger" | "messageLogs" | "openTrunkSecret" | "ourHost" | "random"
>;

/** As long as the vendor lets a phone ring that a call is transferred to. */
const RING_TIMEOUT_MS = 60_000;

/** The far side of a conference: a dialog and media of its own, joined with the caller's media. */
export class SecondLeg implements AsyncDisposable {
  readonly media: MediaLeg;
  readonly #dialog: Dialog;
  readonly #ending: CallEnding;
  #isGone = false;

  constructor(media: MediaLeg, dialog: Dialog, ending: CallEnding) {
    this.media = media;
    this.#dialog = dialog;
    this.#ending = ending;
  }

  /** The target hung up, before anything else ended the call. */
  left(): void {
    this.#isGone = true;
  }

  /** Hangs up, if the target has not, and releases the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    void this.media.stop();
    if (!this.#isGone) await this.#dialog.bye(byeReason(this.#ending.code ?? "internal_error"));
    await this.media[Symbol.asyncDispose]();
  }
}

interface DialParts {
  readonly ending: CallEnding;
  /** Of the call: the new leg is where they are. */
  readonly media: CallMedia;
  readonly onRinging: (status: number, reason: string) => void;
}

/** Calls the target and, when it answers, lets it hear `caller`. */
export async function dialSecondLeg(
  target: SecondLegTarget,
  caller: MediaLeg,
  parts: DialParts,
  deps: SecondLegDeps,
): Promise<SecondLegOutcome> {
  const { ending } = parts;
  // The agent is out of such a call, so nobody is left to be transferred to.
  const outcome = await dialParty({ ...target, allowsRefer: false }, parts, deps);
  if (outcome.kind === "failed") return outcome;
  const { dialog, negotiation, plan, address, media } = outcome.party;
  const leg = new SecondLeg(media, dialog, ending);
  media.start(plan, address, caller);
  dialog.attach({
    ended({ by, reason }) {
      leg.left();
      ending.end(by === "peer" ? "transferred" : "signalling_lost", reason);
    },
    ...reofferHandlers(
      { callId: target.callId, negotiation, ending, apply: (changed) => media.update(changed) },
      deps,
    ),
    digit: (digit) => caller.sendDigits(digit),
  });
  return { kind: "answered", leg };
}

/** Calls the target. Nothing is left behind by a failure, nor by the end of the call meanwhile. */
export async function dialParty(
  target: SecondLegTarget & { readonly allowsRefer: boolean },
  parts: DialParts,
  deps: SecondLegDeps,
): Promise<PartyOutcome> {
  const { trunk, callId, allowsRefer } = target;
  const { ending } = parts;
  const password = await openTrunkPassword(trunk, callId, deps);
  if (password === "unopened") return failed("The trunk's password cannot be opened.");
  const leg = await parts.media.openLeg();
  if (leg === null) return failed("No RTP port is free.");
  await using media = new AsyncDisposableStack();
  media.use(leg);

  const outcome = await dialLeg(
    trunk,
    {
      number: target.number,
      callerNumber: target.callerNumber,
      ...(target.uri === undefined ? {} : { uri: target.uri }),
    },
    {
      ourHost: deps.ourHost,
      local: localMedia(leg, deps),
      password,
      headers: { ...target.headers, ...expandHeaders(trunk.headers, target.variables).headers },
      allowsRefer,
      ringTimeoutMs: RING_TIMEOUT_MS,
      signal: ending.signal,
      onSent: ({ sipCallId }) => deps.messageLogs.follow(callId, sipCallId),
      onRinging: ({ status, reason }) => parts.onRinging(status, reason),
    },
    deps,
  );
  if (outcome.kind === "cancelled") return failed("The call ended first.");
  if (outcome.kind === "failed") {
    const { refusal, detail } = outcome;
    return { kind: "failed", status: refusal?.status ?? null, reason: refusal?.reason ?? detail };
  }

  const { dialog, negotiation, plan, address } = outcome;
  // From here on the media are the party's.
  media.move();
  const party = { dialog, media: leg, negotiation, plan, address, allowsRefer };
  return { kind: "answered", party };
}

/** For a party whom nobody wants any more. */
export async function dismiss({ dialog, media }: DialledParty, code: CallEndCode): Promise<void> {
  await Promise.all([dialog.bye(byeReason(code)), media[Symbol.asyncDispose]()]);
}

function failed(reason: string): DialFailure {
  return { kind: "failed", status: null, reason };
}

/** The leg's media timeout ends the call as the caller's does. */
export function watchMedia(leg: SecondLeg, ending: CallEnding): Disposable {
  return whenAborted(leg.media.timedOut, () =>
    ending.end("media_timeout", "no media from the target"),
  );
}
