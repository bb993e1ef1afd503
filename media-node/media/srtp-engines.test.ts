import fc from "fast-check";
import { expect, test } from "vitest";
import { writeRtpHeader } from "../protocol/rtp/packet.ts";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../protocol/sdp/media-plan.ts";
import type { Mki } from "../protocol/srtp/context.ts";
import { SRTP_SUITES } from "../protocol/srtp/suites.ts";
import { SRTP_AUTH_FAILED, SRTP_REPLAYED } from "../protocol/srtp/verdicts.ts";
import { createPacketMemory } from "./packet-memory.ts";
import { nodeSrtpEngine, type SrtpCipher } from "./srtp-engine.ts";
import { WasmSrtpEngine } from "./wasm-srtp.ts";

/** The WebAssembly engine against the one on node:crypto, which is its oracle. */

const wasm = new WasmSrtpEngine(createPacketMemory(4, 256 * 1024));
const suites = Object.keys(SRTP_SUITES).filter(isSuite);

function isSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(SRTP_SUITES, name);
}

/** The same context in both engines; every packet goes through both, and nothing may differ. */
class Twin implements Disposable {
  readonly #one: SrtpCipher;
  readonly #other: SrtpCipher;

  constructor(suite: SrtpSuite, key: Uint8Array, mki: Mki | null = null, replaced?: Twin) {
    this.#one = wasm.open(suite, key, mki, replaced === undefined ? null : replaced.#one);
    const before = replaced === undefined ? null : replaced.#other;
    this.#other = nodeSrtpEngine.open(suite, key, mki, before);
    expect(this.#one.address).not.toBe(0);
  }

  #both(packet: Buffer, work: (cipher: SrtpCipher, packet: Buffer) => number): number {
    const copy = Buffer.from(packet);
    const outcome = work(this.#other, copy);
    expect(work(this.#one, packet)).toBe(outcome);
    const compared = outcome < 0 ? packet.length : outcome;
    expect(packet.subarray(0, compared).equals(copy.subarray(0, compared))).toBe(true);
    return outcome;
  }

  protectRtp(packet: Buffer, length: number): number {
    return this.#both(packet, (cipher, bytes) => cipher.protectRtp(bytes, length));
  }

  unprotectRtp(packet: Buffer, length: number): number {
    return this.#both(packet, (cipher, bytes) => cipher.unprotectRtp(bytes, length));
  }

  protectRtcp(packet: Buffer, length: number): number {
    return this.#both(packet, (cipher, bytes) => cipher.protectRtcp(bytes, length));
  }

  unprotectRtcp(packet: Buffer, length: number): number {
    return this.#both(packet, (cipher, bytes) => cipher.unprotectRtcp(bytes, length));
  }

  [Symbol.dispose](): void {
    this.#one.close();
    this.#other.close();
  }
}

function packetOf(sequenceNumber: number, payload: Uint8Array, ssrc = 7): Buffer {
  const packet = Buffer.alloc(12 + payload.length + 160);
  writeRtpHeader(packet, false, 0, sequenceNumber & 0xffff, sequenceNumber >>> 0, ssrc);
  packet.set(payload, 12);
  return packet;
}

const anySuite = fc.constantFrom(...suites);
const anyMki = fc.option(
  fc.record({
    value: fc.integer({ min: 0, max: 255 }),
    lengthBytes: fc.integer({ min: 1, max: 128 }),
  }),
);
const anyKey = fc.uint8Array({ minLength: 46, maxLength: 46 });
const anyPayload = fc.uint8Array({ maxLength: 1400 });

function keyOf(suite: SrtpSuite, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, KEY_AND_SALT_BYTES[suite]);
}

test("any packet under any key: the same bytes, and each reads what the other wrote", () => {
  fc.assert(
    fc.property(
      anySuite,
      anyKey,
      anyMki,
      anyPayload,
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: 0, max: 15 }),
      fc.boolean(),
      (suite, key, mki, payload, ssrc, contributors, hasExtension) => {
        using sender = new Twin(suite, keyOf(suite, key), mki);
        using receiver = new Twin(suite, keyOf(suite, key), mki);
        const packet = packetOf(1, payload, ssrc);
        packet.writeUInt8(0x80 | contributors | (hasExtension ? 0x10 : 0), 0);
        const plain = Buffer.from(packet);
        const length = sender.protectRtp(packet, 12 + payload.length);
        if (length < 0) return;
        expect(receiver.unprotectRtp(packet, length)).toBe(12 + payload.length);
        expect(packet.subarray(0, 12 + payload.length)).toEqual(
          plain.subarray(0, 12 + payload.length),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("any reports under any key: the same bytes, and each reads what the other wrote", () => {
  fc.assert(
    fc.property(
      anySuite,
      anyKey,
      anyMki,
      fc.array(fc.uint8Array({ minLength: 4, maxLength: 400 }), { minLength: 1, maxLength: 6 }),
      (suite, key, mki, reports) => {
        using sender = new Twin(suite, keyOf(suite, key), mki);
        using receiver = new Twin(suite, keyOf(suite, key), mki);
        for (const report of reports) {
          const packet = Buffer.alloc(4 + report.length + 160);
          packet.writeUInt32BE(0x80c9_0001, 0);
          packet.set(report, 4);
          const plain = Buffer.from(packet);
          const length = sender.protectRtcp(packet, 4 + report.length);
          if (length < 0) return;
          const replay = Buffer.from(packet);
          expect(receiver.unprotectRtcp(packet, length)).toBe(4 + report.length);
          expect(packet.subarray(0, 4 + report.length)).toEqual(
            plain.subarray(0, 4 + report.length),
          );
          expect(receiver.unprotectRtcp(replay, length)).toBe(SRTP_REPLAYED);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("junk of any kind has the same verdict and changes nothing", () => {
  fc.assert(
    fc.property(
      anySuite,
      anyKey,
      anyMki,
      fc.uint8Array({ maxLength: 1900 }),
      fc.boolean(),
      (suite, key, mki, bytes, looksRight) => {
        using context = new Twin(suite, keyOf(suite, key), mki);
        const packet = Buffer.concat([bytes, Buffer.alloc(160)]);
        if (looksRight) packet.writeUInt8(0x80, 0);
        expect(context.unprotectRtp(Buffer.from(packet), bytes.length)).toBeLessThan(0);
        expect(context.unprotectRtcp(Buffer.from(packet), bytes.length)).toBeLessThan(0);
        context.protectRtp(Buffer.from(packet), bytes.length);
        context.protectRtcp(Buffer.from(packet), bytes.length);
      },
    ),
    { numRuns: 300 },
  );
});

/** What a sender's packets may meet on their way: loss bursts below 2^15, and any order within the window. */
test("loss bursts below 2^15 across the wrap, reordering and replays: the same outcomes (RFC 3711 §3.3.1, §3.3.2)", () => {
  const anyEvent = fc.oneof(
    fc.record({ kind: fc.constant("gap" as const), by: fc.integer({ min: 1, max: 2 ** 15 - 1 }) }),
    fc.record({ kind: fc.constant("next" as const), by: fc.constant(1) }),
    fc.record({ kind: fc.constant("late" as const), by: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ kind: fc.constant("replay" as const), by: fc.integer({ min: 1, max: 8 }) }),
  );
  fc.assert(
    fc.property(
      anySuite,
      anyKey,
      fc.integer({ min: 0, max: 2 ** 15 - 1 }),
      fc.array(anyEvent, { minLength: 1, maxLength: 60 }),
      (suite, key, start, events) => {
        const masterKey = keyOf(suite, key);
        using receiver = new Twin(suite, masterKey);
        let newest = start;
        const protectedAt = (index: number): Buffer => {
          // A sender that has come to the index by steps that no receiver has to guess.
          const sender = nodeSrtpEngine.open(suite, masterKey);
          for (let at = start; at < index; at += 2 ** 14) {
            sender.protectRtp(packetOf(at, Buffer.alloc(0)), 12);
          }
          const packet = packetOf(index, Buffer.from([1, 2, 3]));
          expect(sender.protectRtp(packet, 15)).toBeGreaterThan(15);
          return packet;
        };
        const length = 15 + SRTP_SUITES[suite].rtpAuthTagBytes;
        const seen: number[] = [];
        const hear = (index: number): void => {
          const isReplay = seen.includes(index) || newest - index >= 128;
          const outcome = receiver.unprotectRtp(protectedAt(index), length);
          // Further back than the counter can tell a packet is taken for one to come, and does not authenticate.
          if (newest - index >= 2 ** 15) expect(outcome).toBeLessThan(0);
          else expect(outcome).toBe(isReplay ? SRTP_REPLAYED : 15);
          seen.push(index);
          newest = Math.max(newest, index);
        };
        hear(start);
        for (const { kind, by } of events) {
          if (kind === "gap" || kind === "next") hear(newest + by);
          else if (kind === "replay") hear(seen.at(-by) ?? start);
          else if (newest - by >= start) hear(newest - by);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test.each(suites)(
  "%s: a tag with any octet changed is refused, and the packet then heard",
  (suite) => {
    const key = keyOf(suite, new Uint8Array(46).fill(5));
    using sender = new Twin(suite, key);
    using receiver = new Twin(suite, key);
    const packet = packetOf(1, Buffer.alloc(20, 9));
    const length = sender.protectRtp(packet, 32);
    const report = Buffer.from(`80c90001000000ff${"ab".repeat(24)}${"00".repeat(40)}`, "hex");
    const reportLength = sender.protectRtcp(report, 32);
    for (let at = 0; at < length; at++) {
      const forged = Buffer.from(packet);
      forged.writeUInt8(forged.readUInt8(at) ^ 0x10, at);
      const outcome = receiver.unprotectRtp(forged, length);
      if (at >= 4) expect(outcome).toBe(SRTP_AUTH_FAILED);
      else expect(outcome).toBeLessThan(0);
    }
    for (let at = 0; at < reportLength; at++) {
      const forged = Buffer.from(report);
      forged.writeUInt8(forged.readUInt8(at) ^ 0x80, at);
      expect(receiver.unprotectRtcp(forged, reportLength)).toBeLessThan(0);
    }
    expect(receiver.unprotectRtp(packet, length)).toBe(32);
    expect(receiver.unprotectRtcp(report, reportLength)).toBe(32);
  },
);

test("sources are bounded alike, and a forged packet of a new one takes no place", () => {
  const key = keyOf("AEAD_AES_128_GCM", new Uint8Array(46).fill(5));
  using sender = new Twin("AEAD_AES_128_GCM", key);
  using receiver = new Twin("AEAD_AES_128_GCM", key);
  for (let ssrc = 1; ssrc <= 18; ssrc++) {
    const forged = packetOf(1, Buffer.alloc(40), 100 + ssrc);
    expect(receiver.unprotectRtp(forged, 52)).toBeLessThan(0);
    const packet = packetOf(1, Buffer.alloc(10), ssrc);
    const length = sender.protectRtp(packet, 22);
    expect(length > 0).toBe(ssrc <= 16);
    if (length > 0) expect(receiver.unprotectRtp(packet, length)).toBe(22);
  }
});

test("after a new key a kept and a restarted rollover counter are understood alike (RFC 3711 §3.2.1)", () => {
  for (const suite of suites) {
    const key = keyOf(suite, new Uint8Array(46).fill(1));
    const newKey = keyOf(suite, new Uint8Array(46).fill(2));
    for (const counted of [65_536 + 6, 6]) {
      using before = new Twin(suite, key);
      using sender = new Twin(suite, key);
      for (const index of [30_000, 60_000, 65_536 + 5]) {
        const packet = packetOf(index, Buffer.alloc(3));
        const length = sender.protectRtp(packet, 15);
        expect(before.unprotectRtp(packet, length)).toBe(15);
      }
      using after = new Twin(suite, newKey, null, before);
      using anew = new Twin(suite, newKey);
      if (counted > 65_536) {
        for (const index of [30_000, 60_000]) anew.protectRtp(packetOf(index, Buffer.alloc(0)), 12);
      }
      for (const index of [counted, counted + 1]) {
        const packet = packetOf(index, Buffer.alloc(3));
        const length = anew.protectRtp(packet, 15);
        expect(after.unprotectRtp(packet, length)).toBe(15);
      }
    }
  }
});
