import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMediaPlane, type MediaPlane } from "../../media-node/media/media-plane.ts";
import { createTone } from "../../media-node/protocol/audio/tone.ts";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import {
  KEY_AND_SALT_BYTES,
  type LocalMedia,
  type MediaPolicy,
  type SrtpSuite,
} from "../../media-node/protocol/sdp/media-plan.ts";
import { acceptAnswer, makeOffer } from "../../media-node/protocol/sdp/offer-answer.ts";
import { answerWithBaresip, hasBaresip } from "../support/baresip.ts";
import { freePort } from "../support/free-port.ts";
import { connectSipPeer, sipRequest } from "../support/sip-peer.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

/** Our offer, answer and media against the SRTP of another implementation, one suite at a time. */

const PHONE_HZ = 437;
const OUR_HZ = 1_037;
const HEARD_FRAMES = 150;
const policy: MediaPolicy = { encryption: "required", codecs: ["PCMU"] };

const missing = hasBaresip() ? null : "Debian's baresip-core is not installed";

describe.skipIf(skipsFor(missing))(suiteName("SRTP with baresip", missing), () => {
  let folder: string;
  let plane: MediaPlane;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-suites-"));
    plane = createMediaPlane({ bindAddress: "127.0.0.1", ports: [0, 0], quarantineMs: 0 });
  });
  afterAll(async () => {
    await plane.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each<SrtpSuite>([
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
  ])(
    "%s: each hears the other's tone, and every packet and report authenticates",
    async (suite) => {
      const sipPort = await freePort();
      const phone = await answerWithBaresip({
        sipPort,
        folder: join(folder, suite),
        transport: "tcp",
        srtp: true,
        toneHz: PHONE_HZ,
        caFile: "",
        user: "phone",
      });
      try {
        await using session = await plane.open();
        if (session === null) throw new Error("no port");
        const key = randomBytes(KEY_AND_SALT_BYTES[suite]);
        const local: LocalMedia = {
          address: "127.0.0.1",
          rtpPort: session.localPort,
          sessionId: "1",
          sessionVersion: 1,
          masterKeyAndSalt: () => key,
        };
        const offer = makeOffer(policy, local, "RTP/SAVP", suite);
        await using peer = await connectSipPeer(sipPort);
        const names = { peer, callId: randomUUID(), fromTag: randomUUID() };
        const uri = `sip:phone@127.0.0.1:${sipPort};transport=tcp`;
        peer.send(sipRequest({ ...names, method: "INVITE", uri, body: offer }));
        const ok = await peer.next("SIP/2.0 200");
        const negotiated = acceptAnswer(offer, ok.body, policy, local);
        if (!negotiated.ok) throw new Error(`${negotiated.code}: ${ok.body}`);
        expect(negotiated.plan.srtp?.suite).toBe(suite);
        const toTag = /;tag=([^;]+)/.exec(ok.header("To"))?.[1] ?? "";
        peer.send(sipRequest({ ...names, method: "ACK", uri, toTag }));
        // It opens a NAT's pinhole with a lone APP packet, the first in clear: both have passed by now.
        await phone.said("call: stream start");
        await setImmediate();

        const heard = new Int16Array(HEARD_FRAMES * 160);
        const { promise, resolve } = Promise.withResolvers<void>();
        let frames = 0;
        session.start(negotiated.plan, {
          audio(frame) {
            if (frames < HEARD_FRAMES) heard.set(frame, frames * 160);
            frames += 1;
            if (frames === HEARD_FRAMES) resolve();
          },
          digit: () => {},
          digitsSent: () => {},
          markReached: () => {},
        });
        const tone = new Int16Array(8_000 * 5);
        createTone(8_000, OUR_HZ, 12_000).fill(tone);
        session.send(tone);
        await Promise.all([promise, phone.heardMs(3_000)]);
        expect(session.stats()).toMatchObject({ authFailures: 0, replayed: 0, malformed: 0 });
        peer.send(sipRequest({ ...names, method: "BYE", uri, toTag, cseq: 2 }));
        await peer.next("SIP/2.0 200");
        await phone.hangUp();
        expectTone(heard, PHONE_HZ);
        expectTone(await phone.recorded(), OUR_HZ);
      } catch (cause) {
        throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
      } finally {
        await phone.hangUp();
      }
    },
  );
});

function expectTone(heard: Int16Array, toneHz: number): void {
  const { snrDb, presentMs } = analyseTone(heard, 8_000, toneHz);
  expect(presentMs).toBeGreaterThan(2_000);
  expect(snrDb).toBeGreaterThan(20);
}
