import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReportTimer, reportIntervalMs } from "./interval.ts";

const call = {
  members: 2,
  senders: 2,
  weSend: true,
  averageBytes: 128,
  sessionBytesPerSecond: 10_000,
};
const COMPENSATION = 1.21828;

describe("reportIntervalMs", () => {
  test("a call's is the minimum of 5 s, between half and one and a half of it (RFC 3550 §6.3.1)", () => {
    expect(reportIntervalMs(call, 0)).toBeCloseTo(2_500 / COMPENSATION, 0);
    expect(reportIntervalMs(call, 0.5)).toBeCloseTo(5_000 / COMPENSATION, 0);
    expect(reportIntervalMs(call, 1)).toBeCloseTo(7_500 / COMPENSATION, 0);
  });

  test("many members share 5 % of the bandwidth, few senders a quarter of it (RFC 3550 §6.2)", () => {
    const crowd = { ...call, members: 1_000, averageBytes: 100 };
    const shared = (changes: Partial<typeof crowd>) =>
      reportIntervalMs({ ...crowd, ...changes }, 0.5) * COMPENSATION;
    // 500 bytes a second for all; 125 for one sender, 375 for the 999 that only hear.
    expect(shared({ senders: 500 })).toBeCloseTo(200_000, -2);
    expect(shared({ senders: 20 })).toBeCloseTo(16_000, -2);
    expect(shared({ senders: 1, weSend: false })).toBeCloseTo(266_400, -2);
  });

  test("is never shorter than half the minimum, whatever is claimed of the group", () => {
    const groups = fc.record({
      members: fc.integer({ min: 1, max: 9 }),
      senders: fc.integer({ min: 0, max: 2 }),
      weSend: fc.boolean(),
      averageBytes: fc.integer({ min: 1, max: 65_535 }),
      sessionBytesPerSecond: fc.integer({ min: 1_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(groups, fc.double({ min: 0, max: 0.999, noNaN: true }), (group, random) => {
        expect(reportIntervalMs(group, random)).toBeGreaterThan(2_000);
      }),
      { seed: 3550 },
    );
  });
});

describe("ReportTimer", () => {
  const start = { nowMs: 0, firstAfterMs: 1_000, sessionBytesPerSecond: 10_000 };

  /** When reports go out in so many seconds of 20 ms steps. */
  function sentAt(timer: ReportTimer, seconds: number): number[] {
    const times: number[] = [];
    for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += 20) {
      if (!timer.isDue(nowMs, true, true)) continue;
      timer.sent(nowMs, 100, true, true);
      times.push(nowMs);
    }
    return times;
  }

  test("reports are 5 s apart on average, never in step, and all within RFC 3550 §6.3's bounds", () => {
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const times = sentAt(new ReportTimer({ ...start, random }), 3_600);
    const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
    expect(times[0]).toBe(1_000);
    expect(Math.min(...gaps)).toBeGreaterThan(2_000);
    expect(Math.max(...gaps)).toBeLessThan(6_200);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    // The compensation of RFC 3550 §A.7 makes up for what reconsideration puts off.
    expect(mean).toBeGreaterThan(4_600);
    expect(mean).toBeLessThan(5_400);
    expect(new Set(gaps).size).toBeGreaterThan(50);
  });

  test("invented members hardly slow reports down, and are forgotten", () => {
    const timer = new ReportTimer({ ...start, random: () => 0.5 });
    for (let ssrc = 0; ssrc < 100_000; ssrc++) timer.heard(0, ssrc, 1_400);
    expect(sentAt(timer, 60).length).toBeGreaterThan(2);
    expect(sentAt(timer, 600).length).toBeGreaterThan(100);
  });

  test("a BYE brings the next report nearer in proportion (RFC 3550 §6.3.4)", () => {
    const timer = new ReportTimer({ ...start, random: () => 0.5 });
    timer.sent(0, 100, true, true);
    timer.heard(0, 7, 100);
    timer.left(100, 8);
    timer.left(100, 7);
    const soon = 100 + (5_000 / COMPENSATION - 100) / 2;
    expect(timer.isDue(soon - 40, true, true)).toBe(false);
    // Reconsidered then: what has passed counts half, too.
    expect(timer.isDue(soon + 20, true, true)).toBe(false);
    expect(timer.isDue(4_200, true, true)).toBe(true);
  });
});
