import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createReceivedReport,
  parseCompoundReport,
  type ReportBlock,
  RTCP_MALFORMED,
  writeCompoundReport,
} from "./reports.ts";

const block: ReportBlock = {
  ssrc: 0x0a0b_0c0d,
  fractionLost: 25,
  packetsLost: 1_000,
  extendedHighestSequence: 0x0001_0203,
  jitterTicks: 17.9,
  lastSr: 0x1111_2222,
  delaySinceLastSr: 65_536,
};
const sender = { wallClockMs: 500, rtpTimestamp: 160, packetCount: 2, octetCount: 320 };

describe("writeCompoundReport", () => {
  test("SR, SDES and BYE stand on the wire as RFC 3550 §6.4.1, §6.5 and §6.6 draw them", () => {
    const out = Buffer.alloc(200);
    const length = writeCompoundReport(out, 0x0102_0304, "abc", sender, block, true);
    expect(out.toString("hex", 0, length)).toBe(
      [
        "81c8000c01020304",
        "83aa7e8080000000000000a00000000200000140",
        "0a0b0c0d190003e8000102030000001111112222" + "00010000",
        "81ca000301020304" + "0103616263000000",
        "81cb000101020304",
      ].join(""),
    );
  });

  test("without packets sent it is an RR, without a source an empty one", () => {
    const out = Buffer.alloc(200);
    const length = writeCompoundReport(out, 1, "abcd", null, null, false);
    expect(out.toString("hex", 0, length)).toBe(
      "80c9000100000001" + "81ca0003000000010104616263640000",
    );
  });
});

describe("parseCompoundReport", () => {
  test("finds the sender's time and the block about us", () => {
    const out = Buffer.alloc(200);
    const length = writeCompoundReport(out, 7, "abc", sender, block, true);
    const report = createReceivedReport();
    expect(parseCompoundReport(out, length, block.ssrc, report)).toBe(3);
    expect(report).toEqual({
      ssrc: 7,
      hasSenderReport: true,
      senderNtpMiddle: 0x7e80_8000,
      hasBye: true,
      hasBlock: true,
      fractionLost: 25,
      jitterTicks: 17,
      lastSr: 0x1111_2222,
      delaySinceLastSr: 65_536,
    });
    expect(parseCompoundReport(out, length, 99, report)).toBe(3);
    expect(report.hasBlock).toBe(false);
  });

  test("never throws, and refuses what does not begin with a report or does not add up", () => {
    const report = createReceivedReport();
    const sdesFirst = Buffer.from("81ca000300000001" + "0104616263640000", "hex");
    expect(parseCompoundReport(sdesFirst, sdesFirst.length, 1, report)).toBe(RTCP_MALFORMED);
    expect(parseCompoundReport(Buffer.alloc(0), 0, 1, report)).toBe(RTCP_MALFORMED);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(200, 201), (bytes, type) => {
        const packet = Buffer.from(bytes);
        if (packet.length > 2) packet[1] = type;
        if (packet.length > 0) packet[0] = (packet[0] ?? 0) | 0x80;
        parseCompoundReport(packet, packet.length, 1, report);
      }),
      { numRuns: 2_000 },
    );
  });
});
