import { describe, expect, test } from "vitest";
import {
  KEY_AND_SALT_BYTES,
  type LocalMedia,
  type MediaEncryption,
  type MediaPolicy,
} from "./media-plan.ts";
import { acceptAnswer, answerOffer, makeOffer } from "./offer-answer.ts";

const policyOf = (encryption: MediaEncryption): MediaPolicy => ({
  encryption,
  codecs: ["PCMA", "PCMU"],
});
const caller: LocalMedia = {
  address: "198.51.100.7",
  rtpPort: 20_000,
  sessionId: "77",
  sessionVersion: 1,
  masterKeyAndSalt: (suite) => new Uint8Array(KEY_AND_SALT_BYTES[suite]).fill(1),
};
const callee: LocalMedia = {
  address: "2001:db8::2",
  rtpPort: 30_000,
  sessionId: "88",
  sessionVersion: 1,
  masterKeyAndSalt: (suite) => new Uint8Array(KEY_AND_SALT_BYTES[suite]).fill(2),
};
const CALLEE_KEY = Buffer.from(callee.masterKeyAndSalt("AES_CM_128_HMAC_SHA1_80")).toString(
  "base64",
);

function answerTo(offer: string): string {
  const negotiation = answerOffer(offer, policyOf("allowed"), callee);
  if (!negotiation.ok) throw new Error(`refused: ${negotiation.code}`);
  return negotiation.answer;
}

describe("makeOffer", () => {
  test("one crypto attribute without MKI or lifetime, all codecs in our order, telephone-event", () => {
    expect(makeOffer(policyOf("required"), caller)).toBe(
      [
        "v=0",
        "o=- 77 1 IN IP4 198.51.100.7",
        "s=-",
        "c=IN IP4 198.51.100.7",
        "t=0 0",
        "m=audio 20000 RTP/SAVP 8 0 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
        "a=rtcp-mux",
        "a=sendrecv",
        "",
      ].join("\r\n"),
    );
  });

  test("a plain offer has no key in it, and cannot be had where encryption is required", () => {
    for (const offer of [
      makeOffer(policyOf("allowed"), caller, "RTP/AVP"),
      makeOffer(policyOf("disabled"), caller),
    ]) {
      expect(offer).toContain("m=audio 20000 RTP/AVP 8 0 101\r\n");
      expect(offer).not.toContain("crypto");
    }
    expect(() => makeOffer(policyOf("required"), caller, "RTP/AVP")).toThrow(RangeError);
    expect(() => makeOffer(policyOf("disabled"), caller, "RTP/SAVP")).toThrow(RangeError);
  });
});

describe("acceptAnswer", () => {
  test("both ends come to mirrored plans", () => {
    const offer = makeOffer(policyOf("required"), caller);
    const answered = answerOffer(offer, policyOf("allowed"), callee);
    const accepted = acceptAnswer(offer, answerTo(offer), policyOf("required"), caller);
    if (!answered.ok || !accepted.ok) throw new Error("refused");
    expect(accepted.plan).toEqual({
      remoteAddress: "2001:db8::2",
      remotePort: 30_000,
      remoteRtcpPort: 30_000,
      rtcpMux: true,
      codec: "PCMA",
      payloadType: 8,
      ptimeMs: 20,
      telephoneEventPayloadType: 101,
      direction: "sendrecv",
      srtp: {
        suite: "AES_CM_128_HMAC_SHA1_80",
        send: caller.masterKeyAndSalt("AES_CM_128_HMAC_SHA1_80"),
        receive: callee.masterKeyAndSalt("AES_CM_128_HMAC_SHA1_80"),
        receiveMki: null,
      },
    });
    expect(answered.plan.srtp?.send).toEqual(accepted.plan.srtp?.receive);
    expect(answered.plan.srtp?.receive).toEqual(accepted.plan.srtp?.send);
  });

  const SAVP = makeOffer(policyOf("allowed"), caller);
  const AVP = makeOffer(policyOf("allowed"), caller, "RTP/AVP");
  test.each<[string, string, string, MediaEncryption, string]>([
    [
      "the profile is plain",
      SAVP,
      answerTo(SAVP).replace("SAVP", "AVP"),
      "required",
      "encryption_required",
    ],
    [
      "the profile is plain, even if allowed",
      SAVP,
      answerTo(SAVP).replace("SAVP", "AVP"),
      "allowed",
      "encryption_required",
    ],
    [
      "the tag was not offered",
      SAVP,
      answerTo(SAVP).replace("crypto:1", "crypto:2"),
      "allowed",
      "no_common_crypto",
    ],
    [
      "the key is missing",
      SAVP,
      answerTo(SAVP).replace(/a=crypto.*\r\n/, ""),
      "allowed",
      "no_common_crypto",
    ],
    [
      "encryption is switched off",
      SAVP,
      answerTo(SAVP).replace(CALLEE_KEY, `${CALLEE_KEY} UNENCRYPTED_SRTP`),
      "allowed",
      "no_common_crypto",
    ],
    [
      "SRTP was not offered",
      AVP,
      answerTo(AVP).replace("AVP", "SAVP"),
      "allowed",
      "encryption_not_accepted",
    ],
    [
      "the codec was not offered",
      AVP,
      answerTo(AVP).replace("AVP 8 101", "AVP 18"),
      "allowed",
      "no_common_codec",
    ],
    [
      "the line is refused",
      AVP,
      answerTo(AVP).replace("audio 30000", "audio 0"),
      "allowed",
      "no_audio",
    ],
    ["it is not SDP", AVP, "hello", "allowed", "malformed_request"],
  ])("an answer gives no plan when %s", (_, offer, answer, encryption, code) => {
    expect(acceptAnswer(offer, answer, policyOf(encryption), caller)).toEqual({ ok: false, code });
  });

  test("a crypto attribute that was not offered does not turn plain RTP into SRTP", () => {
    const answer = answerTo(AVP).replace(
      "a=sendrecv",
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${CALLEE_KEY}\r\na=sendrecv`,
    );
    expect(acceptAnswer(AVP, answer, policyOf("allowed"), caller)).toEqual({
      ok: false,
      code: "no_common_crypto",
    });
  });

  test("an answer that holds us is a plan that only receives", () => {
    const answer = answerTo(AVP).replace("a=sendrecv", "a=sendonly");
    const negotiation = acceptAnswer(AVP, answer, policyOf("allowed"), caller);
    expect(negotiation.ok && negotiation.plan.direction).toBe("recvonly");
  });
});

test("whoever answers has chosen the codec, whatever our order; our offer has all of it in that order", () => {
  const policy: MediaPolicy = {
    encryption: "disabled",
    codecs: ["G722", "PCMA", "PCMU"],
    codecOrder: "ours",
  };
  const offer = makeOffer(policy, caller);
  expect(offer).toContain("m=audio 20000 RTP/AVP 9 8 0 101\r\na=rtpmap:9 G722/8000\r\n");
  const answer = answerTo(offer).replace("AVP 8 101", "AVP 0 9 101");
  const accepted = acceptAnswer(offer, answer, policy, caller);
  expect(accepted.ok && accepted.plan).toMatchObject({ codec: "PCMU", payloadType: 0 });
});

test("several keys of one attribute are all in the plan", () => {
  const key = (fill: number): string => Buffer.alloc(30, fill).toString("base64");
  const offer = makeOffer(policyOf("required"), caller).replace(
    /inline:.*/,
    `inline:${key(5)}|1:1;inline:${key(6)}|2:1`,
  );
  const negotiation = answerOffer(offer, policyOf("required"), callee);
  expect(negotiation.ok && negotiation.plan.srtp).toMatchObject({
    receive: new Uint8Array(30).fill(5),
    receiveMki: { value: 1, lengthBytes: 1 },
    receiveAlternates: [
      { masterKeyAndSalt: new Uint8Array(30).fill(6), mki: { value: 2, lengthBytes: 1 } },
    ],
  });
});
