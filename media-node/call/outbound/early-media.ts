import { intersect } from "../../protocol/sdp/audio-line.ts";
import type { MediaPlan } from "../../protocol/sdp/media-plan.ts";
import type { MediaLeg } from "../media-ports.ts";

/** What is heard of a called side before it answers: an announcement, or the carrier's own ringback. */
export interface EarlyMedia {
  /** The plan that a provisional response gives; each fork may give another, and the last is heard. */
  hear(plan: MediaPlan, address: string): void;
  /** Both directions, whatever was heard so far. */
  answered(plan: MediaPlan, address: string): void;
}

export function createEarlyMedia(media: MediaLeg): EarlyMedia {
  let heard: string | null = null;

  function apply(plan: MediaPlan, address: string): void {
    if (heard === null) media.start(plan, address);
    else media.update(plan);
  }

  return {
    hear(plan, address) {
      const which = nameOf(plan);
      if (which === heard) return;
      // Nothing is sent, so nothing that the agent says early is heard, and nobody owes us media yet.
      apply({ ...plan, direction: intersect(plan.direction, "recvonly") }, address);
      heard = which;
    },
    answered(plan, address) {
      apply(plan, address);
      heard = nameOf(plan);
    },
  };
}

function nameOf(plan: MediaPlan): string {
  const key = plan.srtp === null ? "" : Buffer.from(plan.srtp.receive).toString("hex");
  return `${plan.remoteAddress} ${plan.remotePort} ${plan.payloadType} ${plan.direction} ${key}`;
}
