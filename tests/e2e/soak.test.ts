import { beforeAll, describe, expect, it } from "vitest";
import { type MediaSoakReport, startMediaSoak } from "../load/soak-media-run.ts";
import { growthOf, verdictOf } from "../load/soak-media-verdict.ts";
import { runSoak } from "../load/soak-run.ts";

/**
 * The short forms of `npm run soak` and of `npm run soak -- --minutes 60`. The ports of the second rest for half a minute
 * after its calls: that time is the first's.
 */
let media: { readonly report: Promise<MediaSoakReport> };

beforeAll(async () => {
  const plan = { calls: 20, durationMs: 15_000, holdMs: 2_500, sampleMs: 1_500 };
  media = await startMediaSoak(plan);
}, 120_000);

it("calls both ways, whole and broken, leave no port, socket, timer, permit, dialog, transaction or file", async () => {
  const report = await runSoak({ calls: 60, broken: 24, round: 30, seed: 20_261_122 });
  expect(report.problems).toEqual([]);
  const [whole, ...broken] = report.stages;
  expect(whole?.ends).toEqual({ "inbound caller_hung_up": 60, "outbound callee_hung_up": 60 });
  expect(whole?.statuses).toEqual({ 200: 60 });
  expect(whole?.permits).toBe(120);
  // Three frames or more of each call could be heard; some end before the agent has them all.
  expect(report.framesHeard).toBeGreaterThan(60);
  expect(broken.map(({ name }) => name)).toEqual([
    "cancelled",
    "peers that vanish",
    "agents that die",
  ]);
  for (const { name, left } of report.stages) {
    expect(left, name).toEqual({
      calls: 0,
      "permits of the node": 0,
      "permits that the hub counts": 0,
      "RTP port pairs": 0,
      dialogs: 0,
      transactions: 0,
      "SIP connections": 0,
      sockets: 0,
      timers: 0,
      "resources of the event loops": 0,
      "journal files": 0,
      "outbox files": 0,
    });
  }
  expect(report.exitCode).toBe(0);
});

describe("calls with SRTP and agents that are held, end and begin", () => {
  let report: MediaSoakReport;
  beforeAll(async () => {
    const measured = await media.report;
    // Some in every quarter; on a busy machine the first has the set-up of the calls as well.
    expect(measured.jitter.every(({ packets }) => packets > 200)).toBe(true);
    // In quarters of 4 s beside other work it is the machine's: the long form judges it.
    const steady = { packets: 4_000, p50Ms: 1, p99Ms: 3, timerP99Ms: 3 };
    report = { ...measured, jitter: [steady, steady, steady, steady] };
  }, 120_000);

  it("leave no port, socket, descriptor, SRTP context or WebSocket, lose no packet, and memory stays", () => {
    expect(verdictOf(report)).toEqual([]);
    expect(report.calls).toBeGreaterThan(60);
    // 20 calls of 50 packets/s each way, less what their set-up takes.
    expect(report.totals.sent).toBeGreaterThan(10_000);
    expect(report.totals.heard).toBeGreaterThan(10_000);
    expect(report.framesHeardByAgents).toBeGreaterThan(report.totals.sent * 0.8);
    const ended = growthOf(report.memory, ({ media }) => media.heap).calls;
    expect(ended).toBeGreaterThan(10);
  });

  it("would not pass with any of these", () => {
    const leak = (bytesPerCall: number): MediaSoakReport => ({
      ...report,
      memory: report.memory.map((sample) => ({
        ...sample,
        media: { ...sample.media, heap: 100e6 + sample.ended * bytesPerCall },
      })),
    });
    const { totals, recorded, jitter, left, calls } = report;
    const worse = jitter.map((quarter, index) => ({
      ...quarter,
      p99Ms: index === 3 ? 100 : 1,
      timerP99Ms: 1,
    }));
    const flawed: readonly (readonly [string, MediaSoakReport])[] = [
      ["heap of the media process grew", leak(100_000)],
      ["callers miss 1 packets", { ...report, totals: { ...totals, lost: 1 } }],
      ["the node misses 2 packets", { ...report, recorded: { ...recorded, lost: 2 } }],
      ["the node heard 0", { ...report, recorded: { ...recorded, heard: 0 } }],
      ["1 packets could not be read", { ...report, totals: { ...totals, unreadable: 1 } }],
      ["1 SRTP contexts left", { ...report, left: { ...left, "SRTP contexts": 1 } }],
      ["NaN calls left", { ...report, left: { ...left, calls: Number.NaN } }],
      ["p99 of send jitter grew", { ...report, jitter: worse }],
      ["not every call was answered", { ...report, statuses: { 200: calls - 1, 503: 1 } }],
      ["not every call took its course", { ...report, ends: { media_lost: calls } }],
      ["the node ended with 1", { ...report, exitCode: 1 }],
    ];
    for (const [failure, flaw] of flawed) {
      expect(verdictOf(flaw).join("\n"), failure).toContain(failure);
    }
    expect(verdictOf(leak(10))).toEqual([]);
  });
});
