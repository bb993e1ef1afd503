import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createReceivedReport, parseCompoundReport } from "../protocol/rtcp/parse-reports.ts";
import {
  type ReportBlock,
  type SenderInfo,
  writeCompoundReport,
} from "../protocol/rtcp/reports.ts";
import { createSrtpContext } from "../protocol/srtp/context.ts";
import { protectRtcp, unprotectRtcp } from "../protocol/srtp/srtcp.ts";
import type { MediaSession } from "./media-session.ts";
import { keys, masterKey, PEER_ADDRESS, plan, SUITE, TestCall } from "./test-session.ts";

let call: TestCall;
let session: MediaSession;

beforeEach(async () => {
  call = new TestCall();
  session = await call.open();
});

afterEach(() => call[Symbol.asyncDispose]());

const OUR_SSRC = 0xffff_ffff;
const PEER_SSRC = 77;
const NO_LOSS = { fractionLost: 0, packetsLost: 0, extendedHighestSequence: 0, jitterTicks: 0 };

/** A report of the peer's. */
function report({
  ssrc = PEER_SSRC,
  from = null,
  about = null,
  isBye = false,
}: {
  ssrc?: number;
  from?: SenderInfo | null;
  about?: ReportBlock | null;
  isBye?: boolean;
}): Buffer {
  const out = Buffer.alloc(200);
  return out.subarray(0, writeCompoundReport(out, ssrc, "peer", from, about, isBye));
}

const about = (changes: Partial<ReportBlock> = {}): ReportBlock => ({
  ssrc: OUR_SSRC,
  ...NO_LOSS,
  lastSr: 0,
  delaySinceLastSr: 0,
  ...changes,
});

const tell = (packet: Buffer, port = 5_001, address = PEER_ADDRESS) =>
  call.network.inject(packet, address, port, session.localPort + 1);

const lastReport = () =>
  call.sentRtcp().at(-1) ?? { packet: Buffer.alloc(0), port: 0, address: "" };

/** What the last report says of the peer. */
function blockOfLast() {
  const read = createReceivedReport();
  const { packet } = lastReport();
  expect(parseCompoundReport(packet, packet.length, PEER_SSRC, OUR_SSRC, read)).toBeGreaterThan(0);
  return read;
}

/** Until the next report has left; the session's random bytes are all ones, so the interval is the longest. */
function untilReport(): void {
  const before = call.sentRtcp().length;
  for (let i = 0; i < 400 && call.sentRtcp().length === before; i++) call.clock.advance(20);
  expect(call.sentRtcp()).toHaveLength(before + 1);
}

const roundTripMs = () => session.quality()?.summary.roundTripMs ?? null;

describe("reports of ours", () => {
  test("within 1 s and then every 5 s on average, beside the RTP port, with what was heard", () => {
    session.start(plan(), call.sink);
    call.createPeer().speak(50);
    call.clock.advance(13_000);
    const reports = call.sentRtcp();
    expect(reports).toHaveLength(3);
    expect(reports.every(({ port }) => port === 5_001)).toBe(true);
    const { packet } = reports[1] ?? { packet: Buffer.alloc(0) };
    // SR with one block about the peer's SSRC, 50 packets from 100 on.
    expect(packet.toString("hex", 0, 8)).toBe("81c8000cffffffff");
    expect(packet.readUInt32BE(28)).toBe(77);
    expect(packet.readUInt32BE(36)).toBe(149);
  });

  test("are a sender's until nothing has left for two of them, then a receiver's (RFC 3550 §6.4)", () => {
    session.start(plan(), call.sink);
    call.clock.advance(1_000);
    session.update(plan({ direction: "recvonly" }));
    call.clock.advance(20_000);
    session.update(plan());
    call.clock.advance(6_500);
    expect(call.sentRtcp().map(({ packet }) => packet[1])).toEqual([200, 200, 201, 201, 200]);
  });

  test("name a CNAME of 96 random bits (RFC 7022 §4.2)", () => {
    session.start(plan(), call.sink);
    call.clock.advance(1_000);
    const cname = Buffer.alloc(12, 0xff).toString("base64");
    const sdes = Buffer.concat([Buffer.from([1, cname.length]), Buffer.from(cname)]);
    expect(lastReport().packet.includes(sdes)).toBe(true);
  });

  test("count packets and payload octets of the source that they name (RFC 3550 §6.4.1)", () => {
    const counted = () => {
      const { packet } = lastReport();
      return { packets: packet.readUInt32BE(20), octets: packet.readUInt32BE(24) };
    };
    session.start(plan(), call.sink);
    call.clock.advance(1_000);
    const { packets, octets } = counted();
    expect(packets).toBeGreaterThanOrEqual(49);
    expect(octets).toBe(packets * 160);
    // A new key is a new source: its reports begin at nothing.
    session.update(plan({ srtp: keys(1, 2) }));
    const sentBefore = call.sentRtp().length;
    call.clock.advance(100);
    session.update(plan());
    untilReport();
    const sentSince = call.sentRtp().length - sentBefore;
    expect(counted().packets).toBeLessThan(sentSince);
    expect(counted().octets).toBe(counted().packets * 160);
  });

  test("are on one port with RTP when multiplexed, and a BYE ends them (RFC 5761 §4)", async () => {
    session.start(plan({ rtcpMux: true, remoteRtcpPort: 5_000 }), call.sink);
    call.clock.advance(1_000);
    await session[Symbol.asyncDispose]();
    expect(call.sentRtcp().map(({ port }) => port)).toEqual([5_000, 5_000]);
    expect(lastReport().packet.includes("81cb0001ffffffff", 0, "hex")).toBe(true);
  });

  test("who has sent nothing sends no BYE (RFC 3550 §6.3.7)", async () => {
    session.start(plan({ direction: "recvonly" }), call.sink);
    call.clock.advance(500);
    await session[Symbol.asyncDispose]();
    expect(call.network.sent).toEqual([]);
  });

  test("are SRTCP where RTP is SRTP: only the first eight bytes are in clear", () => {
    session.start(plan({ srtp: keys(1, 2) }), call.sink);
    call.clock.advance(1_000);
    const packet = Buffer.from(lastReport().packet);
    expect(packet.toString("hex", 0, 8)).toBe("80c80006ffffffff");
    expect(packet.includes(Buffer.alloc(12, 0xff).toString("base64"))).toBe(false);
    const length = unprotectRtcp(createSrtpContext(SUITE, masterKey(1)), packet, packet.length);
    expect(parseCompoundReport(packet, length, 0, -1, createReceivedReport())).toBe(2);
  });

  test("give the peer's last SR back with the time since, so that it can measure (RFC 3550 §6.4.1)", () => {
    session.start(plan(), call.sink);
    call.createPeer().speak(10);
    const sent = { rtpTimestamp: 0, packetCount: 10, octetCount: 1_600 };
    tell(report({ from: { ...sent, wallClockMs: 500 } }));
    const toldAtMs = call.clock.monotonicMs();
    untilReport();
    const { lastSr, delaySinceLastSr } = blockOfLast();
    expect(lastSr).toBe(0x7e80_8000);
    expect((delaySinceLastSr * 1_000) / 65_536).toBeCloseTo(call.clock.monotonicMs() - toldAtMs, 0);
    // Of another source than the one that is reported on nothing is known.
    tell(report({ ssrc: 78, from: { ...sent, wallClockMs: 900 } }));
    untilReport();
    expect(blockOfLast()).toMatchObject({ lastSr: 0, delaySinceLastSr: 0 });
  });

  test("go where the peer's come from, through its NAT, until the next offer (RFC 4961 §4)", () => {
    session.start(plan(), call.sink);
    tell(report({}), 6_543);
    untilReport();
    expect(lastReport()).toMatchObject({ address: PEER_ADDRESS, port: 6_543 });
    tell(report({}), 7_777, "198.51.100.66");
    untilReport();
    expect(lastReport()).toMatchObject({ address: PEER_ADDRESS, port: 6_543 });
    session.update(plan({ remoteRtcpPort: 5_009 }));
    untilReport();
    expect(lastReport().port).toBe(5_009);
  });
});

describe("reports of the peer", () => {
  /** Our SR leaves, and the peer's answer comes when it says, having held it for so long. */
  function exchange(afterMs: number, heldMs: number, changes: Partial<ReportBlock> = {}): void {
    untilReport();
    const lastSr = lastReport().packet.readUInt32BE(10);
    call.clock.advance(afterMs);
    const delaySinceLastSr = Math.round((heldMs * 65_536) / 1_000);
    tell(report({ about: about({ lastSr, delaySinceLastSr, ...changes }) }));
    // To the next sample of quality, without another report.
    call.clock.advance(5_000 - afterMs);
  }

  test("the round trip is the time since our SR without what the peer held it for", () => {
    session.start(plan(), call.sink);
    expect(roundTripMs()).toBeNull();
    exchange(1_120, 1_000);
    expect(roundTripMs()).toMatchObject({ min: 120, max: 120 });
  });

  test("a report that names no SR of ours, or claims more time than has passed, measures nothing", () => {
    session.start(plan(), call.sink);
    exchange(100, 0, { lastSr: 0x1234_5678 });
    exchange(100, 0, { lastSr: 0 });
    exchange(100, 60_000);
    expect(roundTripMs()).toBeNull();
    exchange(100, 101);
    expect(roundTripMs()).toMatchObject({ min: 0, max: 0 });
  });

  test("loss and jitter are the peer's word, but no more is lost than was sent", () => {
    session.start(plan(), call.sink);
    exchange(100, 0, { fractionLost: 64, packetsLost: 20, jitterTicks: 80 });
    expect(session.quality()?.summary.send).toMatchObject({
      packetsLost: 20,
      lossPercent: { min: 25, max: 25 },
      jitterMs: { min: 10, max: 10 },
    });
    exchange(100, 0, { packetsLost: 0x7f_ffff, jitterTicks: 0xffff_ffff });
    const { packets, packetsLost, jitterMs } = session.quality()?.summary.send ?? {};
    expect(packetsLost).toBeLessThanOrEqual(packets ?? 0);
    expect(jitterMs?.max).toBe(10_000);
  });

  test("our own report that comes back, junk, and a stranger's are counted, not answered, and no sign of life", () => {
    session.start(plan(), call.sink);
    call.createPeer().speak(1);
    untilReport();
    const mirrored = lastReport().packet;
    const sentBefore = call.network.sent.filter(({ address }) => address !== PEER_ADDRESS).length;
    const before = session.stats();
    for (let second = 0; second < 70; second++) {
      tell(mirrored);
      tell(Buffer.alloc(40, 0xc8));
      tell(report({}), 5_001, "198.51.100.66");
      call.clock.advance(1_000);
    }
    expect(session.timedOut.aborted).toBe(true);
    expect(session.stats().malformed - before.malformed).toBe(140);
    expect(session.stats().wrongSource - before.wrongSource).toBe(70);
    expect(call.network.sent.filter(({ address }) => address !== PEER_ADDRESS)).toHaveLength(
      sentBefore,
    );
  });

  test("whatever comes as RTCP, in clear or well encrypted, the call goes on and is heard", () => {
    session.start(plan({ srtp: keys(1, 2) }), call.sink);
    const peer = call.createPeer();
    peer.context = createSrtpContext(SUITE, masterKey(2));
    const context = createSrtpContext(SUITE, masterKey(2));
    const random = fc.uint8Array({ minLength: 8, maxLength: 180 });
    peer.speak(10);
    let frames = call.sink.frames.length;
    fc.assert(
      fc.property(
        random,
        fc.boolean(),
        fc.constantFrom(200, 201, 203),
        (bytes, isProtected, type) => {
          const packet = Buffer.concat([bytes, Buffer.alloc(20)]);
          packet[0] = 0x81;
          packet[1] = type;
          packet.writeUInt16BE(Math.floor(bytes.length / 4) - 1, 2);
          packet.writeUInt32BE(PEER_SSRC, 4);
          if (bytes.length >= 12) packet.writeUInt32BE(OUR_SSRC, 8);
          const length = isProtected
            ? protectRtcp(context, packet, bytes.length & ~3)
            : bytes.length;
          tell(packet.subarray(0, length));
          peer.speak(1);
          frames += 1;
          expect(call.sink.frames.length).toBe(frames);
        },
      ),
      { seed: 3711, numRuns: 500 },
    );
    session.stop();
    const { receive, send, roundTripMs: measured } = session.quality()?.summary ?? {};
    expect(receive?.mos?.min).toBeGreaterThan(4);
    expect(send?.packetsLost ?? -1).toBeGreaterThanOrEqual(0);
    expect(send?.mos?.min ?? 1).toBeGreaterThanOrEqual(1);
    expect(measured).toBeNull();
  });

  test("a BYE of the peer's ends nothing", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(10);
    tell(report({ isBye: true }));
    const before = call.sink.frames.length;
    peer.speak(10);
    expect(call.sink.frames.length).toBe(before + 10);
  });

  test("under SRTP a plain, altered or repeated report says nothing", () => {
    session.start(plan({ srtp: keys(1, 2) }), call.sink);
    const context = createSrtpContext(SUITE, masterKey(2));
    untilReport();
    const lastSr = 0x1234_5678;
    const packet = Buffer.alloc(200);
    const plain = report({ about: about({ lastSr, packetsLost: 5 }) });
    plain.copy(packet);
    const length = protectRtcp(context, packet, plain.length);
    const whole = packet.subarray(0, length);
    const altered = Buffer.from(whole);
    altered[20] = (altered[20] ?? 0) ^ 1;
    tell(plain);
    tell(altered);
    expect(session.quality()?.summary.send.packetsLost).toBe(0);
    tell(whole);
    tell(whole);
    expect(session.quality()?.summary.send.packetsLost).toBe(5);
    expect(session.stats()).toMatchObject({ authFailures: 2, replayed: 1 });
  });
});
