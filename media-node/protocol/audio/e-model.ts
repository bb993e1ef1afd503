import type { CodecName } from "../sdp/media-plan.ts";

/**
 * The E-model (ITU-T G.107) in its short form: what a planner may expect of a telephone connection from loss and delay, all
 * else at the Recommendation's defaults. An estimate: it hears nothing.
 */

/** ITU-T G.113 Appendix I: what a codec costs, and how well it bears loss with the receiver's concealment. */
interface CodecImpairment {
  readonly ie: number;
  readonly bpl: number;
}

const G711_CONCEALED: CodecImpairment = { ie: 0, bpl: 25.1 };
/** Loss that is heard as silence. */
export const G711_BARE: CodecImpairment = { ie: 0, bpl: 4.3 };

/**
 * G.722 has no value on the narrow-band scale: it is taken as G.711, its wider band is not rewarded, so that the figures of
 * all calls can be compared.
 */
export const CODEC_IMPAIRMENTS: Readonly<Record<CodecName, CodecImpairment>> = {
  PCMU: G711_CONCEALED,
  PCMA: G711_CONCEALED,
  G722: G711_CONCEALED,
};

/** ITU-T G.107 §7.1: the rating of a connection with all parameters at their defaults. */
const BEST_RATING = 93.2;
/** ITU-T G.107 §7.4: from here on a conversation suffers from delay as such. */
const NOTICEABLE_DELAY_MS = 177.3;

export interface ConnectionImpairment {
  /** Mouth to ear. */
  readonly delayMs: number;
  /** 0 to 100: packets that were not played, lost or late. */
  readonly lossPercent: number;
  /**
   * ITU-T G.107 §7.5 BurstR: the mean length of the runs of loss, over what it would be if packets were lost
   * independently; 1 when they are, or when nobody knows.
   */
  readonly burstRatio: number;
}

/** The mean opinion score, 1 to 4.41, of one direction. */
export function estimateMos(impairment: ConnectionImpairment, codec: CodecImpairment): number {
  return mosOfRating(transmissionRating(impairment, codec));
}

/** ITU-T G.107 §7.1: R, without echo and noise. May be below 0. */
function transmissionRating(
  { delayMs, lossPercent, burstRatio }: ConnectionImpairment,
  { ie, bpl }: CodecImpairment,
): number {
  const beyond = Math.max(0, delayMs - NOTICEABLE_DELAY_MS);
  const delayImpairment = 0.024 * delayMs + 0.11 * beyond;
  const lossImpairment =
    lossPercent === 0 ? 0 : ((95 - ie) * lossPercent) / (lossPercent / burstRatio + bpl);
  return BEST_RATING - delayImpairment - ie - lossImpairment;
}

/** ITU-T G.107 Annex B. */
function mosOfRating(rating: number): number {
  if (rating <= 0) return 1;
  // The cubic dips below 1 just above 0.
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

/**
 * BurstR from what was counted: `lost` packets of `expected` in `runs` runs. Independent losses of a share p come in runs of
 * 1 / (1 - p) on average. Never below 1.
 */
export function burstRatio(lost: number, expected: number, runs: number): number {
  if (lost <= 0 || runs <= 0 || lost >= expected) return 1;
  return Math.max(1, (lost / runs) * (1 - lost / expected));
}
