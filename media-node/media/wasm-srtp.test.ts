import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeRtpHeader } from "../protocol/rtp/packet.ts";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../protocol/sdp/media-plan.ts";
import { SRTP_SUITES } from "../protocol/srtp/suites.ts";
import * as verdicts from "../protocol/srtp/verdicts.ts";
import { createPacketMemory, PACKET_ROOM_BYTES, SLOT_BYTES } from "./packet-memory.ts";
import type { SrtpCipher, SrtpEngine } from "./srtp-engine.ts";
import { WasmSrtpEngine } from "./wasm-srtp.ts";

const SUITE = "AES_CM_128_HMAC_SHA1_80";
const CONTEXT_BYTES = 64 * 1024;
const memory = createPacketMemory(16, 40 * CONTEXT_BYTES);
const engine = new WasmSrtpEngine(memory);

function keyOf(suite: SrtpSuite, fill: number): Buffer {
  return Buffer.alloc(KEY_AND_SALT_BYTES[suite], fill);
}

/** A packet of 160 octets of payload in a slot of the packet memory. */
function putPacket(slot: number, sequenceNumber: number, ssrc: number): Buffer {
  const start = memory.slots.base + slot * SLOT_BYTES;
  const packet = memory.bytes.subarray(start, start + PACKET_ROOM_BYTES);
  writeRtpHeader(packet, false, 0, sequenceNumber & 0xffff, sequenceNumber * 160, ssrc);
  packet.fill(sequenceNumber, 12, 172);
  memory.lengths[slot] = 172;
  return packet;
}

function copyOfSlot(slot: number): Buffer {
  const start = memory.slots.base + slot * SLOT_BYTES;
  return Buffer.from(memory.bytes.subarray(start, start + (memory.lengths[slot] ?? 0)));
}

function packetAlone(sequenceNumber: number, ssrc: number): Buffer {
  const packet = Buffer.alloc(220);
  writeRtpHeader(packet, false, 0, sequenceNumber & 0xffff, sequenceNumber * 160, ssrc);
  packet.fill(sequenceNumber, 12, 172);
  return packet;
}

const suites = Object.keys(SRTP_SUITES).filter((name): name is SrtpSuite =>
  Object.hasOwn(SRTP_SUITES, name),
);

test("the numbers of the module's verdicts are those of ours", () => {
  const source = readFileSync(new URL("../wasm/srtp/verdicts.ts", import.meta.url), "utf8");
  const theirs = [...source.matchAll(/const (\w+): i32 = (-\d+);/g)].map(([, name, value]) => [
    `SRTP_${name}`,
    Number(value),
  ]);
  expect(Object.fromEntries(theirs)).toEqual({ ...verdicts });
});

describe("contexts", () => {
  test("a closed context is zeros, refuses everything, and its place is taken again", () => {
    const cipher = engine.open(SUITE, keyOf(SUITE, 7));
    const { address } = cipher;
    const span = memory.bytes.subarray(address, address + 2000);
    expect(span.some((byte) => byte !== 0)).toBe(true);
    cipher.close();
    cipher.close();
    expect(span.every((byte) => byte === 0)).toBe(true);
    const packet = packetAlone(1, 1);
    expect(cipher.protectRtp(packet, 172)).toBe(verdicts.SRTP_NO_CONTEXT);
    expect(cipher.unprotectRtp(packet, 172)).toBe(verdicts.SRTP_NO_CONTEXT);
    expect(cipher.protectRtcp(packet, 172)).toBe(verdicts.SRTP_NO_CONTEXT);
    expect(cipher.unprotectRtcp(packet, 172)).toBe(verdicts.SRTP_NO_CONTEXT);
    const next = engine.open(SUITE, keyOf(SUITE, 8));
    expect(next.address).toBe(address);
    next.close();
  });

  test("session keys do not stay behind in the slot that carried them", () => {
    const cipher = engine.open(SUITE, keyOf(SUITE, 7));
    const input = memory.bytes.subarray(memory.visitor, memory.visitor + 288);
    expect(input.every((byte) => byte === 0)).toBe(true);
    cipher.close();
  });

  test("100,000 are opened and closed in the memory of two", { timeout: 60_000 }, () => {
    const sessionKeys = () => ({
      sessionKey: Buffer.alloc(16, 1),
      sessionSalt: Buffer.alloc(14, 2),
      sessionAuthKey: Buffer.alloc(20, 3),
    });
    const first = engine.open(SUITE, keyOf(SUITE, 1));
    const places = new Set<number>();
    const before = engine.openContexts;
    for (let i = 0; i < 100_000; i++) {
      const cipher = engine.openSession(SUITE, sessionKeys(), sessionKeys());
      places.add(cipher?.address ?? 0);
      cipher?.close();
    }
    expect([...places]).not.toContain(0);
    expect(places.size).toBe(1);
    expect(engine.openContexts).toBe(before);
    first.close();
  });

  test("when the memory is full calls go on, with node:crypto", () => {
    const small = new WasmSrtpEngine(createPacketMemory(1, 1));
    const opened: SrtpCipher[] = [];
    for (;;) {
      const cipher = small.open(SUITE, keyOf(SUITE, 7));
      opened.push(cipher);
      if (cipher.address === 0) break;
      expect(opened.length).toBeLessThan(1_000);
    }
    const packet = packetAlone(1, 1);
    const length = opened.at(-1)?.protectRtp(packet, 172) ?? 0;
    expect(length).toBe(182);
    expect(opened.at(0)?.unprotectRtp(packet, length)).toBe(172);
    opened.at(0)?.close();
    expect(small.open(SUITE, keyOf(SUITE, 7)).address).not.toBe(0);
  });

  test("a key of another length than the suite's is refused, and takes no place", () => {
    const before = engine.openContexts;
    expect(() => engine.open(SUITE, keyOf("AEAD_AES_128_GCM", 1))).toThrow(RangeError);
    expect(engine.openContexts).toBe(before);
  });
});

describe("batches", () => {
  test.each(suites)("%s: the bytes and outcomes of packets one at a time", (suite) => {
    const open = (fill: number): SrtpCipher => engine.open(suite, keyOf(suite, fill));
    const together = Array.from({ length: 5 }, (_, i) => open(i));
    const alone = Array.from({ length: 5 }, (_, i) => open(i));
    const receivers = Array.from({ length: 5 }, (_, i) => open(i));
    // Contexts that repeat, out of order, so that groups of every size occur; slot 9 is left alone.
    const order = [0, 1, 2, 3, 4, 0, 0, 1, 3, -1, 2, 4, 1, 1, 0, 3];
    for (let round = 0; round < 20; round++) {
      for (const [slot, which] of order.entries()) {
        putPacket(slot, round * 16 + slot, 5);
        memory.contexts[slot] = together[which]?.address ?? 0;
      }
      engine.protectBatch(0, 16);
      for (const [slot, which] of order.entries()) {
        const packet = packetAlone(round * 16 + slot, 5);
        const length = alone[which]?.protectRtp(packet, 172) ?? 172;
        expect(memory.lengths[slot]).toBe(length);
        expect(copyOfSlot(slot)).toEqual(packet.subarray(0, length));
        memory.contexts[slot] = receivers[which]?.address ?? 0;
      }
      // One packet is forged; the others of its group are heard all the same.
      const forged = memory.slots.base + 2 * SLOT_BYTES + 50;
      memory.bytes[forged] = (memory.bytes[forged] ?? 0) ^ 1;
      engine.unprotectBatch(0, 16);
      for (const [slot] of order.entries()) {
        if (slot === 2) {
          expect(memory.lengths[slot]).toBe(verdicts.SRTP_AUTH_FAILED);
        } else {
          expect(memory.lengths[slot]).toBe(172);
          expect(copyOfSlot(slot)).toEqual(packetAlone(round * 16 + slot, 5).subarray(0, 172));
        }
      }
    }
    for (const cipher of [...together, ...alone, ...receivers]) cipher.close();
  });

  test("two copies of a packet in one batch: the second is a replay (RFC 3711 §3.3.2)", () => {
    const sender = engine.open(SUITE, keyOf(SUITE, 3));
    const receiver = engine.open(SUITE, keyOf(SUITE, 3));
    for (const slot of [0, 1]) {
      const packet = packetAlone(1, 9);
      if (slot === 0) sender.protectRtp(packet, 172);
      else copyOfSlot(0).copy(packet);
      const place = putPacket(slot, 1, 9);
      packet.copy(place, 0, 0, 182);
      memory.lengths[slot] = 182;
      memory.contexts[slot] = receiver.address;
    }
    engine.unprotectBatch(0, 2);
    expect([...memory.lengths.subarray(0, 2)]).toEqual([172, verdicts.SRTP_REPLAYED]);
    sender.close();
    receiver.close();
  });

  test("a new key's packet is understood when its peer keeps the rollover counter (RFC 3711 §3.2.1)", () => {
    const senders = [1, 2, 3].map((fill) => engine.open(SUITE, keyOf(SUITE, fill)));
    const replaced = [1, 2, 3].map((fill) => engine.open(SUITE, keyOf(SUITE, fill)));
    for (const sequenceNumber of [30_000, 60_000, 65_536 + 5]) {
      for (const [i, sender] of senders.entries()) {
        const packet = packetAlone(sequenceNumber, 4);
        const length = sender.protectRtp(packet, 172);
        expect(replaced[i]?.unprotectRtp(packet, length)).toBe(172);
      }
    }
    // The same keys stand for a peer that goes on counting.
    const receivers = [1, 2, 3].map((fill, i) =>
      engine.open(SUITE, keyOf(SUITE, fill), null, replaced[i] ?? null),
    );
    for (const cipher of replaced) cipher.close();
    for (const [slot, sender] of senders.entries()) {
      memory.lengths[slot] = sender.protectRtp(putPacket(slot, 65_536 + 6, 4), 172);
      memory.contexts[slot] = receivers[slot]?.address ?? 0;
    }
    engine.unprotectBatch(0, 3);
    expect([...memory.lengths.subarray(0, 3)]).toEqual([172, 172, 172]);
    for (const cipher of [...senders, ...receivers]) cipher.close();
  });
});

test("packets elsewhere in the memory stay as they are while one is worked on", () => {
  const open: SrtpEngine["open"] = (...parameters) => engine.open(...parameters);
  const [sender, receiver] = [open(SUITE, keyOf(SUITE, 1)), open(SUITE, keyOf(SUITE, 1))];
  const neighbour = memory.slots.base + 5 * SLOT_BYTES;
  memory.bytes.fill(0xa5, neighbour, neighbour + 172);
  const packet = memory.bytes.subarray(
    memory.slots.base + 4 * SLOT_BYTES,
    memory.slots.base + 4 * SLOT_BYTES + PACKET_ROOM_BYTES,
  );
  const longest = 1536;
  writeRtpHeader(packet, false, 0, 1, 1, 1);
  const length = sender.protectRtp(packet, longest);
  expect(length).toBe(longest + 10);
  expect(receiver.unprotectRtp(packet, length)).toBe(longest);
  expect(sender.protectRtp(packet, longest + 1)).toBe(verdicts.SRTP_NO_ROOM);
  expect(memory.bytes.subarray(neighbour, neighbour + 172).every((byte) => byte === 0xa5)).toBe(
    true,
  );
  sender.close();
  receiver.close();
});

test("packets make no objects: 20,000 of them, each way, leave the heap as it was", () => {
  const sender = engine.open(SUITE, keyOf(SUITE, 1));
  const receiver = engine.open(SUITE, keyOf(SUITE, 1));
  const packet = packetAlone(0, 1);
  let sequenceNumber = 0;
  const echo = (count: number): void => {
    for (let i = 0; i < count; i++) {
      packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
      sequenceNumber += 1;
      receiver.unprotectRtp(packet, sender.protectRtp(packet, 172));
    }
  };
  // Until all of it is compiled, numbers too are objects.
  echo(30_000);
  const before = process.memoryUsage().heapUsed;
  echo(20_000);
  // An object for each packet would be a megabyte and more.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(500_000);
  sender.close();
  receiver.close();
});
