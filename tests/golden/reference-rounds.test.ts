import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  KEY_AND_SALT_BYTES,
  type LocalMedia,
  type MediaPolicy,
} from "../../media-node/protocol/sdp/media-plan.ts";
import { acceptAnswer, answerOffer } from "../../media-node/protocol/sdp/offer-answer.ts";
import { parseSessionDescription } from "../../media-node/protocol/sdp/parse.ts";
import type { SessionDescription } from "../../media-node/protocol/sdp/session-description.ts";

/**
 * Offer/answer rounds of RFC 3264 §10 and RFC 4317. Their parties have codecs and video that we do not have, so the
 * rounds say which of ours must come out, not the text.
 */
const ROUNDS = "../shared/corpora/sdp-offer-answer.json";

interface Round {
  readonly type: "local_offer" | "remote_offer";
  readonly sdp1: string;
  readonly sdp2: string;
}

const tests: readonly { readonly title: string; readonly rounds: readonly Round[] }[] = existsSync(
  ROUNDS,
)
  ? JSON.parse(readFileSync(ROUNDS, "utf8")).tests
  : [];

const policy: MediaPolicy = { encryption: "disabled", codecs: ["PCMU", "PCMA"] };
const local: LocalMedia = {
  address: "198.51.100.7",
  rtpPort: 20_000,
  sessionId: "77",
  sessionVersion: 1,
  masterKeyAndSalt: (suite) => new Uint8Array(KEY_AND_SALT_BYTES[suite]),
};

/** Rounds whose answer puts its m-lines in another order than the offer, which RFC 3264 §6 forbids. */
const FORBIDDEN_ANSWERS = [
  "Ticket #527 scenario #2: Modify offer - unordered m= lines, round 2",
  "Ticket #527 scenario #2: Modify offer - partial & unordered streams, round 2",
];

function parsed(text: string): SessionDescription {
  const outcome = parseSessionDescription(text);
  if (!outcome.ok) throw new Error(`line ${outcome.error.line}: ${outcome.error.detail}`);
  return outcome.description;
}

/** Formats of the first audio line with a port that has PCMU or PCMA, by their static numbers. */
function usableAudio(description: SessionDescription): number {
  return description.media.findIndex(
    ({ media, port, formats }) =>
      media === "audio" && port > 0 && formats.some((format) => format === "0" || format === "8"),
  );
}

describe.skipIf(tests.length === 0)(`reference rounds (skipped without ${ROUNDS})`, () => {
  for (const { title, rounds } of tests) {
    for (const [index, round] of rounds.entries()) {
      const name = `${title}, round ${index + 1}`;
      if (round.type === "remote_offer") {
        test(`${name}: our answer has an m-line for each of the offer`, () => {
          const offer = parsed(round.sdp1);
          const taken = usableAudio(offer);
          const negotiation = answerOffer(round.sdp1, policy, local);
          if (taken < 0) {
            expect(negotiation).toMatchObject({ ok: false, code: "no_common_codec" });
            return;
          }
          if (!negotiation.ok) throw new Error(`refused: ${negotiation.code}`);
          const answer = parsed(negotiation.answer);
          expect(answer.media.map(({ media, protocol }) => [media, protocol])).toEqual(
            offer.media.map(({ media, protocol }) => [media, protocol]),
          );
          expect(answer.media.map(({ port }) => port > 0)).toEqual(
            offer.media.map((_, line) => line === taken),
          );
          expect(negotiation.plan.remotePort).toBe(offer.media[taken]?.port);
        });
      } else {
        test(`${name}: the plan is that of the first line that both have`, () => {
          const answer = parsed(round.sdp2);
          const taken = usableAudio(answer);
          const negotiation = acceptAnswer(round.sdp1, round.sdp2, policy, local);
          if (taken < 0 || FORBIDDEN_ANSWERS.includes(name)) {
            expect(negotiation.ok).toBe(false);
            return;
          }
          if (!negotiation.ok) throw new Error(`refused: ${negotiation.code}`);
          expect(negotiation.plan).toMatchObject({
            remoteAddress: answer.connection?.address,
            remotePort: answer.media[taken]?.port,
            codec: "PCMU",
            srtp: null,
          });
        });
      }
    }
  }
});
