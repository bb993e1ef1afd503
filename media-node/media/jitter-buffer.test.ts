import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JitterBuffer } from "./jitter-buffer.ts";
import {
  FRAME_CONCEALED,
  FRAME_NONE,
  FRAME_PLAYED,
  FRAME_SILENT,
  INSERTED,
  INSERTED_LATE,
} from "./packet-place.ts";

/** A buffer, its clock and its peer: packets of 20 ms whose samples are all one number, so that a frame says what it is. */
class Bench {
  readonly buffer = new JitterBuffer({ sampleRateHz: 8000, concealsLoss: true });
  readonly frame = new Int16Array(160);
  nowMs = 1_000;
  timestamp = 0;

  insert(
    number: number,
    { start = this.timestamp, missingBefore = 0, isNewest = true, isPunctual = true } = {},
  ): number {
    const pcm = new Int16Array(160).fill(number * 100);
    const timestamp = (start + number * 160) >>> 0;
    const place = { isNewest, missingBefore, isPunctual };
    return this.buffer.insert(pcm, 160, timestamp, this.nowMs, place);
  }

  /** Reads a frame; 20 ms pass. */
  read(): { kind: number; value: number } {
    this.frame.fill(-1);
    this.buffer.tick(this.nowMs);
    const kind = this.buffer.read(this.frame);
    this.nowMs += 20;
    return { kind, value: (this.frame[159] ?? 0) / 100 };
  }

  /** Plays until packet 1 is heard; returns the number of the next one to send. */
  begin(): number {
    this.insert(1);
    expect(this.read().kind).toBe(FRAME_NONE);
    this.insert(2);
    expect(this.read().kind).toBe(FRAME_NONE);
    this.insert(3);
    expect(this.read()).toEqual({ kind: FRAME_PLAYED, value: 1 });
    return 4;
  }

  kinds(count: number): number[] {
    return Array.from({ length: count }, () => this.read().kind);
  }
}

/** 60 frames of samples that count up; a packet arrives when its last sample has been spoken. */
function ramp(lengthAt: (sent: number) => number): { heard: number[]; bench: Bench } {
  const bench = new Bench();
  const heard: number[] = [];
  let sent = 0;
  for (let tick = 0; tick < 60; tick++) {
    for (let length = lengthAt(sent); sent + length <= (tick + 1) * 160; length = lengthAt(sent)) {
      const pcm = Int16Array.from({ length }, (_, at) => sent + at);
      const place = { isNewest: true, missingBefore: 0, isPunctual: true };
      const arrivesAtMs = 980 + (sent + length) / 8;
      bench.buffer.insert(pcm, length, sent + 777, arrivesAtMs, place);
      sent += length;
    }
    if (bench.read().kind !== FRAME_NONE) heard.push(...bench.frame);
  }
  return { heard, bench };
}

describe("JitterBuffer", () => {
  test("waits for 40 ms, then plays in order, bit for bit", () => {
    const bench = new Bench();
    expect(bench.read().kind).toBe(FRAME_NONE);
    for (let next = bench.begin(); next < 50; next++) {
      bench.insert(next);
      expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: next - 2 });
      expect(bench.frame).toEqual(new Int16Array(160).fill((next - 2) * 100));
    }
  });

  test("puts in order what is overtaken within the wait, across the wrap of the timestamp", () => {
    const bench = new Bench();
    bench.timestamp = 0x1_0000_0000 - 20 * 160;
    const heard: number[] = [];
    for (let next = bench.begin(); next < 60; next += 2) {
      bench.insert(next + 1, { missingBefore: 1 });
      bench.insert(next, { isNewest: false });
      for (let i = 0; i < 2; i++) {
        expect(bench.read().kind).toBe(FRAME_PLAYED);
        heard.push(...bench.frame);
      }
    }
    for (let number = 2; number < 56; number++) expect(heard).toContain(number * 100);
    expect(heard).toEqual(heard.toSorted((one, other) => one - other));
  });

  test("a packet after its turn is late and changes nothing", () => {
    const bench = new Bench();
    bench.begin();
    expect(bench.insert(1, { isNewest: false })).toBe(INSERTED_LATE);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: 2 });
  });

  test("a lost packet is concealed for its 20 ms and the next is on time", () => {
    const bench = new Bench();
    bench.insert(5);
    bench.insert(7, { missingBefore: 1 });
    bench.kinds(2);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: 5 });
    expect(bench.read().kind).toBe(FRAME_CONCEALED);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: 7 });
    expect(bench.buffer.concealedMs).toBe(20);
  });

  test("a delay of the network is concealed and nothing is lost", () => {
    const bench = new Bench();
    const next = bench.begin();
    expect(bench.kinds(3)).toEqual([FRAME_PLAYED, FRAME_PLAYED, FRAME_CONCEALED]);
    bench.insert(next);
    bench.insert(next + 1);
    expect([bench.read().value, bench.read().value]).toEqual([next, next + 1]);
  });

  test("what was concealed while nothing came stands for what turns out to be lost: the delay stays", () => {
    const bench = new Bench();
    const next = bench.begin();
    const { delayMs } = bench.buffer;
    expect(bench.kinds(3)).toEqual([FRAME_PLAYED, FRAME_PLAYED, FRAME_CONCEALED]);
    bench.insert(next + 1, { missingBefore: 1 });
    bench.insert(next + 2);
    bench.insert(next + 3);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: next + 1 });
    bench.insert(next + 4);
    expect(bench.buffer.delayMs).toBeCloseTo(delayMs, 0);
    expect(bench.buffer.concealedMs).toBe(20);
  });

  test("after a pause of the sender a new run begins at the target, however long the pause was", () => {
    const bench = new Bench();
    bench.begin();
    bench.kinds(48);
    expect(bench.read().kind).toBe(FRAME_SILENT);
    expect(bench.insert(53)).toBe(INSERTED);
    expect(bench.kinds(2)).toEqual([FRAME_SILENT, FRAME_SILENT]);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: 53 });
  });

  test("silence that the sender announces is noise at its level, not loss (RFC 3389 §3)", () => {
    const bench = new Bench();
    const next = bench.begin();
    bench.buffer.announceSilence(50);
    bench.kinds(2);
    const { concealedMs } = bench.buffer;
    expect(bench.kinds(40)).toEqual(new Array(40).fill(FRAME_SILENT));
    const rms = Math.sqrt(bench.frame.reduce((sum, sample) => sum + sample * sample, 0) / 160);
    // 50 dB below the overload point.
    expect(20 * Math.log10(rms / 32_767)).toBeGreaterThan(-52);
    expect(20 * Math.log10(rms / 32_767)).toBeLessThan(-48);
    bench.insert(next + 42);
    bench.kinds(2);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: next + 42 });
    expect(bench.buffer.concealedMs).toBe(concealedMs);
  });

  test("a gap that no missing packet explains is silence, not loss", () => {
    const bench = new Bench();
    const next = bench.begin();
    bench.insert(next + 3);
    bench.kinds(2);
    expect(bench.kinds(3)).toEqual([FRAME_SILENT, FRAME_SILENT, FRAME_SILENT]);
    expect(bench.read()).toEqual({ kind: FRAME_PLAYED, value: next + 3 });
    expect(bench.buffer.concealedMs).toBe(0);
  });

  test("another source plays on where the last one ended: no gap, nothing of either lost", () => {
    const bench = new Bench();
    const next = bench.begin();
    const heard: number[] = [];
    for (let i = 0; i < 20; i++) {
      if (i === 10) bench.buffer.reset();
      // From the eleventh on: a clock that is somewhere else.
      bench.insert(next + i, { start: i < 10 ? 0 : 1_000_000_007 });
      heard.push(bench.read().value);
    }
    expect(heard).toEqual(heard.map((_, i) => i + 2));
    expect(bench.buffer.concealedMs).toBe(0);
  });

  test.each([
    ["back by an hour", -3_600 * 8_000],
    ["back by 100 ms", -800],
    ["ahead by an hour", 3_600 * 8_000],
    ["ahead by a second", 8_000],
  ])(
    "a clock that jumps %s is followed without a gap longer than the jump of the ear",
    (_, jump) => {
      const bench = new Bench();
      const next = bench.begin();
      const heard: number[] = [];
      for (let i = 0; i < 30; i++) {
        bench.insert(next + i, { start: i < 10 ? 0 : jump >>> 0 });
        heard.push(bench.read().value);
      }
      for (let number = 2; number <= next + 27; number++) expect(heard).toContain(number);
      expect(bench.buffer.concealedMs).toBe(0);
    },
  );

  test("what piled up in a stall is played faster, sample by sample, until the delay is short again", () => {
    const bench = new Bench();
    let next = bench.begin();
    bench.nowMs += 15 * 20;
    for (; next < 20; next++) bench.insert(next, { isPunctual: false });
    const heard: number[] = [];
    for (let tick = 0; tick < 60; tick++) {
      heard.push(bench.read().value);
      if (bench.buffer.hasExcess()) {
        heard.push(bench.read().value);
        bench.nowMs -= 20;
      }
      bench.insert(next++);
    }
    expect(heard.slice(0, 20)).toEqual(heard.slice(0, 20).map((_, i) => i + 2));
    expect(bench.buffer.depthMs).toBeLessThanOrEqual(80);
    expect(bench.buffer.hasExcess()).toBe(false);
    // Late because of us: the network needs no longer wait.
    expect(bench.buffer.targetMs).toBeLessThanOrEqual(42);
  });

  test("a stall longer than the ring gives up what is stale, not what is new", () => {
    const bench = new Bench();
    let next = bench.begin();
    for (; next < 100; next++) bench.insert(next, { isPunctual: false });
    const heard = Array.from({ length: 60 }, () => bench.read().value);
    expect(heard).toContain(99);
  });

  test.each([10, 20, 30, 60])("packets of %i ms come out as the same samples", (ptimeMs) => {
    const { heard } = ramp(() => ptimeMs * 8);
    expect(heard.length).toBeGreaterThan(40 * 160);
    expect(heard.every((sample, i) => sample === i)).toBe(true);
  });

  test("packets that become longer or shorter on the way are heard whole, but for periods of pitch", () => {
    for (const order of [
      [480, 160, 240, 80],
      [160, 240, 80],
    ]) {
      const { heard, bench } = ramp(
        (sent) => order[Math.floor(sent / 2_400) % order.length] ?? 160,
      );
      expect(heard.length).toBeGreaterThan(40 * 160);
      expect(bench.buffer.concealedMs).toBeLessThanOrEqual(40);
      const steps = heard.map((sample, i) => sample - (heard[i - 1] ?? 0));
      expect(Math.max(...steps)).toBeLessThanOrEqual(120);
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(-120);
    }
  });

  test("wideband: 320 samples a frame, the RTP clock still at 8 kHz (RFC 3551 §4.5.2)", () => {
    const buffer = new JitterBuffer({ sampleRateHz: 16_000, concealsLoss: true });
    const frame = new Int16Array(320);
    const heard: number[] = [];
    for (let number = 0; number < 50; number++) {
      const pcm = Int16Array.from({ length: 320 }, (_, i) => number * 320 + i);
      const place = { isNewest: true, missingBefore: 0, isPunctual: true };
      const nowMs = 1_000 + number * 20;
      buffer.insert(pcm, 320, number * 160, nowMs, place);
      buffer.tick(nowMs);
      if (buffer.read(frame) === FRAME_PLAYED) heard.push(...frame);
    }
    expect(heard).toHaveLength(48 * 320);
    expect(heard.every((sample, i) => sample === i)).toBe(true);
  });

  test("whatever timestamps arrive, a frame is a frame and the depth is bounded", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
            near: fc.boolean(),
            length: fc.integer({ min: 1, max: 1920 }),
            isNewest: fc.boolean(),
            missingBefore: fc.integer({ min: 0, max: 0xffff }),
            doesReset: fc.integer({ min: 0, max: 20 }),
          }),
        ),
        (packets) => {
          const bench = new Bench();
          const pcm = new Int16Array(1920).fill(1);
          for (const { timestamp, near, length, isNewest, missingBefore, doesReset } of packets) {
            if (doesReset === 0) bench.buffer.reset();
            if (doesReset === 1) bench.buffer.clear();
            if (doesReset === 2) bench.buffer.announceSilence(40);
            const place = { isNewest, missingBefore, isPunctual: true };
            bench.buffer.insert(
              pcm,
              length,
              near ? timestamp % 16_000 : timestamp,
              bench.nowMs,
              place,
            );
            expect([FRAME_NONE, FRAME_PLAYED, FRAME_CONCEALED, FRAME_SILENT]).toContain(
              bench.read().kind,
            );
            expect(bench.buffer.depthMs).toBeLessThanOrEqual(1_024);
          }
        },
      ),
    );
  });
});
