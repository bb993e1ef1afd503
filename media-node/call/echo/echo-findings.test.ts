import { expect, test } from "vitest";
import { ECHO_FINDING_CODES, type EchoReport } from "../../../schema/contracts/echo-report.ts";
import { type EchoFacts, echoFindings } from "./echo-findings.ts";

const PHONE = { address: "192.0.2.10", port: 40_000 };
const sdp = (address: string) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n`;

type Invite = EchoReport["signalling"]["invite"];
type Media = NonNullable<EchoReport["media"]>;

/** A call without a fault, and what a case makes of it. */
function facts(invite: Partial<Invite> = {}, media: Partial<Media> | null = {}): EchoFacts {
  return {
    region: "eu",
    node_id: "node_1",
    started_at: "2026-11-20T10:00:00.000Z",
    duration_ms: 5_000,
    ended_by: "caller_hung_up",
    signalling: {
      transport: "tls",
      observed: { address: PHONE.address, port: 50_000 },
      invite: {
        via: "192.0.2.10:50000",
        contact: "192.0.2.10:50000",
        content_length: 120,
        sdp: sdp(PHONE.address),
        ...invite,
      },
    },
    media:
      media === null
        ? null
        : {
            offered: PHONE,
            observed: PHONE,
            codec: "PCMU",
            srtp_suite: "AES_CM_128_HMAC_SHA1_80",
            packets_sent: 250,
            packets_received: 250,
            packets_lost: 0,
            jitter_ms: 2,
            round_trip_ms: 20,
            rtcp_received: 2,
            is_reported_heard: true,
            not_authentic: 0,
            wrong_source: 0,
            malformed: 0,
            ...media,
          },
  };
}

const codes = (given: EchoFacts) => echoFindings(given).map(({ code }) => code);
const unheard = { observed: null, packets_received: 0 };
const PRIVATE = "10.0.0.5:5061";

const CASES: readonly (readonly [string, EchoFacts, readonly string[]])[] = [
  ["a clean path has no finding", facts(), []],
  [
    "a NAT with a PBX that names private addresses everywhere",
    facts({ via: PRIVATE, contact: PRIVATE, sdp: sdp("10.0.0.5") }),
    ["contact_private", "sdp_private", "nat_seen"],
  ],
  [
    "an ALG that has put the public address into Contact and SDP, and left the Via",
    facts({ via: PRIVATE }),
    ["alg_suspected", "nat_seen"],
  ],
  ["a body that was cut short", facts({ sdp: sdp(PHONE.address).slice(0, -8) }), ["body_cut"]],
  ["no media at all", facts({}, null), ["media_unanswered"]],
  ["one-way audio towards the caller", facts({}, unheard), ["audio_not_heard"]],
  ["keys that do not fit", facts({}, { ...unheard, not_authentic: 90 }), ["audio_not_authentic"]],
  ["one-way audio towards us", facts({}, { is_reported_heard: false }), ["audio_not_received"]],
  [
    "a NAT on the way of the audio",
    facts({}, { observed: { address: PHONE.address, port: 61_000 } }),
    ["media_mapped"],
  ],
  ["audio in clear", facts({}, { srtp_suite: null }), ["media_in_clear"]],
  ["no RTCP", facts({}, { is_reported_heard: null, rtcp_received: 0 }), ["rtcp_absent"]],
  ["loss", facts({}, { packets_lost: 20 }), ["loss_high"]],
  ["jitter", facts({}, { jitter_ms: 60 }), ["jitter_high"]],
  ["a long way", facts({}, { round_trip_ms: 420 }), ["round_trip_long"]],
];

test.each(CASES)("%s", (_name, given, expected) => {
  expect(codes(given)).toEqual(expected);
});

test("each code has a case, a side, what would mend it, and a sentence", () => {
  const shown = CASES.flatMap(([, given]) => echoFindings(given));
  expect(new Set(shown.map(({ code }) => code))).toEqual(new Set(ECHO_FINDING_CODES));
  for (const { detail, hint, side } of shown) {
    expect(detail).toMatch(/\.$/);
    expect(hint).toMatch(/[.]$/);
    expect(side).toMatch(/^[a-z_]+$/);
  }
});
