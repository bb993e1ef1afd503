import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FRAME_CONCEALED,
  FRAME_NONE,
  FRAME_PLAYED,
  INSERTED,
  INSERTED_DUPLICATE,
  INSERTED_LATE,
  JitterBuffer,
} from "./jitter-buffer.ts";

/** A packet whose samples are all its number, so that each frame says where it comes from. */
function insert(buffer: JitterBuffer, number: number, start = 0): number {
  return buffer.insert(new Int16Array(160).fill(number), 160, (start + number * 160) >>> 0);
}

function read(buffer: JitterBuffer): { kind: number; value: number } {
  const frame = new Int16Array(160);
  const kind = buffer.read(frame);
  return { kind, value: frame[0] ?? -1 };
}

/** Inserts and reads in turn until playback has begun; returns the number of the next packet. */
function playing(buffer: JitterBuffer, start = 0): number {
  insert(buffer, 1, start);
  expect(read(buffer).kind).toBe(FRAME_NONE);
  insert(buffer, 2, start);
  expect(read(buffer).kind).toBe(FRAME_NONE);
  insert(buffer, 3, start);
  expect(read(buffer)).toEqual({ kind: FRAME_PLAYED, value: 1 });
  return 4;
}

describe("JitterBuffer", () => {
  test("waits for 40 ms, then plays in order", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    expect(read(buffer).kind).toBe(FRAME_NONE);
    for (let next = playing(buffer); next < 100; next++) {
      insert(buffer, next);
      expect(read(buffer)).toEqual({ kind: FRAME_PLAYED, value: next - 2 });
    }
  });

  test("puts in order what arrives within 40 ms of its turn, across the wrap of the timestamp", () => {
    const start = 0x1_0000_0000 - 20 * 160;
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    const first = playing(buffer, start);
    for (let next = first; next < 60; next += 2) {
      insert(buffer, next + 1, start);
      insert(buffer, next, start);
      expect(read(buffer).value).toBe(next - 2);
      expect(read(buffer).value).toBe(next - 1);
    }
  });

  test("a duplicate is told and heard once", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    const next = playing(buffer);
    expect(insert(buffer, next)).toBe(INSERTED);
    expect(insert(buffer, next)).toBe(INSERTED_DUPLICATE);
    expect(insert(buffer, 3)).toBe(INSERTED_DUPLICATE);
    expect([read(buffer), read(buffer), read(buffer)].map(({ value }) => value)).toEqual([2, 3, 4]);
  });

  test("a packet after its turn is late and changes nothing", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    playing(buffer);
    expect(insert(buffer, 1)).toBe(INSERTED_LATE);
    expect(read(buffer)).toEqual({ kind: FRAME_PLAYED, value: 2 });
  });

  test("a lost packet is concealed for its 20 ms and the next is on time", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    insert(buffer, 5);
    insert(buffer, 5 + 2);
    read(buffer);
    read(buffer);
    expect(read(buffer)).toEqual({ kind: FRAME_PLAYED, value: 5 });
    expect(read(buffer)).toEqual({ kind: FRAME_CONCEALED, value: 5 });
    expect(read(buffer)).toEqual({ kind: FRAME_PLAYED, value: 7 });
  });

  test("a delay of the network is concealed and nothing is lost", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    const next = playing(buffer);
    expect([read(buffer), read(buffer), read(buffer)].map(({ kind }) => kind)).toEqual([
      FRAME_PLAYED,
      FRAME_PLAYED,
      FRAME_CONCEALED,
    ]);
    insert(buffer, next);
    insert(buffer, next + 1);
    expect([read(buffer).value, read(buffer).value]).toEqual([next, next + 1]);
  });

  test("after a pause of the sender a new run begins with 40 ms, however long the pause was", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    playing(buffer);
    for (let i = 0; i < 50; i++) read(buffer);
    expect(insert(buffer, 53)).toBe(INSERTED);
    expect([read(buffer), read(buffer)].map(({ kind }) => kind)).toEqual([
      FRAME_CONCEALED,
      FRAME_CONCEALED,
    ]);
    expect(read(buffer)).toEqual({ kind: FRAME_PLAYED, value: 53 });
  });

  test("what piled up in a stall is played faster until the delay is short again", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 8000 });
    let next = playing(buffer);
    for (; next < 20; next++) insert(buffer, next);
    const heard: number[] = [];
    for (let tick = 0; tick < 40; tick++) {
      heard.push(read(buffer).value);
      if (buffer.hasExcess()) heard.push(read(buffer).value);
      insert(buffer, next++);
    }
    expect(heard).toEqual(heard.map((_, i) => i + 2));
    expect(buffer.depthSamples).toBeLessThanOrEqual(5 * 160);
    expect(buffer.hasExcess()).toBe(false);
  });

  test("packets of 10, 30 and 60 ms come out as the same samples", () => {
    for (const length of [80, 240, 480]) {
      const buffer = new JitterBuffer({ sampleRateHz: 8000 });
      const heard: number[] = [];
      let sent = 0;
      for (let tick = 0; tick < 200; tick++) {
        while (sent + length <= (tick + 4) * 160) {
          const pcm = Int16Array.from({ length }, (_, i) => (sent + i) % 30_000);
          buffer.insert(pcm, length, sent + 777);
          sent += length;
        }
        const frame = new Int16Array(160);
        if (buffer.read(frame) === FRAME_PLAYED) heard.push(...frame);
      }
      expect(heard.length).toBeGreaterThan(190 * 160);
      expect(heard.every((sample, i) => sample === i % 30_000)).toBe(true);
    }
  });

  test("whatever timestamps arrive, a frame is a frame and the depth is bounded", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 1, max: 1920 })),
        ),
        (packets) => {
          const buffer = new JitterBuffer({ sampleRateHz: 8000 });
          const pcm = new Int16Array(1920).fill(1);
          for (const [timestamp, length] of packets) {
            buffer.insert(pcm, length, timestamp);
            expect([FRAME_NONE, FRAME_PLAYED, FRAME_CONCEALED]).toContain(read(buffer).kind);
            expect(buffer.depthSamples).toBeLessThanOrEqual(8192);
          }
        },
      ),
    );
  });
});
