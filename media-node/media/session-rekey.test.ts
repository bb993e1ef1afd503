import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSrtpContext, unprotectRtp } from "../protocol/srtp/context.ts";
import type { MediaSession } from "./media-session.ts";
import { keys, masterKey, PEER_ADDRESS, plan, SUITE, TestCall } from "./test-session.ts";

/** New keys in mid-call as PBXs use them: late, and with whatever source and counter comes to their mind. */

let call: TestCall;
let session: MediaSession;
let peer: ReturnType<TestCall["createPeer"]>;

beforeEach(async () => {
  call = new TestCall();
  session = await call.open();
  session.start(plan({ srtp: keys(1, 2) }), call.sink);
  peer = call.createPeer();
  peer.context = createSrtpContext(SUITE, masterKey(2));
});

afterEach(() => call[Symbol.asyncDispose]());

/** Packets of the peer's old key, with a wrap of the sequence in them: the rollover counter is 1 behind it. */
function speakAcrossWrap(): void {
  peer.sequenceNumber = 0xffff - 9;
  peer.speak(20);
}

/** The peer's audio is in every frame since, but for those that are still in the jitter buffer. */
function expectWhole(loudBefore: number, packets: number): void {
  expect(call.loudFrames() - loudBefore).toBeGreaterThanOrEqual(packets - 3);
  expect(session.stats()).toMatchObject({
    authFailures: 0,
    replayed: 0,
    packetsLost: 0,
    packetsLate: 0,
    concealedMs: 0,
    packetsReceived: packets,
  });
}

test("a peer that goes on with its old key for a second after the answer is heard all the time, and answered under the new one from the first packet on", () => {
  peer.speak(20);
  const sentBefore = call.sentRtp().length;
  session.update(plan({ srtp: keys(4, 3) }));
  peer.speak(50);
  const ours = createSrtpContext(SUITE, masterKey(4));
  const answers = call.sentRtp().slice(sentBefore);
  expect(answers.length).toBeGreaterThanOrEqual(49);
  for (const { packet, address, port } of answers) {
    expect(unprotectRtp(ours, packet, packet.length)).toBe(172);
    expect([address, port]).toEqual([PEER_ADDRESS, 5_000]);
  }
  peer.context = createSrtpContext(SUITE, masterKey(3));
  peer.speak(30);
  expectWhole(0, 100);
});

describe("after a second of the old key, and a wrap of its sequence, the new key is heard at once", () => {
  beforeEach(() => {
    speakAcrossWrap();
    session.update(plan({ srtp: keys(4, 3) }));
    peer.speak(50);
  });

  test("from the same source, with the rollover counter that goes on", () => {
    const next = createSrtpContext(SUITE, masterKey(3));
    // What the peer's sender has behind it: a wrap.
    const { sequenceNumber } = peer;
    peer.context = next;
    for (const passed of [0xffff, 0]) {
      peer.sequenceNumber = passed;
      peer.packet();
    }
    peer.sequenceNumber = sequenceNumber;
    const receivedBefore = session.stats().packetsReceived;
    const loudBefore = call.loudFrames();
    peer.speak(30);
    expect(session.stats().packetsReceived - receivedBefore).toBe(30);
    expect(session.stats().authFailures).toBe(0);
    // Two packets were made and never sent: their time is silence.
    expect(call.loudFrames() - loudBefore).toBeGreaterThanOrEqual(28);
  });

  test("from the same source, with a rollover counter from 0", () => {
    peer.context = createSrtpContext(SUITE, masterKey(3));
    peer.speak(30);
    expectWhole(0, 100);
  });

  test.each([
    ["a low sequence number", 7],
    ["a sequence number just above the old", 62],
    ["a sequence number far ahead", 40_000],
    ["a sequence number before the next wrap", 0xffff - 4],
  ])(
    "from another source that changes with it, with a rollover counter from 0 and %s",
    (_, first) => {
      peer.context = createSrtpContext(SUITE, masterKey(3));
      peer.ssrc = 78;
      peer.sequenceNumber = first;
      peer.speak(30);
      const { packetsReceived, authFailures, replayed } = session.stats();
      expect({ packetsReceived, authFailures, replayed }).toEqual({
        packetsReceived: 100,
        authFailures: 0,
        replayed: 0,
      });
      // Heard whole: what is buffered of the old source, then the new one, behind it.
      expect(call.loudFrames()).toBeGreaterThanOrEqual(95);
      expect(session.stats().concealedMs).toBeLessThanOrEqual(20);
    },
  );
});

test("the old key's stragglers behind a new source and a counter from 0 are refused, counted, and move nothing", () => {
  speakAcrossWrap();
  session.update(plan({ srtp: keys(4, 3) }));
  const stragglers = Array.from({ length: 5 }, () => peer.packet());
  const next = call.createPeer();
  next.context = createSrtpContext(SUITE, masterKey(3));
  next.ssrc = 78;
  next.sequenceNumber = 3;
  next.port = 6_000;
  next.speak(10);
  for (const packet of stragglers) peer.send(packet);
  next.speak(10);
  expect(session.stats()).toMatchObject({ packetsReceived: 40, authFailures: 5 });
  expect(call.sentRtp().at(-1)?.port).toBe(6_000);
});
