import type { DynamicVariables } from "../../schema/contracts/client-data.ts";
import type { OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import type { MediaSession } from "../media/media-session.ts";
import { dialLeg } from "./dial-leg.ts";
import { byeReason, type CallEnding, whenAborted } from "./ending.ts";
import { localMedia } from "./local-media.ts";
import { expandHeaders } from "./outbound-invite.ts";
import type { CallDeps, Dialog } from "./ports.ts";
import { relayTo } from "./relay.ts";
import { reofferHandlers } from "./reoffers.ts";
import { openTrunkPassword } from "./trunk-password.ts";

/** Whom a call is joined with, over which trunk and as whom. */
export interface SecondLegTarget {
  readonly callId: string;
  readonly trunk: OutboundTrunkRoute;
  readonly number: string;
  readonly callerNumber: string;
  /** For the trunk's static headers. */
  readonly variables: DynamicVariables;
}

export type SecondLegOutcome =
  | { readonly kind: "answered"; readonly leg: SecondLeg }
  | { readonly kind: "failed"; readonly status: number | null; readonly reason: string };

export type SecondLegDeps = Pick<
  CallDeps,
  "clock" | "dialer" | "logger" | "media" | "messageLogs" | "openTrunkSecret" | "ourHost" | "random"
>;

/** As long as the vendor lets a phone ring that a call is transferred to. */
const RING_TIMEOUT_MS = 60_000;

/** The far side of a conference: a dialog and media of its own, joined with the caller's media. */
export class SecondLeg implements AsyncDisposable {
  readonly media: MediaSession;
  readonly #dialog: Dialog;
  readonly #ending: CallEnding;
  #isGone = false;

  constructor(media: MediaSession, dialog: Dialog, ending: CallEnding) {
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
    this.media.stop();
    if (!this.#isGone) await this.#dialog.bye(byeReason(this.#ending.code ?? "internal_error"));
    await this.media[Symbol.asyncDispose]();
  }
}

/**
 * Calls the target and, when it answers, lets it hear `caller`. Nothing is left behind by a failure, nor by the end of
 * the call meanwhile.
 */
export async function dialSecondLeg(
  target: SecondLegTarget,
  caller: MediaSession,
  parts: {
    readonly ending: CallEnding;
    readonly onRinging: (status: number, reason: string) => void;
  },
  deps: SecondLegDeps,
): Promise<SecondLegOutcome> {
  const { trunk, callId } = target;
  const { ending } = parts;
  const password = await openTrunkPassword(trunk, callId, deps);
  if (password === "unopened") return failed("The trunk's password cannot be opened.");
  const opened = await deps.media.open();
  if (opened === null) return failed("No RTP port is free.");
  await using media = new AsyncDisposableStack();
  media.use(opened.session);

  const outcome = await dialLeg(
    trunk,
    { number: target.number, callerNumber: target.callerNumber },
    {
      ourHost: deps.ourHost,
      local: localMedia(opened, deps),
      password,
      headers: expandHeaders(trunk.headers, target.variables).headers,
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
  const leg = new SecondLeg(opened.session, dialog, ending);
  opened.session.start(plan, relayTo(caller), address);
  dialog.attach({
    ended({ by, reason }) {
      leg.left();
      ending.end(by === "peer" ? "transferred" : "signalling_lost", reason);
    },
    ...reofferHandlers(
      { callId, negotiation, ending, apply: (changed) => opened.session.update(changed) },
      deps,
    ),
    digit: (digit) => void caller.sendDigits(digit, "auto"),
  });
  // From here on the leg owns its media.
  media.move();
  return { kind: "answered", leg };
}

function failed(reason: string): SecondLegOutcome {
  return { kind: "failed", status: null, reason };
}

/** The leg's media timeout ends the call as the caller's does. */
export function watchMedia(leg: SecondLeg, ending: CallEnding): Disposable {
  return whenAborted(leg.media.timedOut, () =>
    ending.end("media_timeout", "no media from the target"),
  );
}
