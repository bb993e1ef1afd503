import type { RtpProfile } from "../protocol/sdp/audio-line.ts";
import type { LocalMedia, MediaPlan, MediaPolicy, SrtpSuite } from "../protocol/sdp/media-plan.ts";
import {
  acceptAnswer,
  answerOffer,
  makeOffer,
  type NegotiationFailure,
} from "../protocol/sdp/offer-answer.ts";
import { parseSessionDescription } from "../protocol/sdp/parse.ts";
import type { SipTransport } from "./ports.ts";

/** `plan` is null where media goes on as it is: after an offer of ours, and after a refresh. */
export type Round =
  | { readonly ok: true; readonly sdp: string; readonly plan: MediaPlan | null }
  | { readonly ok: false; readonly code: NegotiationFailure };

/** The offer/answer state of one dialog: our description, its version, and what was agreed last. */
export interface MediaNegotiation {
  /** The plan in force; null before the first complete round. */
  readonly plan: MediaPlan | null;
  /** Answers the peer's offer, or makes ours when the peer sent none. */
  offered(offer: string | null): Round;
  /** The answer to the offer that `offered(null)` made. */
  answered(answer: string | null): Round;
  /** What a provisional response says of that answer: the plan so far, which the answer may still change. */
  foreseen(answer: string): Round;
}

interface NegotiationSettings {
  readonly policy: MediaPolicy;
  /** The signalling's: decides what is offered where encryption is `allowed`. */
  readonly transport: SipTransport;
  /** `sessionVersion` is that of the first description. Keys are asked for as they are needed. */
  readonly local: LocalMedia;
  /** Of the first offer, where the caller decides; absent: as policy and transport have it. */
  readonly firstProfile?: RtpProfile;
}

export function createNegotiation(settings: NegotiationSettings): MediaNegotiation {
  const { policy } = settings;
  let nextVersion = settings.local.sessionVersion;
  let plan: MediaPlan | null = null;
  let peerOrigin: string | null = null;
  let ourOffer: { readonly sdp: string; readonly local: LocalMedia } | null = null;
  let lastAnswer = "";

  let ourKey: { readonly suite: SrtpSuite; readonly masterKeyAndSalt: Uint8Array } | null = null;

  /** Ours changes only with a new suite; there is one port for the whole call. */
  function masterKeyAndSalt(suite: SrtpSuite): Uint8Array {
    if (ourKey?.suite !== suite) {
      ourKey = { suite, masterKeyAndSalt: settings.local.masterKeyAndSalt(suite) };
    }
    return ourKey.masterKeyAndSalt;
  }

  const nextLocal = (): LocalMedia => ({
    ...settings.local,
    sessionVersion: nextVersion,
    masterKeyAndSalt,
  });

  function offered(offer: string | null): Round {
    if (offer === null) {
      const local = nextLocal();
      ourOffer = { sdp: makeOffer(policy, local, profileToOffer(), plan?.srtp?.suite), local };
      nextVersion += 1;
      return { ok: true, sdp: ourOffer.sdp, plan: null };
    }
    const negotiated = answerOffer(offer, policy, nextLocal());
    if (!negotiated.ok) return negotiated;

    const origin = originOf(offer);
    if (plan !== null && origin === peerOrigin) {
      // RFC 3264 §8: with an unchanged version the description is the one we know: a refresh.
      if (negotiated.plan.direction === plan.direction && lastAnswer !== "") {
        return { ok: true, sdp: lastAnswer, plan: null };
      }
      // Deviates from RFC 3264 §8 (a changed description has a new version): a PBX that holds a call
      // without raising it is held all the same, with the keys that are in use.
      const isSameSuite = negotiated.plan.srtp?.suite === plan.srtp?.suite;
      const srtp = isSameSuite ? plan.srtp : negotiated.plan.srtp;
      return accept({ ...negotiated.plan, srtp }, origin, negotiated.answer);
    }
    return accept(negotiated.plan, origin, negotiated.answer);
  }

  function accept(agreed: MediaPlan, origin: string | null, answer: string): Round {
    plan = agreed;
    peerOrigin = origin;
    lastAnswer = answer;
    nextVersion += 1;
    return { ok: true, sdp: answer, plan: agreed };
  }

  function answered(answer: string | null): Round {
    if (ourOffer === null || answer === null) return { ok: false, code: "no_audio" };
    const negotiated = acceptAnswer(ourOffer.sdp, answer, policy, ourOffer.local);
    if (!negotiated.ok) return negotiated;
    plan = negotiated.plan;
    peerOrigin = originOf(answer);
    // A refresh repeats the peer's description: what we answer to it is made when it comes.
    lastAnswer = "";
    ourOffer = null;
    return { ok: true, sdp: negotiated.answer, plan };
  }

  function foreseen(answer: string): Round {
    if (ourOffer === null) return { ok: false, code: "no_audio" };
    const negotiated = acceptAnswer(ourOffer.sdp, answer, policy, ourOffer.local);
    return negotiated.ok ? { ok: true, sdp: negotiated.answer, plan: negotiated.plan } : negotiated;
  }

  /** DESIGN's table of what is offered; a call that is encrypted is never offered plain. */
  function profileToOffer(): RtpProfile {
    if (plan === null && settings.firstProfile !== undefined) return settings.firstProfile;
    if (policy.encryption === "disabled") return "RTP/AVP";
    if (policy.encryption === "required") return "RTP/SAVP";
    const isEncrypted = plan === null ? settings.transport === "tls" : plan.srtp !== null;
    return isEncrypted ? "RTP/SAVP" : "RTP/AVP";
  }

  return {
    get plan() {
      return plan;
    },
    offered,
    answered,
    foreseen,
  };
}

/** Session id and version of the `o=` line; null when there is none to compare. */
function originOf(sdp: string): string | null {
  const parsed = parseSessionDescription(sdp);
  if (!parsed.ok) return null;
  const { sessionId, sessionVersion } = parsed.description.origin;
  return `${sessionId} ${sessionVersion}`;
}

/** RFC 3264 §8.4: the peer does not listen. */
export function isHeld(plan: MediaPlan): boolean {
  return plan.direction === "recvonly" || plan.direction === "inactive";
}
