import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runImpairedCall, TONE_HZ } from "../../tests/support/impaired-call.ts";
import { IMPAIRMENT_ROWS, limitsTable, runRow } from "../../tests/support/impairment-rows.ts";
import { analyseTone } from "../protocol/audio/tone-analysis.ts";

describe("a tone through a bad network keeps its published limits, and concealment is worth its gain:", () => {
  test.each(IMPAIRMENT_ROWS)("$name", async (row) => {
    const { on, off } = await runRow(row, 4_711);
    expect(on.snrDb).toBeGreaterThanOrEqual(row.leastSnrDb);
    expect(on.longestGapMs).toBeLessThanOrEqual(row.mostGapMs);
    expect(on.delayMs.mean).toBeLessThanOrEqual(row.mostDelayMs);
    if (row.leastGainDb > 0) {
      expect(on.snrDb - off.snrDb).toBeGreaterThanOrEqual(row.leastGainDb);
      expect(off.longestGapMs).toBeGreaterThan(on.longestGapMs);
    }
    expect(on.stats.malformed + on.stats.overRate + on.stats.wrongSource).toBe(0);
  });

  test("the published table is this one", () => {
    expect(readFileSync("docs/design/media.md", "utf8")).toContain(limitsTable());
  });
});

test("duplicates, losses and what is overtaken are told apart", async () => {
  const duplicated = await runImpairedCall({ impairment: { duplicate: 0.1 }, seconds: 20 });
  expect(duplicated.stats.packetsDuplicate).toBeGreaterThan(70);
  expect(duplicated.stats).toMatchObject({ packetsReordered: 0, packetsLost: 0, packetsLate: 0 });
  const reordered = await runImpairedCall({ impairment: { reorder: 0.05 }, seconds: 20 });
  expect(reordered.stats.packetsReordered).toBeGreaterThan(30);
  expect(reordered.stats).toMatchObject({ packetsDuplicate: 0, packetsLost: 0 });
  const lost = await runImpairedCall({ impairment: { loss: 0.05 }, seconds: 20 });
  expect(lost.stats.packetsLost).toBeGreaterThan(30);
  expect(lost.stats.concealedMs).toBe(lost.stats.packetsLost * 20);
  expect(lost.stats).toMatchObject({ packetsDuplicate: 0, packetsReordered: 0, packetsLate: 0 });
});

test.each([10, 30, 40, 60])("losses of packets of %i ms are concealed as well", async (ptimeMs) => {
  const report = await runImpairedCall({ impairment: { loss: 0.05 }, seconds: 20, ptimeMs });
  expect(report.snrDb).toBeGreaterThan(22);
  // Two in a row.
  expect(report.longestGapMs).toBeLessThanOrEqual(Math.max(60, 2 * ptimeMs + 20));
});

test.each([70, 300, 900])(
  "our own stall of %i ms is made up for, and nothing of it is lost",
  async (stallMs) => {
    const report = await runImpairedCall({
      impairment: {},
      seconds: 20,
      atPacket: (index, call) => {
        if (index === 300) call.stall(stallMs);
      },
    });
    expect(report.stats).toMatchObject({ packetsLate: 0, packetsLost: 0 });
    expect(report.stats.bufferTargetMs).toBeLessThanOrEqual(26);
    expect(report.stats.bufferMs).toBeLessThanOrEqual(40);
    expect(report.longestGapMs).toBe(0);
    expect(report.snrDb).toBeGreaterThan(37);
    // 20 s but for the wait at the beginning, and what has been cut out since.
    expect(report.heard.length / 8).toBeGreaterThan(19_800);
  },
);

test("a clock that drifts while we stall now and then is followed without a click", async () => {
  const report = await runImpairedCall({
    impairment: { driftPpm: 200 },
    seconds: 60,
    atPacket: (index, call) => {
      if (index % 250 === 249) call.stall(90);
    },
  });
  const settled = analyseTone(report.heard.subarray(3 * 8_000), 8_000, TONE_HZ);
  expect(settled.snrDb).toBeGreaterThan(36);
  expect(settled.longestGapMs).toBe(0);
  expect(report.stats.bufferMs).toBeLessThanOrEqual(40);
});
