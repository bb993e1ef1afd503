import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeG711, G711_CODECS } from "../protocol/audio/g711.ts";
import { tonePower } from "../protocol/audio/tone-analysis.ts";
import { parseRtpHeader } from "../protocol/rtp/packet.ts";
import { createSrtpContext } from "../protocol/srtp/context.ts";
import type { MediaSession } from "./media-session.ts";
import { header, keys, masterKey, PEER_ADDRESS, plan, SUITE, TestCall } from "./test-session.ts";

let call: TestCall;
let session: MediaSession;

beforeEach(async () => {
  call = new TestCall();
  session = await call.open();
});

function decoded(payload: Buffer): Int16Array {
  const pcm = new Int16Array(payload.length);
  decodeG711(G711_CODECS.PCMU, payload, 0, payload.length, pcm);
  return pcm;
}

afterEach(() => call[Symbol.asyncDispose]());

describe("sending", () => {
  test("a session that was not started sends nothing and takes no audio", () => {
    call.clock.advance(1_000);
    expect(session.send(new Int16Array(160))).toBe(false);
    expect(call.network.sent).toEqual([]);
  });

  test("from start on a packet of codec silence every 20 ms, first sequence number below 2^15", () => {
    session.start(plan(), call.sink);
    call.clock.advance(2_000);
    const packets = call.sentRtp();
    expect(packets).toHaveLength(100);
    for (const [i, { packet, address, port }] of packets.entries()) {
      expect(`${address}:${port}`).toBe(`${PEER_ADDRESS}:5000`);
      expect(parseRtpHeader(packet, packet.length, header)).toBe(12);
      expect(header).toMatchObject({
        marker: i === 0,
        payloadType: 0,
        sequenceNumber: 0x7fff + i,
        rtpTimestamp: (0xffff_ffff + i * 160) >>> 0,
        ssrc: 0xffff_ffff,
      });
      expect(packet.subarray(12)).toEqual(Buffer.alloc(160, 0xff));
    }
  });

  test("queued audio goes out in order; marks fire when the last sample before them has left", () => {
    session.start(plan({ codec: "PCMA", payloadType: 8 }), call.sink);
    session.mark("at once");
    call.clock.advance(20);
    expect(call.sink.marks).toEqual(["at once played"]);
    session.send(new Int16Array(400).fill(1_000));
    session.mark("said");
    expect(session.queuedMs()).toBe(50);
    call.clock.advance(40);
    expect(call.sink.marks).toHaveLength(1);
    expect(session.queuedMs()).toBe(10);
    call.clock.advance(20);
    expect(call.sink.marks).toEqual(["at once played", "said played"]);
    const last = call.lastRtp();
    expect(last[12]).not.toBe(0xd5);
    expect(last[12 + 80]).toBe(0xd5);
  });

  test("clear ends pending marks as cleared and the next packet is silence", () => {
    session.start(plan(), call.sink);
    session.send(new Int16Array(8_000).fill(1_000));
    session.mark("never");
    call.clock.advance(100);
    session.clear();
    expect(call.sink.marks).toEqual(["never cleared"]);
    call.clock.advance(20);
    expect(call.sentRtp().at(-1)?.packet.subarray(12)).toEqual(Buffer.alloc(160, 0xff));
  });

  test("the queue holds 30 s and refuses more", () => {
    session.start(plan(), call.sink);
    expect(session.send(new Int16Array(30 * 8_000))).toBe(true);
    expect(session.send(new Int16Array(1))).toBe(false);
  });

  test.each([10, 30, 40, 60])(
    "a packet time of %i ms is kept, and so is the rate of samples",
    (ptimeMs) => {
      session.start(plan({ ptimeMs }), call.sink);
      call.clock.advance(6_000);
      const packets = call.sentRtp();
      expect(packets).toHaveLength(6_000 / ptimeMs);
      for (const [i, { packet }] of packets.entries()) {
        parseRtpHeader(packet, packet.length, header);
        expect(packet).toHaveLength(12 + ptimeMs * 8);
        expect(header.rtpTimestamp).toBe((0xffff_ffff + i * ptimeMs * 8) >>> 0);
      }
    },
  );

  test("after a long stall time on the wire has gone on, and nothing is sent in a burst", () => {
    session.start(plan(), call.sink);
    call.clock.advance(1_000);
    session.send(new Int16Array(1_600).fill(1_000));
    call.clock.stall(2_000);
    expect(call.sentRtp()).toHaveLength(51);
    const packet = call.lastRtp();
    parseRtpHeader(packet, packet.length, header);
    expect(header.marker).toBe(true);
    expect(header.sequenceNumber).toBe(0x7fff + 50);
    expect(header.rtpTimestamp).toBeGreaterThan(140 * 160);
    expect(session.queuedMs()).toBe(180);
  });

  test("after a short stall the frames that were due go out 10 ms apart, as if nothing had happened", () => {
    session.start(plan(), call.sink);
    call.clock.advance(1_000);
    session.send(new Int16Array(1_600).fill(1_000));
    call.clock.stall(70);
    expect(call.sentRtp()).toHaveLength(51);
    for (const sent of [52, 53]) {
      call.clock.advance(10);
      expect(call.sentRtp()).toHaveLength(sent);
    }
    call.clock.advance(1_000);
    expect(call.sentRtp()).toHaveLength(Math.floor((1_000 + 70 + 20 + 1_000) / 20));
    for (const [i, { packet }] of call.sentRtp().entries()) {
      parseRtpHeader(packet, packet.length, header);
      expect(header).toMatchObject({
        marker: i === 0,
        sequenceNumber: 0x7fff + i,
        rtpTimestamp: (0xffff_ffff + i * 160) >>> 0,
      });
    }
  });

  test("a packet time that a re-offer changes is kept from there on; no sample is lost or sent twice", () => {
    session.start(plan(), call.sink);
    session.send(Int16Array.from({ length: 8_000 }, (_, i) => 4 * (i % 500) + 1_000));
    const sent: number[] = [];
    for (const ptimeMs of [20, 60, 10, 30, 20]) {
      session.update(plan({ ptimeMs }));
      call.clock.advance(120);
    }
    let due = 0xffff_ffff;
    for (const { packet } of call.sentRtp()) {
      parseRtpHeader(packet, packet.length, header);
      expect(header.rtpTimestamp).toBe(due >>> 0);
      due += packet.length - 12;
      sent.push(...decoded(packet.subarray(12)));
    }
    expect(sent).toHaveLength(5 * 120 * 8);
    expect(sent.every((sample, i) => Math.abs(sample - (4 * (i % 500) + 1_000)) < 70)).toBe(true);
  });

  test("what an agent sends in one go leaves at the pace of speech, and its marks with it", () => {
    session.start(plan(), call.sink);
    for (let second = 0; second < 20; second++) {
      expect(session.send(new Int16Array(8_000).fill(1_000))).toBe(true);
      session.mark(`${second}`);
    }
    call.clock.advance(10_010);
    expect(call.sentRtp()).toHaveLength(500);
    expect(call.sink.marks).toEqual(Array.from({ length: 10 }, (_, second) => `${second} played`));
    expect(session.queuedMs()).toBe(10_000);
  });

  test("a digit is its events, one timestamp, in place of audio, which waits", () => {
    session.start(plan(), call.sink);
    call.clock.advance(100);
    session.send(new Int16Array(160).fill(1_000));
    expect(session.sendDigits("5", "auto")).toBe(true);
    call.clock.advance(400);
    const events = call.sentRtp().filter(({ packet }) => (packet[1] ?? 0) % 128 === 101);
    expect(events).toHaveLength(6 + 2);
    expect(new Set(events.map(({ packet }) => packet.readUInt32BE(4))).size).toBe(1);
    expect(events.at(-1)?.packet.toString("hex", 12)).toBe("058a03c0");
    expect(call.sentRtp()).toHaveLength(25);
    expect(session.queuedMs()).toBe(0);
  });

  test("several keys are told apart by audio between them, and their end is told once", () => {
    session.start(plan(), call.sink);
    call.clock.advance(100);
    expect(session.sendDigits("12w#", "auto")).toBe(true);
    call.clock.advance(2_000);
    const kinds = call.sentRtp().map(({ packet }) => ((packet[1] ?? 0) % 128 === 101 ? "e" : "a"));
    // 6 updates with 2 repetitions of the end, 80 ms between keys, half a second for `w` in addition.
    expect(kinds.join("")).toMatch(/^a{5}e{8}a{4}e{8}a{28,30}e{8}a+$/);
    expect(call.sink.sentDigits).toEqual(["12w# sent"]);
  });

  test("without negotiated events, and where it is asked for, keys are tones in the audio", () => {
    session.start(plan({ telephoneEventPayloadType: null }), call.sink);
    call.clock.advance(20);
    expect(session.sendDigits("5", "auto")).toBe(true);
    call.clock.advance(400);
    const heard = call.sentRtp().flatMap(({ packet }) => [...decoded(packet.subarray(12))]);
    const tone = Int16Array.from(heard.slice(200, 200 + 800));
    for (const hz of [770, 1336]) expect(tonePower(tone, 8_000, hz)).toBeGreaterThan(5_000_000);
    for (const hz of [697, 852, 1209, 1477])
      expect(tonePower(tone, 8_000, hz)).toBeLessThan(500_000);
    expect(call.sink.sentDigits).toEqual(["5 sent"]);
  });

  test("a hold drops the keys that have not left, and says so; it takes none", () => {
    session.start(plan(), call.sink);
    call.clock.advance(20);
    session.sendDigits("123", "auto");
    call.clock.advance(60);
    session.update(plan({ direction: "recvonly" }));
    call.clock.advance(40);
    expect(call.sink.sentDigits).toEqual(["123 dropped"]);
    expect(session.sendDigits("1", "auto")).toBe(false);
    session.update(plan());
    call.clock.advance(400);
    const events = call.sentRtp().filter(({ packet }) => (packet[1] ?? 0) % 128 === 101);
    expect(events.length).toBeLessThan(8);
  });

  test("what is no key is refused as a whole, and so is more than can wait", () => {
    session.start(plan(), call.sink);
    for (const keys of ["", "12x", "5 6", "1".repeat(128)]) {
      expect(session.sendDigits(keys, "auto")).toBe(false);
    }
  });
});

describe("hold", () => {
  test("recvonly and inactive send no RTP; RTCP goes on; the return is marked and on time", () => {
    session.start(plan(), call.sink);
    call.clock.advance(1_000);
    session.update(plan({ direction: "inactive" }));
    session.send(new Int16Array(160).fill(1_000));
    call.clock.advance(10_000);
    expect(call.sentRtp()).toHaveLength(50);
    expect(call.sentRtcp().length).toBeGreaterThanOrEqual(2);
    expect(session.queuedMs()).toBe(20);
    session.update(plan());
    call.clock.advance(20);
    const packet = call.lastRtp();
    parseRtpHeader(packet, packet.length, header);
    expect(header).toMatchObject({
      marker: true,
      sequenceNumber: 0x7fff + 50,
      rtpTimestamp: (0xffff_ffff + 550 * 160) >>> 0,
    });
    expect(session.queuedMs()).toBe(0);
  });

  test("sendonly and inactive pass nothing up", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    for (const direction of ["sendonly", "inactive"] as const) {
      session.update(plan({ direction }));
      peer.speak(20);
    }
    expect(call.sink.frames).toEqual([]);
    session.update(plan());
    peer.speak(20);
    expect(call.loudFrames()).toBeGreaterThan(10);
  });
});

describe("media timeout", () => {
  test("30 s without a first packet", () => {
    session.start(plan(), call.sink);
    call.clock.advance(29_960);
    expect(session.timedOut.aborted).toBe(false);
    call.clock.advance(60);
    expect(session.timedOut.aborted).toBe(true);
  });

  test("60 s after the last packet; what is not the peer's does not count", () => {
    session.start(plan({ srtp: keys(1, 2) }), call.sink);
    const peer = call.createPeer();
    peer.context = createSrtpContext(SUITE, masterKey(2));
    peer.speak(1);
    for (let second = 0; second < 59; second++) {
      call.network.inject(Buffer.alloc(182, 0x80), PEER_ADDRESS, 5_000, session.localPort);
      call.clock.advance(1_000);
    }
    expect(session.timedOut.aborted).toBe(false);
    call.clock.advance(1_100);
    expect(session.timedOut.aborted).toBe(true);
  });

  test("RTCP alone keeps a call alive", () => {
    session.start(plan(), call.sink);
    call.createPeer().speak(1);
    const report = Buffer.from("80c90001000000ff", "hex");
    for (let i = 0; i < 20; i++) {
      call.network.inject(report, PEER_ADDRESS, 5_001, session.localPort + 1);
      call.clock.advance(10_000);
    }
    expect(session.timedOut.aborted).toBe(false);
  });

  test("never on hold, and a full grace after it", () => {
    session.start(plan({ direction: "recvonly" }), call.sink);
    call.clock.advance(600_000);
    expect(session.timedOut.aborted).toBe(false);
    session.update(plan());
    call.clock.advance(29_000);
    expect(session.timedOut.aborted).toBe(false);
    call.clock.advance(1_100);
    expect(session.timedOut.aborted).toBe(true);
  });
});

test("a stopped session sends and hears nothing, and its ports are still its own", async () => {
  session.start(plan(), call.sink);
  call.createPeer().speak(10);
  session.stop();
  const before = { sent: call.network.sent.length, frames: call.sink.frames.length };
  call.createPeer().speak(50);
  expect({ sent: call.network.sent.length, frames: call.sink.frames.length }).toEqual(before);
  expect(call.plane.portsInUse()).toBe(1);
  await session[Symbol.asyncDispose]();
  expect(call.network.sent.length).toBe(before.sent);
});

test("a closed session sends and hears nothing more", async () => {
  session.start(plan(), call.sink);
  const peer = call.createPeer();
  peer.speak(10);
  await session[Symbol.asyncDispose]();
  const before = { sent: call.network.sent.length, frames: call.sink.frames.length };
  peer.speak(50);
  expect({ sent: call.network.sent.length, frames: call.sink.frames.length }).toEqual(before);
});
