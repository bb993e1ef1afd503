import { expect, test } from "vitest";
import { writeRtpHeader } from "../protocol/rtp/packet.ts";
import type { SrtpKeys } from "../protocol/sdp/media-plan.ts";
import { SRTP_AUTH_FAILED, SRTP_NO_CONTEXT } from "../protocol/srtp/verdicts.ts";
import { KeyRing } from "./key-ring.ts";
import { createPacketMemory } from "./packet-memory.ts";
import { keys, masterKey, plan, SUITE, TestCall } from "./test-session.ts";
import { WasmSrtpEngine } from "./wasm-srtp.ts";

const engine = new WasmSrtpEngine(createPacketMemory(1, 64 * 1024));
const plain = (sequenceNumber: number): Buffer => {
  const packet = Buffer.alloc(200);
  writeRtpHeader(packet, false, 0, sequenceNumber, 0, 1);
  return packet;
};

/** What a peer with this key sends. */
function protectedBy(fill: number, sequenceNumber: number, suite: SrtpKeys["suite"] = SUITE) {
  const peer = engine.open(suite, suite === SUITE ? masterKey(fill) : Buffer.alloc(28, fill));
  const packet = plain(sequenceNumber);
  const length = peer.protectRtp(packet, 172);
  peer.close();
  return { packet, length };
}

test("keys that change keep the old contexts until the first packet under the new, then give their places back", () => {
  const ring = new KeyRing(engine);
  ring.update(keys(1, 2));
  expect(engine.openContexts).toBe(2);
  for (let round = 0; round < 100; round++) {
    ring.update(keys(1 + round, 3 + round));
    expect(engine.openContexts).toBe(3);
    const old = protectedBy(2 + round, 10 + round);
    expect(ring.unprotectRtp(old.packet, old.length)).toBe(172);
    expect(ring.isOutgoing).toBe(true);
    const straggler = protectedBy(2 + round, 11 + round);
    const next = protectedBy(3 + round, 10 + round);
    expect(ring.unprotectRtp(next.packet, next.length)).toBe(172);
    expect(ring.isOutgoing).toBe(false);
    expect(engine.openContexts).toBe(2);
    expect(ring.unprotectRtp(straggler.packet, straggler.length)).toBe(SRTP_AUTH_FAILED);
  }
  ring.close();
  expect(engine.openContexts).toBe(0);
});

test("two re-offers without a packet between them leave no context of the first behind", () => {
  const ring = new KeyRing(engine);
  for (let fill = 2; fill < 50; fill++) ring.update(keys(1, fill));
  expect(engine.openContexts).toBe(3);
  ring.update(null);
  expect(engine.openContexts).toBe(0);
});

test("another suite in a re-offer is a new key", () => {
  const ring = new KeyRing(engine);
  ring.update(keys(1, 2));
  const gcm: SrtpKeys = {
    suite: "AEAD_AES_128_GCM",
    send: Buffer.alloc(28, 4),
    receive: Buffer.alloc(28, 5),
    receiveMki: null,
  };
  expect(ring.update(gcm)).toBe(true);
  const { packet, length } = protectedBy(5, 1, "AEAD_AES_128_GCM");
  expect(ring.unprotectRtp(packet, length)).toBe(172);
  expect(ring.update(gcm)).toBe(false);
  expect(engine.openContexts).toBe(2);
  ring.close();
});

test("a closed ring hears nothing, and its sender's context refuses", () => {
  const ring = new KeyRing(engine);
  ring.update(keys(1, 2));
  const { send } = ring;
  ring.close();
  expect(send?.protectRtp(plain(1), 172)).toBe(SRTP_NO_CONTEXT);
  const { packet, length } = protectedBy(2, 1);
  expect(ring.unprotectRtp(packet, length)).toBe(SRTP_AUTH_FAILED);
});

test("a session gives its contexts back when it ends, after its RTCP BYE", async () => {
  const call = new TestCall({ srtp: engine });
  const session = await call.open();
  session.start(plan({ srtp: keys(1, 2) }), call.sink);
  expect(engine.openContexts).toBe(2);
  call.clock.advance(100);
  const before = call.sentRtcp().length;
  session.stop();
  expect(call.sentRtcp().length).toBe(before + 1);
  expect(engine.openContexts).toBe(0);
  await call[Symbol.asyncDispose]();
});
