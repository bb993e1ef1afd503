import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dtmfFrequencies } from "../protocol/audio/dtmf.ts";
import { G711_CODECS } from "../protocol/audio/g711.ts";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone, tonePower } from "../protocol/audio/tone-analysis.ts";
import { parseRtpHeader, writeRtpHeader } from "../protocol/rtp/packet.ts";
import { G722Decoder, G722Encoder } from "./g722-codec.ts";
import type { MediaSession } from "./media-session.ts";
import { header, PEER_ADDRESS, plan, TestCall } from "./test-session.ts";

const G722 = plan({ codec: "G722", payloadType: 9 });
const G711 = plan();
/** Above what 8 kHz can carry. */
const WIDE_HZ = 5_200;
const NARROW_HZ = 1_000;

let call: TestCall;
let session: MediaSession;

beforeEach(async () => {
  call = new TestCall();
  session = await call.open();
});

afterEach(() => call[Symbol.asyncDispose]());

function tone(rateHz: number, frequencyHz: number, seconds = 1): Int16Array {
  const pcm = new Int16Array(seconds * rateHz);
  createTone(rateHz, frequencyHz).fill(pcm);
  return pcm;
}

/** What the peer hears of all packets of G.722 so far. */
function heardByPeer(): Int16Array {
  const decoder = new G722Decoder();
  const payloads = call.sentRtp().map(({ packet }) => packet.subarray(12));
  const octets = Buffer.concat(payloads);
  const pcm = new Int16Array(2 * octets.length);
  for (let at = 0; at < octets.length; at += 160) {
    decoder.decode(octets, at, Math.min(160, octets.length - at), pcm.subarray(2 * at));
  }
  return pcm;
}

/** Packets of 20 ms that arrive in their turn. */
function speak(payloadOf: (frame: number) => Buffer, frames: number, payloadType: number): void {
  for (let frame = 0; frame < frames; frame++) {
    const packet = Buffer.alloc(12 + 160);
    writeRtpHeader(packet, false, payloadType, 100 + frame, 9_000 + frame * 160, 77);
    payloadOf(frame).copy(packet, 12);
    call.network.inject(packet, PEER_ADDRESS, 5_000, session.localPort);
    call.clock.advance(20);
  }
}

function heardOf(frames: readonly Int16Array[]): Int16Array {
  return Int16Array.from(frames.flatMap((frame) => [...frame]));
}

describe("a session with G.722", () => {
  test("takes 16 kHz; 20 ms are 160 octets and 160 ticks (RFC 3551 §4.5.2)", () => {
    expect(session.sampleRateHz).toBe(8_000);
    session.start(G722, call.sink);
    expect(session.sampleRateHz).toBe(16_000);
    session.send(tone(16_000, WIDE_HZ));
    expect(session.queuedMs()).toBe(1_000);
    call.clock.advance(1_000);
    expect(session.queuedMs()).toBe(0);
    for (const [i, { packet }] of call.sentRtp().entries()) {
      expect(parseRtpHeader(packet, packet.length, header)).toBe(12);
      expect(header).toMatchObject({ payloadType: 9, rtpTimestamp: (0xffff_ffff + i * 160) >>> 0 });
      expect(packet.length).toBe(12 + 160);
    }
    const report = analyseTone(heardByPeer(), 16_000, WIDE_HZ);
    expect(report.snrDb).toBeGreaterThan(20);
    expect(report.longestGapMs).toBe(0);
  });

  test.each([10, 30, 60])("a packet time of %i ms is kept, and so is the audio", (ptimeMs) => {
    session.start({ ...G722, ptimeMs }, call.sink);
    session.send(tone(16_000, WIDE_HZ));
    call.clock.advance(1_020);
    expect(new Set(call.sentRtp().map(({ packet }) => packet.length))).toEqual(
      new Set([12 + ptimeMs * 8]),
    );
    const { presentMs, longestGapMs } = analyseTone(heardByPeer(), 16_000, WIDE_HZ);
    expect(presentMs).toBeGreaterThan(950);
    expect(longestGapMs).toBe(0);
  });

  test("gives 16 kHz: what the peer says above 4 kHz is heard", () => {
    session.start(G722, call.sink);
    const encoder = new G722Encoder();
    const pcm = tone(16_000, WIDE_HZ);
    speak(
      (frame) => {
        const octets = Buffer.alloc(160);
        encoder.encode(pcm.subarray(frame * 320), 320, octets, 0);
        return octets;
      },
      50,
      9,
    );
    expect(new Set(call.sink.frames.map((frame) => frame.length))).toEqual(new Set([320]));
    const report = analyseTone(heardOf(call.sink.frames), 16_000, WIDE_HZ);
    expect(report.snrDb).toBeGreaterThan(20);
    expect(report.presentMs).toBeGreaterThan(900);
    expect(report.longestGapMs).toBe(0);
  });

  test.each([8_000, 24_000, 48_000])("takes audio of %i Hz for what it is", (rateHz) => {
    session.start(G722, call.sink);
    session.send(tone(rateHz, NARROW_HZ), rateHz);
    expect(session.queuedMs()).toBeCloseTo(1_000, -1);
    call.clock.advance(1_000);
    const report = analyseTone(heardByPeer(), 16_000, NARROW_HZ);
    expect(report.snrDb).toBeGreaterThan(20);
    expect(report.presentMs).toBeGreaterThan(950);
  });

  test("a key without events is its two tones, for as long as at 8 kHz", () => {
    session.start({ ...G722, telephoneEventPayloadType: null }, call.sink);
    session.sendDigits("5", "auto");
    call.clock.advance(200);
    const heard = heardByPeer();
    for (const hz of dtmfFrequencies("5") ?? []) {
      expect(tonePower(heard.subarray(640, 1_280), 16_000, hz), `${hz} Hz`).toBeGreaterThan(1e7);
      expect(analyseTone(heard, 16_000, hz).presentMs).toBeLessThan(150);
    }
  });

  test("the queue holds 30 s", () => {
    session.start(G722, call.sink);
    expect(session.send(new Int16Array(30 * 16_000))).toBe(true);
    expect(session.send(new Int16Array(1))).toBe(false);
  });
});

describe("a re-offer that changes the codec", () => {
  test("from G.722 to G.711 keeps what is queued, its marks and their times", () => {
    session.start(G722, call.sink);
    session.send(tone(16_000, NARROW_HZ));
    session.mark("said");
    call.clock.advance(400);
    session.update(G711);
    expect(session.sampleRateHz).toBe(8_000);
    expect(session.queuedMs()).toBe(600);
    call.clock.advance(580);
    expect(call.sink.marks).toEqual([]);
    call.clock.advance(20);
    expect(call.sink.marks).toEqual(["said played"]);
    const packets = call.sentRtp().filter(({ packet }) => (packet[1] ?? 0) % 128 === 0);
    const table = G711_CODECS.PCMU.decodeTable;
    const heard = Int16Array.from(
      packets.flatMap(({ packet }) => [...packet.subarray(12)].map((code) => table[code] ?? 0)),
    );
    const report = analyseTone(heard, 8_000, NARROW_HZ);
    expect(report.snrDb).toBeGreaterThan(25);
    expect(report.presentMs).toBeGreaterThan(550);
    // A new codec is no new source: time on the wire goes on.
    const stamps = call.sentRtp().map(({ packet }) => packet.readUInt32BE(4));
    expect(stamps.map((stamp, i) => (stamp - (stamps[0] ?? 0) - i * 160) | 0)).toEqual(
      stamps.map(() => 0),
    );
  });

  test("from G.711 to G.722 hears and speaks at 16 kHz from then on", () => {
    session.start(G711, call.sink);
    speak(() => Buffer.alloc(160, 0x80), 10, 0);
    expect(call.sink.frames.at(-1)?.length).toBe(160);
    session.send(tone(8_000, NARROW_HZ));
    session.update(G722);
    expect(session.queuedMs()).toBe(1_000);
    const encoder = new G722Encoder();
    const pcm = tone(16_000, WIDE_HZ);
    const before = call.sink.frames.length;
    for (let frame = 0; frame < 50; frame++) {
      const packet = Buffer.alloc(12 + 160);
      writeRtpHeader(packet, false, 9, 110 + frame, 9_000 + (10 + frame) * 160, 77);
      encoder.encode(pcm.subarray(frame * 320), 320, packet, 12);
      call.network.inject(packet, PEER_ADDRESS, 5_000, session.localPort);
      call.clock.advance(20);
    }
    const heard = heardOf(call.sink.frames.slice(before).filter(({ length }) => length === 320));
    expect(analyseTone(heard, 16_000, WIDE_HZ).presentMs).toBeGreaterThan(850);
  });
});
