import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callQualitySchema } from "../../schema/contracts/call-quality.ts";
import { CODEC_IMPAIRMENTS, estimateMos } from "../protocol/audio/e-model.ts";
import { writeCompoundReport } from "../protocol/rtcp/reports.ts";
import type { MediaSession } from "./media-session.ts";
import type { QualitySample } from "./quality.ts";
import { PEER_ADDRESS, plan, TestCall } from "./test-session.ts";

const samples: QualitySample[] = [];
let call: TestCall;
let session: MediaSession;
let peer: ReturnType<TestCall["createPeer"]>;

beforeEach(async () => {
  samples.length = 0;
  call = new TestCall({ sampled: (sample) => void samples.push(sample) });
  session = await call.open();
  peer = call.createPeer();
});

afterEach(() => call[Symbol.asyncDispose]());

const summary = () => session.quality()?.summary;
/** What a session makes of it: 20 ms in a packet, 40 ms in the buffer as at the beginning, and no round trip known. */
const mosOf = (lossPercent: number, burstRatio = 1, delayMs = 60) =>
  estimateMos({ delayMs, lossPercent, burstRatio }, CODEC_IMPAIRMENTS.PCMU);

/** Fifty packets a second of which the numbers that `isLost` names do not come. */
function speak(seconds: number, isLost: (packet: number) => boolean = () => false): void {
  for (let i = 0; i < seconds * 50; i++) {
    const packet = peer.packet();
    if (!isLost(i)) peer.send(packet);
    call.clock.advance(20);
  }
}

/** A report about what we send. */
function tell(fractionLost: number, held: { lastSr: number; ms: number } | null = null): void {
  const out = Buffer.alloc(200);
  const length = writeCompoundReport(
    out,
    77,
    "peer",
    null,
    {
      ssrc: 0xffff_ffff,
      fractionLost,
      packetsLost: 0,
      extendedHighestSequence: 0,
      jitterTicks: 16,
      lastSr: held?.lastSr ?? 0,
      delaySinceLastSr: Math.round(((held?.ms ?? 0) * 65_536) / 1_000),
    },
    false,
  );
  call.network.inject(out.subarray(0, length), PEER_ADDRESS, 5_001, session.localPort + 1);
}

describe("quality", () => {
  test("of a session that was never started there is none; without packets nothing is said", () => {
    expect(session.quality()).toBeNull();
    session.start(plan(), call.sink);
    call.clock.advance(11_000);
    expect(summary()?.receive).toMatchObject({ mos: null, lossPercent: null, packets: 0 });
    expect(summary()?.send).toMatchObject({ mos: null, packetsLost: 0 });
    expect(samples).toHaveLength(2);
  });

  test("of a clean call is the best there is for its delay, a sample every 5 s", () => {
    session.start(plan(), call.sink);
    speak(20.2);
    const { mos } = summary()?.receive ?? {};
    expect(mos?.samples).toBe(4);
    expect(mos?.min).toBeGreaterThanOrEqual(Number(mosOf(0).toFixed(2)));
    expect(mos?.max).toBe(Number(mosOf(0, 1, 20 + session.stats().bufferMs).toFixed(2)));
    expect(summary()?.receive).toMatchObject({
      lossPercent: { max: 0 },
      packets: 1_010,
      packetsLost: 0,
    });
    expect(session.quality()?.series?.atSecs).toEqual([5, 10, 15, 20]);
  });

  test("falls with single losses as the E-model says, and further with bursts of as many", () => {
    session.start(plan(), call.sink);
    speak(10, (packet) => packet % 20 === 10);
    const single = samples.at(-1)?.receive;
    expect(single?.lossRatio).toBeCloseTo(0.05, 2);
    expect(single?.mos).toBeCloseTo(mosOf(5), 1);
    speak(10, (packet) => packet % 250 >= 100 && packet % 250 < 112);
    const bursts = samples.at(-1)?.receive;
    expect(bursts?.lossRatio).toBeCloseTo(0.05, 1);
    expect(bursts?.mos ?? 5).toBeLessThan((single?.mos ?? 0) - 0.05);
  });

  test("counts what comes too late to be played as lost for the ear, not for the network", () => {
    session.start(plan(), call.sink);
    for (let i = 0; i < 260; i++) {
      const packet = peer.packet();
      const late = i % 20 === 10 ? packet : null;
      if (late === null) peer.send(packet);
      else call.clock.after(400, () => peer.send(late));
      call.clock.advance(20);
    }
    expect(session.stats().packetsLate).toBeGreaterThan(10);
    expect(summary()?.receive.lossPercent?.max).toBeLessThan(2);
    expect(summary()?.receive.mos?.min).toBeLessThan(mosOf(3));
  });

  test("of our direction is what the peer reports, and not known any more when it falls silent", () => {
    session.start(plan(), call.sink);
    speak(5.1);
    expect(samples[0]?.send.mos).toBeNull();
    tell(26);
    speak(5);
    expect(samples[1]?.send).toMatchObject({ lossRatio: 26 / 256, jitterMs: 2 });
    expect(samples[1]?.send.mos).toBeCloseTo(mosOf((100 * 26) / 256), 5);
    speak(15);
    expect(samples.slice(2).map(({ send }) => send.mos === null)).toEqual([false, false, true]);
  });

  test("half the round trip delays both directions", () => {
    session.start(plan(), call.sink);
    speak(1.5);
    const lastSr = call.sentRtcp().at(-1)?.packet.readUInt32BE(10) ?? 0;
    tell(0, { lastSr, ms: 100 });
    speak(4);
    expect(samples[0]?.roundTripMs).toBeCloseTo(400, -2);
    const oneWayMs = (samples[0]?.roundTripMs ?? 0) / 2;
    const { bufferMs } = session.stats();
    expect(samples[0]?.receive.mos).toBeCloseTo(mosOf(0, 1, oneWayMs + 20 + bufferMs), 2);
    expect(samples[0]?.send.mos).toBeCloseTo(mosOf(0, 1, oneWayMs + 60), 3);
  });

  test("on hold is not bad but unknown, and a short call has a sample at its end", () => {
    session.start(plan(), call.sink);
    speak(2);
    session.update(plan({ direction: "inactive" }));
    call.clock.advance(20_000);
    session.stop();
    expect(summary()?.receive.mos).toMatchObject({ samples: 1 });
    const { series } = session.quality() ?? {};
    expect(series?.receive.mos).toEqual([expect.any(Number), null, null, null, null]);
    expect(series?.atSecs.at(-1)).toBeCloseTo(22, 0);
  });

  test("of a long call has few samples, is plain data, and is what the contract allows", () => {
    session.start(plan({ direction: "recvonly" }), call.sink);
    speak(1_300);
    const quality = session.quality();
    expect(callQualitySchema.parse(structuredClone(quality))).toEqual(quality);
    const { atSecs = [], receive } = quality?.series ?? {};
    expect(atSecs.length).toBeGreaterThan(100);
    expect(atSecs.length).toBeLessThanOrEqual(240);
    expect(receive?.mos.length).toBe(atSecs.length);
    expect(summary()?.receive.mos?.samples).toBe(260);
  });

  test("each sample has the RTCP since the one before", () => {
    session.start(plan(), call.sink);
    speak(1);
    tell(0);
    call.network.inject(Buffer.alloc(40, 0xc8), PEER_ADDRESS, 5_001, session.localPort + 1);
    speak(9.1);
    expect(samples.map(({ rtcp }) => rtcp)).toEqual([
      { sent: 1, received: 1, refused: 1 },
      { sent: 1, received: 0, refused: 0 },
    ]);
  });
});
