import { expect } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";

/** The tone over everything else by 20 dB once it has begun, for over `leastMs`, and never away for over 60 ms. */
export function expectTone(
  heard: Int16Array,
  toneHz: number,
  { rateHz = 8_000, leastMs = 2_500 }: { rateHz?: number; leastMs?: number } = {},
): void {
  const { snrDb, longestGapMs, presentMs } = analyseTone(heard, rateHz, toneHz);
  expect(presentMs).toBeGreaterThan(leastMs);
  expect(snrDb).toBeGreaterThan(20);
  expect(longestGapMs).toBeLessThanOrEqual(60);
}
