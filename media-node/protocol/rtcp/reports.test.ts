import { describe, expect, test } from "vitest";
import { ntpMiddle, type ReportBlock, writeCompoundReport } from "./reports.ts";

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

test("ntpMiddle is what stands in the middle of the NTP time that is written (RFC 3550 §4)", () => {
  const out = Buffer.alloc(200);
  for (const wallClockMs of [
    0, 500, 999, 1_790_000_000_123, 2_085_978_495_999, 2_085_978_497_001,
  ]) {
    writeCompoundReport(out, 1, "a", { ...sender, wallClockMs }, null, false);
    expect(ntpMiddle(wallClockMs)).toBe(out.readUInt32BE(10));
  }
});
