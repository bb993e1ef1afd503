import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import type { CallEndCode } from "./call-ends.ts";
import type { CallEnding } from "./ending.ts";
import type { MediaNegotiation, Round } from "./negotiation.ts";
import type { CallDeps, DialogHandlers } from "./ports.ts";

interface ReofferParts {
  readonly callId: string;
  readonly negotiation: MediaNegotiation;
  readonly ending: Pick<CallEnding, "end">;
  /** A round that changed something. */
  readonly apply: (plan: MediaPlan) => void;
}

/** Answers the re-INVITEs of one leg, each from its own offer and never from memory (RFC 3264 §8). */
export function reofferHandlers(
  parts: ReofferParts,
  { logger }: Pick<CallDeps, "logger">,
): Required<Pick<DialogHandlers, "reoffer" | "reanswered">> {
  const { callId, negotiation, ending } = parts;

  function apply({ plan }: Extract<Round, { ok: true }>): void {
    if (plan === null) return;
    parts.apply(plan);
    const { direction, codec } = plan;
    logger.info("media_renegotiated", { callId, direction, codec });
  }

  function failed(fault: unknown): { refuse: CallEndCode } {
    logger.error("renegotiation_failed", { callId, err: fault });
    ending.end("internal_error", "re-INVITE");
    return { refuse: "internal_error" };
  }

  return {
    async reoffer(offer) {
      try {
        const round = negotiation.offered(offer);
        if (!round.ok) {
          logger.info("reoffer_refused", { callId, code: round.code });
          return { refuse: round.code };
        }
        apply(round);
        return { answer: round.sdp };
      } catch (fault) {
        return failed(fault);
      }
    },
    reanswered(answer) {
      if (answer === null) {
        // The peer leaves our offer unanswered: for it nothing has changed, so nothing changes here.
        logger.warn("reoffer_unanswered", { callId });
        return;
      }
      try {
        const round = negotiation.answered(answer);
        // An answer that cannot be used leaves the two sides disagreeing, so the call ends.
        if (!round.ok) ending.end(round.code, "the answer to our offer cannot be used");
        else apply(round);
      } catch (fault) {
        failed(fault);
      }
    },
  };
}
