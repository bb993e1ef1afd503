import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createRtpHeader,
  isRtcp,
  parseRtpHeader,
  RTP_BAD_PADDING,
  RTP_BAD_VERSION,
  RTP_TOO_SHORT,
  rtpPayloadBytes,
  writeRtpHeader,
} from "./packet.ts";

const header = createRtpHeader();

describe("parseRtpHeader", () => {
  test("reads CSRCs, extension and padding (RFC 3550 §5.1, §5.3.1)", () => {
    const packet = Buffer.from(
      "b2801234" +
        "01020304" +
        "a1a2a3a4" +
        "00000001" +
        "00000002" +
        "bede0001" +
        "11223344" +
        "aabb" +
        "0002",
      "hex",
    );
    expect(parseRtpHeader(packet, packet.length, header)).toBe(28);
    expect(header).toEqual({
      hasPadding: true,
      marker: true,
      payloadType: 0,
      sequenceNumber: 0x1234,
      rtpTimestamp: 0x0102_0304,
      ssrc: 0xa1a2_a3a4,
      headerBytes: 28,
    });
    expect(rtpPayloadBytes(packet, packet.length, header)).toBe(2);
  });

  test("refuses other versions and headers that do not fit", () => {
    expect(parseRtpHeader(Buffer.alloc(11, 0x80), 11, header)).toBe(RTP_TOO_SHORT);
    expect(parseRtpHeader(Buffer.alloc(20), 20, header)).toBe(RTP_BAD_VERSION);
    expect(parseRtpHeader(Buffer.alloc(20, 0x8f), 20, header)).toBe(RTP_TOO_SHORT);
    expect(parseRtpHeader(Buffer.alloc(14, 0x90), 14, header)).toBe(RTP_TOO_SHORT);
    expect(parseRtpHeader(Buffer.alloc(40, 0x90), 40, header)).toBe(RTP_TOO_SHORT);
  });

  test("refuses padding of nothing and of more than there is", () => {
    const packet = Buffer.concat([Buffer.from("a0000000", "hex"), Buffer.alloc(12)]);
    parseRtpHeader(packet, 16, header);
    expect(rtpPayloadBytes(packet, 16, header)).toBe(RTP_BAD_PADDING);
    packet[15] = 5;
    expect(rtpPayloadBytes(packet, 16, header)).toBe(RTP_BAD_PADDING);
    packet[15] = 4;
    expect(rtpPayloadBytes(packet, 16, header)).toBe(0);
    expect(rtpPayloadBytes(packet, 12, header)).toBe(RTP_BAD_PADDING);
  });

  test("never throws and never points outside the packet", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const packet = Buffer.from(bytes);
        const outcome = parseRtpHeader(packet, packet.length, header);
        if (outcome < 0) return;
        expect(outcome).toBeLessThanOrEqual(packet.length);
        const payload = rtpPayloadBytes(packet, packet.length, header);
        expect(outcome + payload).toBeLessThanOrEqual(packet.length);
      }),
      { numRuns: 2_000 },
    );
  });

  test("reads what was written", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 0, max: 127 }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        (marker, payloadType, sequenceNumber, rtpTimestamp, ssrc) => {
          const packet = Buffer.alloc(12);
          const written = writeRtpHeader(
            packet,
            marker,
            payloadType,
            sequenceNumber,
            rtpTimestamp,
            ssrc,
          );
          expect(parseRtpHeader(packet, written, header)).toBe(12);
          expect(header).toMatchObject({ marker, payloadType, sequenceNumber, rtpTimestamp, ssrc });
        },
      ),
    );
  });
});

test("RTCP packet types are told from RTP with marker (RFC 5761 §4)", () => {
  expect(isRtcp(Buffer.from([0x80, 200]), 2)).toBe(true);
  expect(isRtcp(Buffer.from([0x80, 0x80 | 101]), 2)).toBe(false);
  expect(isRtcp(Buffer.from([0x80]), 1)).toBe(false);
});
