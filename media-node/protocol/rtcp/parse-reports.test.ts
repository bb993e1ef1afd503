import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createReceivedReport, parseCompoundReport, RTCP_MALFORMED } from "./parse-reports.ts";
import { type ReportBlock, type SenderInfo, writeCompoundReport } from "./reports.ts";

const US = 0x0a0b_0c0d;
const block: ReportBlock = {
  ssrc: US,
  fractionLost: 25,
  packetsLost: 1_000,
  extendedHighestSequence: 0x0001_0203,
  jitterTicks: 17.9,
  lastSr: 0x1111_2222,
  delaySinceLastSr: 65_536,
};
const sender: SenderInfo = {
  wallClockMs: 500,
  rtpTimestamp: 160,
  packetCount: 2,
  octetCount: 320,
};

function written(ssrc: number, from: SenderInfo | null, about: ReportBlock | null, isBye = false) {
  const out = Buffer.alloc(200);
  return out.subarray(0, writeCompoundReport(out, ssrc, "abc", from, about, isBye));
}

function parse(packet: Buffer, peerSsrc = -1) {
  const report = createReceivedReport();
  return { verdict: parseCompoundReport(packet, packet.length, US, peerSsrc, report), report };
}

const hex = (...parts: readonly string[]) => Buffer.from(parts.join(""), "hex");
/** An empty receiver report of source 7. */
const RR = "80c9000100000007";

describe("parseCompoundReport", () => {
  test("finds the sender's time, the block about us, and who leaves", () => {
    const { verdict, report } = parse(written(7, sender, block, true));
    expect(verdict).toBe(3);
    expect(report).toMatchObject({
      ssrc: 7,
      hasSenderReport: true,
      senderReportSsrc: 7,
      senderNtpMiddle: 0x7e80_8000,
      hasBlock: true,
      fractionLost: 25,
      packetsLost: 1_000,
      extendedHighestSequence: 0x0001_0203,
      jitterTicks: 17,
      lastSr: 0x1111_2222,
      delaySinceLastSr: 65_536,
      byeCount: 1,
    });
    expect(report.byeSources[0]).toBe(7);
  });

  test("a block about another source is not about us", () => {
    expect(parse(written(7, sender, { ...block, ssrc: 99 })).report.hasBlock).toBe(false);
  });

  test("the cumulative loss is signed (RFC 3550 §6.4.1)", () => {
    const packet = written(7, null, block);
    packet.writeIntBE(-5, 8 + 5, 3);
    expect(parse(packet).report.packetsLost).toBe(-5);
  });

  test("of several senders and reporters in one packet the peer's own are taken", () => {
    const mixer = written(5, sender, { ...block, fractionLost: 200 });
    const peer = written(7, { ...sender, wallClockMs: 1_500 }, block);
    const compound = Buffer.concat([mixer, peer]);
    expect(parse(compound, 7).report).toMatchObject({
      ssrc: 5,
      senderReportSsrc: 7,
      senderNtpMiddle: 0x7e81_8000,
      fractionLost: 25,
    });
    expect(parse(compound).report).toMatchObject({ senderReportSsrc: 5, fractionLost: 200 });
  });

  test.each([
    ["nothing", ""],
    ["a header that is cut off", "80c900"],
    ["another version", "40c9000100000007"],
    ["SDES first", "81ca0003000000010104616263640000"],
    ["a length beyond the packet", "80c9000200000007"],
    ["a report without its sender", "80c90000"],
    ["a block that is not there", "81c9000100000007"],
    ["sender information that is not there", "80c8000100000007"],
    ["padding in the first packet", "a0c9000200000007" + "00000004"],
    ["padding before the last packet", `${RR}a0ca00010000000480ca0000`],
    ["padding of nothing", `${RR}a0ca000100000000`],
    ["padding of odd length", `${RR}a0ca000100000003`],
    ["padding longer than its packet", `${RR}a0ca000100000008`],
    ["BYE of sources that are not there", `${RR}82cb000100000007`],
    ["bytes behind the last packet", `${RR}8000`],
    ["a reduced-size packet, which is not negotiated (RFC 5506 §4.1)", "81cb000100000007"],
  ])("refuses %s", (_name, text) => {
    expect(parse(hex(text)).verdict).toBe(RTCP_MALFORMED);
  });

  test("passes over extended reports, feedback, application and unknown packets, and padding at the end", () => {
    const unknown = ["80cf000100000007", "81cd000100000007", "80cc000100000007", "80ff0000"];
    expect(parse(hex(RR, ...unknown, "a0ca000100000004")).verdict).toBe(6);
  });

  test("never throws nor reads past the length, whatever comes; a cut packet is refused", () => {
    const whole = Buffer.concat([written(7, sender, block), written(8, null, block, true)]);
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 120 });
    const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(flips, fc.nat(whole.length), bytes, (changes, length, behind) => {
        const packet = Buffer.concat([whole.subarray(0, length), behind]);
        for (const [at, value] of changes) if (at < length) packet[at] = value;
        const [one, other] = [createReceivedReport(), createReceivedReport()];
        const verdict = parseCompoundReport(packet, length, US, 8, one);
        // What stands behind the packet in its buffer changes nothing.
        const alone = Buffer.from(packet.subarray(0, length));
        expect(parseCompoundReport(alone, length, US, 8, other)).toBe(verdict);
        expect(other).toEqual(one);
        if (length % 4 !== 0) expect(verdict).toBe(RTCP_MALFORMED);
      }),
      { seed: 3550, numRuns: 3_000 },
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(200, 201), (random, type) => {
        const packet = Buffer.from(random);
        if (packet.length > 1) packet[1] = type;
        if (packet.length > 0) packet[0] = (packet[0] ?? 0) | 0x80;
        parse(packet);
      }),
      { seed: 3550, numRuns: 3_000 },
    );
  });
});
