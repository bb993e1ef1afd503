import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeRtpHeader } from "../rtp/packet.ts";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../sdp/media-plan.ts";
import { createSrtpContext, MAX_SOURCES, protectRtp, unprotectRtp } from "./context.ts";
import { protectRtcp, unprotectRtcp } from "./srtcp.ts";
import { SRTP_SUITES } from "./suites.ts";
import {
  SRTP_AUTH_FAILED,
  SRTP_MALFORMED,
  SRTP_NO_ROOM,
  SRTP_NOT_ENCRYPTED,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SOURCES,
  SRTP_TOO_SHORT,
  SRTP_UNKNOWN_MKI,
} from "./verdicts.ts";

const SUITE = "AES_CM_128_HMAC_SHA1_80";
const KEY = Buffer.alloc(30, 7);
const OTHER_KEY = Buffer.alloc(30, 9);

function rtpPacket(sequenceNumber: number, ssrc = 1, payload = "twenty milliseconds"): Buffer {
  const packet = Buffer.alloc(200);
  writeRtpHeader(packet, false, 0, sequenceNumber & 0xffff, sequenceNumber * 160, ssrc);
  packet.write(payload, 12);
  return packet;
}
const RTP_BYTES = 12 + 19;

function protectedPacket(
  context: ReturnType<typeof createSrtpContext>,
  sequenceNumber: number,
  ssrc = 1,
): { packet: Buffer; length: number } {
  const packet = rtpPacket(sequenceNumber, ssrc);
  return { packet, length: protectRtp(context, packet, RTP_BYTES) };
}

describe("protectRtp", () => {
  test("encrypts the payload, leaves the header, adds ten bytes of tag (RFC 3711 §3.1)", () => {
    const plain = rtpPacket(1);
    const { packet, length } = protectedPacket(createSrtpContext(SUITE, KEY), 1);
    expect(length).toBe(RTP_BYTES + 10);
    expect(packet.subarray(0, 12)).toEqual(plain.subarray(0, 12));
    expect(packet.includes("twenty")).toBe(false);
  });

  test("never uses an index twice, which would give away the key stream (RFC 3711 §9.1)", () => {
    const context = createSrtpContext(SUITE, KEY);
    protectedPacket(context, 10);
    expect(protectedPacket(context, 10).length).toBe(SRTP_REPLAYED);
    expect(protectedPacket(context, 9).length).toBe(SRTP_REPLAYED);
  });

  test("refuses a buffer without room for the trailer instead of writing past it", () => {
    const packet = rtpPacket(1).subarray(0, RTP_BYTES + 9);
    expect(protectRtp(createSrtpContext(SUITE, KEY), packet, RTP_BYTES)).toBe(SRTP_NO_ROOM);
  });
});

describe("unprotectRtp", () => {
  test("decrypts 70,000 packets with 5 % loss across the wrap of the sequence number", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    for (let i = 0; i < 70_000; i += 10) {
      const { packet, length } = protectedPacket(sender, 30_000 + i);
      if (i % 200 === 0) continue;
      expect(unprotectRtp(receiver, packet, length)).toBe(RTP_BYTES);
      expect(packet.toString("latin1", 12, RTP_BYTES)).toBe("twenty milliseconds");
    }
    expect(Math.floor((receiver.sources.get(1)?.rtp.highest ?? 0) / 65_536)).toBe(1);
  });

  test("packets that arrive in reverse order within the window are all heard", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    const first = protectedPacket(sender, 65_500 - 32_768);
    expect(unprotectRtp(receiver, first.packet, first.length)).toBe(RTP_BYTES);
    const packets = Array.from({ length: 60 }, (_, i) => protectedPacket(sender, 32_740 + i));
    for (const { packet, length } of packets.reverse()) {
      expect(unprotectRtp(receiver, packet, length)).toBe(RTP_BYTES);
    }
  });

  test("a replayed packet is refused (RFC 3711 §3.3.2)", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    const { packet, length } = protectedPacket(sender, 5);
    const copy = Buffer.from(packet);
    expect(unprotectRtp(receiver, packet, length)).toBe(RTP_BYTES);
    expect(unprotectRtp(receiver, copy, length)).toBe(SRTP_REPLAYED);
  });

  test("a failed auth tag creates no SSRC state and leaves the packet alone (RFC 3711 §3.3)", () => {
    const receiver = createSrtpContext(SUITE, KEY);
    const { packet, length } = protectedPacket(createSrtpContext(SUITE, OTHER_KEY), 5);
    const copy = Buffer.from(packet);
    expect(unprotectRtp(receiver, packet, length)).toBe(SRTP_AUTH_FAILED);
    expect(receiver.sources.size).toBe(0);
    expect(packet).toEqual(copy);
  });

  test("every single flipped bit is noticed", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    const { packet, length } = protectedPacket(sender, 5);
    for (let bit = 0; bit < length * 8; bit++) {
      const forged = Buffer.from(packet);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unprotectRtp(receiver, forged, length)).toBeLessThan(0);
    }
    expect(receiver.sources.size).toBe(0);
    expect(unprotectRtp(receiver, packet, length)).toBe(RTP_BYTES);
  });

  test("a forged packet does not move the rollover counter of a known source", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    const first = protectedPacket(sender, 100);
    unprotectRtp(receiver, first.packet, first.length);
    const forger = createSrtpContext(SUITE, OTHER_KEY);
    for (let i = 0; i < 4; i++) {
      const forged = protectedPacket(forger, 16_000 * (i + 1));
      expect(unprotectRtp(receiver, forged.packet, forged.length)).toBe(SRTP_AUTH_FAILED);
    }
    const next = protectedPacket(sender, 101);
    expect(unprotectRtp(receiver, next.packet, next.length)).toBe(RTP_BYTES);
  });

  test("sources are bounded: one more is refused, the known ones go on", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    for (let ssrc = 1; ssrc <= MAX_SOURCES; ssrc++) {
      const { packet, length } = protectedPacket(sender, 1, ssrc);
      expect(unprotectRtp(receiver, packet, length)).toBe(RTP_BYTES);
    }
    const extra = protectedPacket(createSrtpContext(SUITE, KEY), 1, 99);
    expect(unprotectRtp(receiver, extra.packet, extra.length)).toBe(SRTP_TOO_MANY_SOURCES);
    const known = protectedPacket(sender, 2, 1);
    expect(unprotectRtp(receiver, known.packet, known.length)).toBe(RTP_BYTES);
  });

  test("a plain RTP packet, a short one and junk have verdicts, not exceptions", () => {
    const receiver = createSrtpContext(SUITE, KEY);
    expect(unprotectRtp(receiver, rtpPacket(1), RTP_BYTES)).toBe(SRTP_AUTH_FAILED);
    expect(unprotectRtp(receiver, rtpPacket(1), 15)).toBe(SRTP_TOO_SHORT);
    expect(unprotectRtp(receiver, Buffer.alloc(0), 0)).toBe(SRTP_MALFORMED);
    expect(unprotectRtp(receiver, Buffer.alloc(60, 1), 60)).toBe(SRTP_MALFORMED);
    expect(unprotectRtp(receiver, Buffer.alloc(60, 0xff), 60)).toBe(SRTP_MALFORMED);
  });

  test("the MKI stands between payload and tag and selects the key (RFC 3711 §3.1)", () => {
    const mki = { value: 0x0102, lengthBytes: 4 };
    const sender = createSrtpContext(SUITE, KEY, mki);
    const { packet, length } = protectedPacket(sender, 1);
    expect(length).toBe(RTP_BYTES + 4 + 10);
    expect(packet.toString("hex", RTP_BYTES, RTP_BYTES + 4)).toBe("00000102");
    const wrong = createSrtpContext(SUITE, KEY, { value: 3, lengthBytes: 4 });
    expect(unprotectRtp(wrong, packet, length)).toBe(SRTP_UNKNOWN_MKI);
    expect(unprotectRtp(createSrtpContext(SUITE, KEY, mki), packet, length)).toBe(RTP_BYTES);
  });

  test("after a new key both a kept and a restarted rollover counter are understood (RFC 3711 §3.2.1)", () => {
    for (const isKept of [true, false]) {
      const oldSender = createSrtpContext(SUITE, KEY);
      const oldReceiver = createSrtpContext(SUITE, KEY);
      for (const sequenceNumber of [30_000, 60_000, 65_536 + 5]) {
        const { packet, length } = protectedPacket(oldSender, sequenceNumber);
        expect(unprotectRtp(oldReceiver, packet, length)).toBe(RTP_BYTES);
      }
      const sender = createSrtpContext(SUITE, OTHER_KEY);
      if (isKept) for (const source of oldSender.sources) sender.sources.set(...source);
      const receiver = createSrtpContext(SUITE, OTHER_KEY, null, oldReceiver);
      for (const sequenceNumber of [65_536 + 6, 65_536 + 7]) {
        const { packet, length } = protectedPacket(sender, sequenceNumber);
        expect(unprotectRtp(receiver, packet, length)).toBe(RTP_BYTES);
      }
    }
  });
});

describe("SRTCP", () => {
  const report = Buffer.from("80c90001000000ff", "hex");
  function protectedReport(context: ReturnType<typeof createSrtpContext>): Buffer {
    const packet = Buffer.alloc(64);
    Buffer.concat([report, Buffer.from("deadbeefdeadbeef", "hex")]).copy(packet);
    const length = protectRtcp(context, packet, 16);
    expect(length).toBe(16 + 4 + 10);
    return packet.subarray(0, length);
  }

  test("carries E flag and an index that begins at 0 and counts (RFC 3711 §3.4)", () => {
    const sender = createSrtpContext(SUITE, KEY);
    expect(protectedReport(sender).readUInt32BE(16)).toBe(0x8000_0000);
    const second = protectedReport(sender);
    expect(second.readUInt32BE(16)).toBe(0x8000_0001);
    expect(second.includes("deadbeef", 0, "hex")).toBe(false);
    const receiver = createSrtpContext(SUITE, KEY);
    expect(unprotectRtcp(receiver, second, second.length)).toBe(16);
    expect(second.toString("hex", 8, 16)).toBe("deadbeefdeadbeef");
  });

  test("replays and forgeries are refused without state", () => {
    const sender = createSrtpContext(SUITE, KEY);
    const receiver = createSrtpContext(SUITE, KEY);
    const packet = protectedReport(sender);
    const copy = Buffer.from(packet);
    expect(unprotectRtcp(createSrtpContext(SUITE, OTHER_KEY), packet, packet.length)).toBe(
      SRTP_AUTH_FAILED,
    );
    expect(receiver.sources.size).toBe(0);
    expect(unprotectRtcp(receiver, packet, packet.length)).toBe(16);
    expect(unprotectRtcp(receiver, copy, copy.length)).toBe(SRTP_REPLAYED);
    expect(unprotectRtcp(receiver, report, 8)).toBe(SRTP_TOO_SHORT);
  });

  test("an authentic packet without encryption is refused: it was not negotiated", () => {
    const context = createSrtpContext(SUITE, KEY);
    const packet = Buffer.alloc(30);
    report.copy(packet);
    // No text to encrypt, and an index word without E flag.
    context.rtcp.seal(packet, 16, 16, 1, 0, 0, 20);
    expect(unprotectRtcp(context, packet, 30)).toBe(SRTP_NOT_ENCRYPTED);
  });
});

describe("the suites", () => {
  test.each(Object.keys(SRTP_SUITES).filter(isSuite))(
    "%s has its tag lengths (RFC 4568 §6.2, RFC 7714 §12), and what it protects it can read",
    (suite) => {
      const key = Buffer.alloc(KEY_AND_SALT_BYTES[suite], 7);
      const plain = Buffer.from("800f1234decafbadcafebabeabababab", "hex");
      const packet = Buffer.alloc(100);
      plain.copy(packet);
      const rtpLength = protectRtp(createSrtpContext(suite, key), packet, plain.length);
      expect(rtpLength - plain.length).toBe(rtpTagBytes(suite));
      expect(unprotectRtp(createSrtpContext(suite, key), packet, rtpLength)).toBe(plain.length);
      expect(packet.subarray(0, plain.length)).toEqual(plain);

      const report = Buffer.from("81c8000bcafebabeabababababababababababababababab", "hex");
      report.copy(packet);
      const rtcpLength = protectRtcp(createSrtpContext(suite, key), packet, report.length);
      expect(rtcpLength - report.length).toBe(4 + (suite.startsWith("AEAD") ? 16 : 10));
      expect(unprotectRtcp(createSrtpContext(suite, key), packet, rtcpLength)).toBe(report.length);
      expect(packet.subarray(0, report.length)).toEqual(report);
    },
  );

  test.each(Object.keys(SRTP_SUITES).filter(isSuite))(
    "%s takes no key of another length",
    (suite) => {
      const wrong = Buffer.alloc(KEY_AND_SALT_BYTES[suite] + 1);
      expect(() => createSrtpContext(suite, wrong)).toThrow(RangeError);
    },
  );
});

/** RFC 4568 §6.2, RFC 7714 §12. */
function rtpTagBytes(suite: SrtpSuite): number {
  if (suite.startsWith("AEAD")) return 16;
  return suite.endsWith("_32") ? 4 : 10;
}

function isSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(SRTP_SUITES, name);
}

const VECTORS = "../shared/corpora/srtp-vectors.json";

interface PacketVector {
  readonly suite: string;
  readonly master_key: string;
  readonly master_salt: string;
  readonly rtp: string;
  readonly srtp: string;
  readonly rtcp?: string;
  readonly srtcp?: string;
}

describe.skipIf(!existsSync(VECTORS))(`packets of others (skipped without ${VECTORS})`, () => {
  const vectors: PacketVector[] = existsSync(VECTORS)
    ? JSON.parse(readFileSync(VECTORS, "utf8")).packets
    : [];
  test("there is one for each suite that they have and we do", () => {
    expect(vectors.map(({ suite }) => suite).filter(isSuite).length).toBeGreaterThan(1);
  });

  for (const { suite, ...vector } of vectors) {
    if (!isSuite(suite)) continue;
    const key = Buffer.from(vector.master_key + vector.master_salt, "hex");

    test(`${suite}: the same bytes as libsrtp, both ways`, () => {
      const packet = Buffer.alloc(200);
      const plain = Buffer.from(vector.rtp, "hex");
      plain.copy(packet);
      const length = protectRtp(createSrtpContext(suite, key), packet, plain.length);
      expect(packet.toString("hex", 0, length)).toBe(vector.srtp);
      expect(unprotectRtp(createSrtpContext(suite, key), packet, length)).toBe(plain.length);
      expect(packet.toString("hex", 0, plain.length)).toBe(vector.rtp);
    });

    test.skipIf(vector.srtcp === undefined)(`${suite}: SRTCP, both ways`, () => {
      const packet = Buffer.alloc(200);
      const plain = Buffer.from(vector.rtcp ?? "", "hex");
      // Their vector has index 1; ours begins at 0.
      const context = createSrtpContext(suite, key);
      plain.copy(packet);
      protectRtcp(context, packet, plain.length);
      plain.copy(packet);
      const length = protectRtcp(context, packet, plain.length);
      expect(packet.toString("hex", 0, length)).toBe(vector.srtcp);
      expect(unprotectRtcp(createSrtpContext(suite, key), packet, length)).toBe(plain.length);
      expect(packet.toString("hex", 0, plain.length)).toBe(vector.rtcp);
    });
  }
});
