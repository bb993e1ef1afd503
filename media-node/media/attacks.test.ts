import { describe, expect, test } from "vitest";
import { runImpairedCall, SSRC, TONE_HZ } from "../../tests/support/impaired-call.ts";
import { createRandom } from "../../tests/support/impairment.ts";
import {
  CLEAN_SNR_DB,
  type MediaAttack,
  STRANGER,
  times,
  withstands,
} from "../../tests/support/media-attack.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";
import { writeRtpHeader } from "../protocol/rtp/packet.ts";

/**
 * Each attack runs against a live call of eight seconds: a tone comes in on a clean path. Everything that is thrown at it is in
 * one of the counters named, the tone is what it is without an attack, and our own audio goes where it went.
 */

const random = createRandom(4711);

function forged(
  length: number,
  sequenceNumber: number,
  ssrc = 0x0bad_cafe,
  payloadType = 0,
): Buffer {
  const packet = Buffer.alloc(Math.max(12, length), 0x00);
  writeRtpHeader(packet, false, payloadType, sequenceNumber & 0xffff, sequenceNumber * 160, ssrc);
  return packet.subarray(0, length);
}

/** A header that promises more than there is: CSRCs, an extension, padding. */
function liars(packet: Buffer): Buffer[] {
  const csrc = Buffer.from(packet.subarray(0, 40));
  csrc[0] = 0x8f;
  const extension = Buffer.from(packet);
  extension[0] = 0x90;
  extension.writeUInt16BE(0xffff, 14);
  const padding = Buffer.from(packet);
  padding[0] = 0xa0;
  padding[padding.length - 1] = 0xff;
  const onlyPadding = Buffer.from(packet.subarray(0, 12));
  onlyPadding[0] = 0xa0;
  return [csrc, extension, padding, onlyPadding];
}

const STUN = Buffer.from("000100002112a442000000000000000000000000", "hex");
const DTLS = Buffer.from("16fefd0000000000000000003101000025", "hex");
/** RFC 3550 §6.6, of the peer's SSRC. */
const BYE = Buffer.from("80c900010000004d81cb00010000004d", "hex");

const RTP_ATTACKS: Readonly<Record<string, MediaAttack>> = {
  "a stranger with an SSRC of its own, ten times our rate": [
    (call, _, index) => times(10, (i) => call.inject(forged(172, index * 10 + i), STRANGER, 6_666)),
    ["wrongSource", "overRate"],
  ],
  "a stranger with the peer's SSRC and its next sequence numbers": [
    (call, _, index) =>
      times(2, (i) => call.inject(forged(172, 60_000 + index + i, SSRC), STRANGER)),
    ["wrongSource", "overRate"],
  ],
  "strangers from a hundred ports": [
    (call, _, index) =>
      times(4, (i) => call.inject(forged(172, index), STRANGER, 6_000 + ((4 * index + i) % 100))),
    ["wrongSource", "overRate"],
  ],
  "the peer's address forged, another SSRC, in sequence": [
    (call, _, index) => times(4, (i) => call.inject(forged(172, index * 4 + i))),
    ["wrongSsrc", "overRate"],
  ],
  "the peer's address forged, another SSRC, ten times our rate": [
    (call, _, index) => times(10, (i) => call.inject(forged(172, index * 10 + i))),
    ["wrongSsrc", "overRate"],
  ],
  "the peer's address and SSRC forged, sequence numbers at random": [
    (call) =>
      times(1, () => call.inject(forged(172, 10_000 + 4 * Math.floor(5_000 * random()), SSRC))),
    ["packetsReceived"],
  ],
  "every packet ten times": [
    (call, packet) => times(9, () => call.inject(packet)),
    ["packetsDuplicate", "packetsReceived"],
  ],
  "payload types that were not negotiated": [
    (call) => times(3, (i) => call.inject(forged(172, 60_000 + i, SSRC, [8, 18, 96][i] ?? 96))),
    ["malformed"],
  ],
  "RTCP BYE of the peer, from a stranger, on both ports": [
    (call) => {
      call.inject(BYE, STRANGER, 6_667, true);
      call.inject(BYE, STRANGER, 6_666);
      return 2;
    },
    ["wrongSource", "malformed"],
  ],
};

const ANY_ATTACKS: Readonly<Record<string, MediaAttack>> = {
  "packets cut short, from the peer's own address": [
    (call, packet, index) => times(2, (i) => call.inject(packet.subarray(0, (2 * index + i) % 12))),
    ["malformed"],
  ],
  "headers that lie about CSRCs, extension and padding": [
    (call, packet) => liars(packet).map((liar) => call.inject(liar)).length,
    ["malformed", "authFailures", "replayed"],
  ],
  "STUN and DTLS on the port": [
    (call) => {
      call.inject(STUN, STRANGER, 6_666);
      call.inject(DTLS, STRANGER, 6_666);
      call.inject(STUN);
      return 3;
    },
    ["malformed"],
  ],
  "packets as long as the network carries": [
    (call, _, index) =>
      times(2, (i) => call.inject(forged(1_500 + 64_000 * i, index), STRANGER, 6_666)),
    ["wrongSource", "malformed", "authFailures", "overRate"],
  ],
};

const SRTP_ATTACKS: Readonly<Record<string, MediaAttack>> = {
  "bad tags from a stranger, ten times our rate": [
    (call, packet) => times(10, () => call.inject(spoilt(packet), STRANGER, 6_666)),
    ["authFailures", "overRate"],
  ],
  "bad tags from the peer's own address": [
    (call, packet) => times(4, () => call.inject(spoilt(packet))),
    ["authFailures", "overRate"],
  ],
  "another SSRC from the peer's own address, ten times our rate": [
    (call, _, index) => times(10, (i) => call.inject(forged(182, index * 10 + i))),
    ["authFailures", "overRate"],
  ],
  "replays from a stranger and from the peer's own address": [
    (call, packet) => {
      call.inject(packet, STRANGER, 6_666);
      call.inject(packet);
      return 2;
    },
    ["replayed"],
  ],
  "plain RTP with the peer's SSRC": [
    (call, _, index) => times(2, () => call.inject(forged(172, 60_000 + index, SSRC))),
    ["authFailures"],
  ],
  "plain RTCP BYE, and one with a bad tag": [
    (call) => {
      call.inject(BYE, undefined, 5_001, true);
      call.inject(Buffer.concat([BYE, Buffer.alloc(14, 0x80)]), undefined, 5_001, true);
      return 2;
    },
    ["authFailures", "malformed"],
  ],
};

function spoilt(packet: Buffer): Buffer {
  const copy = Buffer.from(packet);
  // Not seen before, so that the tag is looked at.
  copy.writeUInt16BE((copy.readUInt16BE(2) + 50) & 0xffff, 2);
  const at = 12 + Math.floor(random() * (copy.length - 12));
  copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}

describe("plain RTP withstands, counted and unheard:", () => {
  test.each(Object.entries({ ...RTP_ATTACKS, ...ANY_ATTACKS }))("%s", async (_, attack) => {
    await withstands(attack, false);
  });

  test("a stranger before the peer's first packet, when the SDP address is private", async () => {
    const report = await runImpairedCall({
      impairment: {},
      seconds: 8,
      sdpAddress: "192.168.1.9",
      atPacket: (index, call) =>
        times(3, (i) =>
          call.inject(forged(172, (index * 7 + i * 13) % 65_536), STRANGER, 6_666 + i),
        ),
    });
    expect(report.stats).toMatchObject({ packetsReceived: 396 });
    expect(report.stats.wrongSource + report.stats.overRate).toBe(4 + 1_200);
    expect(report.snrDb).toBeGreaterThan(CLEAN_SNR_DB);
    expect([...report.sentTo.keys()]).toEqual(["192.168.1.9:5000", "203.0.113.5:5000"]);
  });
});

test("a stranger that was first loses to the address of the SDP with its first packet", async () => {
  const report = await runImpairedCall({
    impairment: {},
    seconds: 8,
    atPacket(index, call) {
      const count = index === 0 ? 20 : 2;
      times(count, (i) => call.inject(forged(172, index * 2 + i + (index > 0 ? 18 : 0)), STRANGER));
    },
  });
  expect(report.sentTo.get(`${STRANGER}:5000`)).toBeLessThanOrEqual(3);
  expect(report.sentTo.get("203.0.113.5:5000")).toBeGreaterThan(390);
  // What the stranger said until then, from the fifth of its packets on.
  expect(report.stats.packetsReceived).toBe(400 + 18);
  const tone = analyseTone(report.heard.subarray(8_000), 8_000, TONE_HZ);
  expect(tone.snrDb).toBeGreaterThan(CLEAN_SNR_DB);
  expect(tone.longestGapMs).toBe(0);
});

describe("SRTP withstands, counted and unheard:", () => {
  test.each(Object.entries({ ...SRTP_ATTACKS, ...ANY_ATTACKS }))("%s", async (_, attack) => {
    await withstands(attack, true);
  });
});
