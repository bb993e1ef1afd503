import { describe, expect, test } from "vitest";
import {
  createReceptionTracker,
  extendedHighestSequence,
  fractionLostSinceReport,
  packetsLost,
  restartTracker,
  SEQUENCE_NEWER,
  SEQUENCE_OLDER,
  SEQUENCE_RESTARTED,
  SEQUENCE_SUSPECT,
  trackJitter,
  trackSequence,
} from "./sequence.ts";

describe("trackSequence", () => {
  test("counts cycles across the wrap and losses in between (RFC 3550 §A.1, §A.3)", () => {
    const tracker = createReceptionTracker();
    for (const sequenceNumber of [65_533, 65_534, 1, 2]) {
      expect(trackSequence(tracker, sequenceNumber)).toBe(SEQUENCE_NEWER);
    }
    expect(extendedHighestSequence(tracker)).toBe(65_536 + 2);
    expect(packetsLost(tracker)).toBe(2);
    expect(fractionLostSinceReport(tracker)).toBe(Math.floor((2 * 256) / 6));
    expect(trackSequence(tracker, 65_535)).toBe(SEQUENCE_OLDER);
    expect(packetsLost(tracker)).toBe(1);
  });

  test("loss is never negative, whatever is duplicated", () => {
    const tracker = createReceptionTracker();
    for (const sequenceNumber of [5, 5, 5, 6]) trackSequence(tracker, sequenceNumber);
    expect(packetsLost(tracker)).toBe(0);
    expect(fractionLostSinceReport(tracker)).toBe(0);
  });

  test("a jump counts only once a second packet confirms it (RFC 3550 §A.1)", () => {
    const tracker = createReceptionTracker();
    trackSequence(tracker, 10);
    expect(trackSequence(tracker, 30_000)).toBe(SEQUENCE_SUSPECT);
    expect(trackSequence(tracker, 11)).toBe(SEQUENCE_NEWER);
    expect(trackSequence(tracker, 40_000)).toBe(SEQUENCE_SUSPECT);
    expect(trackSequence(tracker, 40_001)).toBe(SEQUENCE_RESTARTED);
    expect(packetsLost(tracker)).toBe(0);
  });

  test("runs of loss are counted, a run of any length once, through wraps and changes of source", () => {
    const tracker = createReceptionTracker();
    for (const sequenceNumber of [65_530, 65_531, 65_533, 3, 4, 10]) {
      trackSequence(tracker, sequenceNumber);
    }
    expect(tracker.lossRuns).toBe(3);
    restartTracker(tracker, 100);
    for (const sequenceNumber of [101, 103]) trackSequence(tracker, sequenceNumber);
    expect(tracker.lossRuns).toBe(4);
  });

  test("losses survive a change of source", () => {
    const tracker = createReceptionTracker();
    trackSequence(tracker, 1);
    trackSequence(tracker, 5);
    restartTracker(tracker, 700);
    tracker.received = 1;
    trackSequence(tracker, 703);
    expect(packetsLost(tracker)).toBe(5);
  });
});

test("jitter is the running mean of transit differences, also across timestamp wrap (RFC 3550 §A.8)", () => {
  const tracker = createReceptionTracker();
  trackSequence(tracker, 1);
  trackJitter(tracker, 1_000, 0xffff_ff60);
  trackJitter(tracker, 1_160, 0x0000_0000);
  expect(tracker.jitterTicks).toBe(0);
  trackJitter(tracker, 1_160 + 160 + 32, 160);
  expect(tracker.jitterTicks).toBe(2);
  trackJitter(tracker, 1_160 + 320, 320);
  expect(tracker.jitterTicks).toBe(2 + (32 - 2) / 16);
});
