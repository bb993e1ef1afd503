import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRtpHeader, writeRtpHeader } from "../protocol/rtp/packet.ts";
import { createSrtpContext, protectRtp, unprotectRtp } from "../protocol/srtp/context.ts";
import type { MediaSession } from "./media-session.ts";
import { header, keys, masterKey, PEER_ADDRESS, plan, SUITE, TestCall } from "./test-session.ts";

let call: TestCall;
let session: MediaSession;

beforeEach(async () => {
  call = new TestCall();
  session = await call.open();
});

afterEach(() => call[Symbol.asyncDispose]());

describe("receiving", () => {
  test("audio comes up in order on the 20 ms clock, silence once the peer falls silent", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(50);
    call.clock.advance(1_000);
    expect(call.loudFrames()).toBe(50);
    expect(call.sink.frames.at(-1)).toEqual(new Int16Array(160));
    expect(call.sink.frames.length).toBe(98);
    expect(session.stats()).toMatchObject({ packetsReceived: 50, packetsLost: 0, packetsLate: 0 });
  });

  test("losses are counted and concealed", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(10);
    peer.packet();
    peer.speak(10);
    call.clock.advance(100);
    expect(call.loudFrames()).toBeGreaterThanOrEqual(20);
    expect(session.stats().packetsLost).toBe(1);
  });

  test("a key press is reported once, whatever of its packets is lost or doubled", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(5);
    const event = (ticks: number, isEnd: boolean): Buffer => {
      const packet = Buffer.alloc(16);
      writeRtpHeader(packet, false, 101, peer.sequenceNumber++, 20_000, 77);
      packet.set([7, isEnd ? 0x8a : 0x0a, ticks >> 8, ticks & 0xff], 12);
      return packet;
    };
    for (const packet of [event(160, false), event(480, true), event(480, true)]) {
      peer.send(packet);
      peer.send(packet);
      call.clock.advance(20);
    }
    expect(call.sink.digits).toEqual(["7 60"]);
  });

  test("a flood of key presses is cut to what fingers can do", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(5);
    const press = (count: number) => {
      for (let i = 0; i < count; i++) {
        const packet = Buffer.alloc(16);
        writeRtpHeader(packet, true, 101, peer.sequenceNumber++ & 0xffff, 20_000 + i, 77);
        packet.set([7, 0x8a, 0, 160], 12);
        peer.send(packet);
      }
    };
    press(1_000);
    expect(call.sink.digits).toHaveLength(32);
    const { malformed, overRate } = session.stats();
    expect(malformed + overRate).toBe(968);
    call.clock.advance(200);
    expect(call.sink.digits).toHaveLength(32);
  });

  test("junk, STUN and payload types that were not negotiated are counted and not heard", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(3);
    for (const junk of [
      Buffer.alloc(0),
      Buffer.alloc(3, 0x80),
      Buffer.from("000100002112a442000000000000000000000000", "hex"),
      Buffer.alloc(1_500, 0xff),
      peer.packet(0x80, 18),
    ]) {
      peer.send(junk);
    }
    expect(session.stats()).toMatchObject({ malformed: 5, packetsReceived: 3 });
    expect(session.timedOut.aborted).toBe(false);
  });

  test("plain RTP of a stranger is neither heard nor answered while the peer speaks", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    const stranger = call.createPeer();
    stranger.address = "198.51.100.66";
    for (let i = 0; i < 100; i++) {
      stranger.send(stranger.packet(0x00));
      peer.speak(1);
    }
    expect(session.stats()).toMatchObject({ wrongSource: 100, packetsReceived: 100 });
    expect(call.sink.frames.some((frame) => (frame[80] ?? 0) < 0)).toBe(false);
    expect(call.network.sent.every(({ address }) => address === PEER_ADDRESS)).toBe(true);
  });

  test("a peer behind NAT with a private SDP address is heard and answered at its real one", () => {
    session.start(plan({ remoteAddress: "192.168.1.9" }), call.sink, "198.51.100.1");
    call.clock.advance(20);
    expect(call.sentRtp().at(-1)).toMatchObject({ address: "198.51.100.1", port: 5_000 });
    const peer = call.createPeer();
    peer.address = "198.51.100.1";
    peer.port = 61_111;
    peer.speak(20);
    expect(call.sentRtp().at(-1)).toMatchObject({ address: "198.51.100.1", port: 61_111 });
    expect(session.stats()).toMatchObject({ wrongSource: 4, packetsReceived: 16 });
  });
});

describe("a peer without SRTP that changes on the way", () => {
  test("its NAT gives it another port: after 2 s of silence it is heard and answered there", () => {
    session.start(plan({ remoteAddress: "192.168.1.9" }), call.sink, "198.51.100.1");
    const peer = call.createPeer();
    peer.address = "198.51.100.1";
    peer.port = 61_111;
    peer.speak(50);
    peer.port = 62_222;
    peer.speak(90);
    expect(call.sentRtp().at(-1)).toMatchObject({ address: "198.51.100.1", port: 61_111 });
    const before = call.loudFrames();
    peer.speak(60);
    expect(call.sentRtp().at(-1)).toMatchObject({ address: "198.51.100.1", port: 62_222 });
    expect(call.loudFrames() - before).toBeGreaterThan(40);
  });

  test("another SSRC is heard after its second packet in a row, within 60 ms", () => {
    session.start(plan(), call.sink);
    call.createPeer().speak(50);
    const next = call.createPeer();
    next.ssrc = 78;
    next.sequenceNumber = 40_000;
    next.speak(50);
    call.clock.advance(200);
    expect(session.stats()).toMatchObject({ packetsReceived: 98, wrongSsrc: 2, packetsLost: 0 });
    expect(call.loudFrames()).toBeGreaterThanOrEqual(95);
  });

  test("a jump of the sequence costs one packet, and none with SRTP", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(50);
    peer.sequenceNumber = 30_000;
    peer.speak(50);
    call.clock.advance(200);
    expect(call.loudFrames()).toBeGreaterThanOrEqual(98);
    session.update(plan({ srtp: keys(1, 2) }));
    peer.context = createSrtpContext(SUITE, masterKey(2));
    peer.sequenceNumber = 100;
    peer.speak(50);
    peer.sequenceNumber = 9_000;
    const before = session.stats();
    peer.speak(50);
    expect(session.stats().concealedMs).toBe(before.concealedMs);
    expect(session.stats().packetsReceived - before.packetsReceived).toBe(50);
  });

  test("comfort noise is silence, not loss, and speech after it is whole (RFC 3389 §3)", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    peer.speak(50);
    peer.send(peer.packet(60, 13).subarray(0, 13));
    call.clock.advance(20);
    call.clock.advance(100);
    const { concealedMs } = session.stats();
    call.clock.advance(1_900);
    peer.skip(100);
    peer.speak(50);
    expect(session.stats().concealedMs).toBe(concealedMs);
    call.clock.advance(60);
    expect(call.loudFrames()).toBe(100);
    expect(session.stats()).toMatchObject({ packetsLost: 0, packetsLate: 0, malformed: 0 });
  });
});

describe("SRTP", () => {
  let peer: ReturnType<TestCall["createPeer"]>;
  beforeEach(() => {
    session.start(plan({ srtp: keys(1, 2) }), call.sink);
    peer = call.createPeer();
    peer.context = createSrtpContext(SUITE, masterKey(2));
  });

  test("nothing leaves in clear: every packet decrypts with our key and only with it", async () => {
    session.send(new Int16Array(1_600).fill(1_000));
    session.sendDigits("1", "auto");
    call.clock.advance(6_000);
    await session[Symbol.asyncDispose]();
    expect(call.sentRtp()).toHaveLength(300);
    const receiver = createSrtpContext(SUITE, masterKey(1));
    const wrong = createSrtpContext(SUITE, masterKey(9));
    for (const { packet } of call.sentRtp()) {
      expect(unprotectRtp(wrong, packet, packet.length)).toBeLessThan(0);
      expect(unprotectRtp(receiver, packet, packet.length)).toBe(packet.length - 10);
    }
    expect(call.sentRtcp().length).toBeGreaterThan(0);
    // The E flag (RFC 3711 §3.4) of each report.
    for (const { packet } of call.sentRtcp()) expect(packet[packet.length - 14]).toBe(0x80);
  });

  test("replayed, forged and plain packets are counted, not heard, and do not move the address", () => {
    const forger = createSrtpContext(SUITE, masterKey(9));
    const plain = call.createPeer();
    for (let i = 0; i < 100; i++) {
      const packet = peer.packet();
      const forged = Buffer.alloc(182, 0x00);
      writeRtpHeader(forged, false, 0, 20_000 + i, 160 * i, 77);
      protectRtp(forger, forged, 172);
      call.network.inject(forged, "198.51.100.66", 6_666, session.localPort);
      call.network.inject(plain.packet(0x00), "198.51.100.66", 6_666, session.localPort);
      peer.send(packet);
      call.network.inject(packet, "198.51.100.66", 6_666, session.localPort);
      call.clock.advance(20);
    }
    call.clock.advance(100);
    expect(session.stats()).toMatchObject({
      packetsReceived: 100,
      replayed: 100,
      authFailures: 200,
      wrongSource: 0,
    });
    expect(call.loudFrames()).toBe(100);
    expect(call.sink.frames.some((frame) => (frame[80] ?? 0) < 0)).toBe(false);
    expect(call.network.sent.every(({ address }) => address === PEER_ADDRESS)).toBe(true);
  });

  test("an authentic packet from elsewhere moves the address: NAT rebinding heals at once", () => {
    peer.speak(5);
    peer.port = 61_111;
    peer.speak(1);
    expect(call.sentRtp().at(-1)?.port).toBe(61_111);
  });

  test("an old authentic packet that arrives late does not move it back", () => {
    const late = peer.packet();
    peer.port = 61_111;
    peer.speak(5);
    call.network.inject(late, PEER_ADDRESS, 5_000, session.localPort);
    call.clock.advance(20);
    expect(call.sentRtp().at(-1)?.port).toBe(61_111);
  });

  test("after a re-offer with a new key of the peer's old packets are heard until the first new one", () => {
    peer.speak(10);
    const straggler = peer.packet();
    session.update(plan({ srtp: keys(1, 3) }));
    peer.speak(10);
    peer.context = createSrtpContext(SUITE, masterKey(3));
    peer.speak(10);
    expect(session.stats()).toMatchObject({ packetsReceived: 30, authFailures: 0 });
    peer.send(straggler);
    expect(session.stats()).toMatchObject({ packetsReceived: 30, authFailures: 1 });
  });

  test("a peer that moves, re-keys and counts anew is heard and answered at once; stragglers change nothing", () => {
    peer.speak(20);
    session.update(plan({ srtp: keys(1, 3), remotePort: 6_000, remoteRtcpPort: 6_001 }));
    peer.speak(2);
    expect(call.network.sent.at(-1)?.port).toBe(6_000);

    const after = call.createPeer();
    after.context = createSrtpContext(SUITE, masterKey(3));
    after.port = 6_000;
    // The same source, and numbers that the old packets have used.
    after.sequenceNumber = 60;
    const heardBefore = call.loudFrames();
    after.speak(10);
    expect(call.loudFrames() - heardBefore).toBeGreaterThanOrEqual(7);
    expect(call.network.sent.at(-1)?.port).toBe(6_000);
    expect(session.stats().packetsLost).toBe(0);
  });

  test("a refresh with the same keys keeps the replay window and our own source", () => {
    const packet = peer.packet();
    peer.send(packet);
    call.clock.advance(20);
    session.update(plan({ srtp: keys(1, 2) }));
    peer.send(packet);
    expect(session.stats().replayed).toBe(1);
    call.clock.advance(20);
    const receiver = createSrtpContext(SUITE, masterKey(1));
    for (const { packet: sent } of call.sentRtp()) {
      expect(unprotectRtp(receiver, sent, sent.length)).toBeGreaterThan(0);
    }
  });

  test("a new key of ours begins a new source below 2^15", () => {
    call.clock.advance(40);
    session.update(plan({ srtp: keys(4, 2) }));
    call.clock.advance(20);
    const packet = call.lastRtp();
    expect(unprotectRtp(createSrtpContext(SUITE, masterKey(4)), packet, packet.length)).toBe(172);
    parseRtpHeader(packet, packet.length, header);
    expect(header.marker).toBe(true);
    expect(header.sequenceNumber).toBeLessThan(2 ** 15);
  });
});
