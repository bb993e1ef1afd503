import { describe, expect, it } from "vitest";
import { PlayoutLag } from "./playout-lag.ts";
import { SendPath } from "./send-path.ts";
import { plan } from "./test-session.ts";

const FRAME_MS = 20;

describe("PlayoutLag", () => {
  /** Depths when a frame is due, one per tick. */
  function excessAfter(depthsMs: readonly number[]): number {
    const lag = new PlayoutLag();
    for (const depthMs of depthsMs) lag.observe(depthMs);
    return lag.excessMs(FRAME_MS);
  }
  const steadily = (depthMs: number, ticks: number): number[] =>
    new Array<number>(ticks).fill(depthMs);

  it("what has waited behind each frame for a second or two is a lag", () => {
    expect(excessAfter(steadily(80, 100))).toBe(60);
    expect(excessAfter(steadily(80, 49))).toBe(0);
  });

  it("an agent that was late once in that time needs what waits", () => {
    expect(excessAfter([...steadily(80, 70), 20, ...steadily(80, 29)])).toBe(0);
  });

  it("chunks of 100 ms in real time are no lag", () => {
    expect(excessAfter(Array.from({ length: 200 }, (_, tick) => 100 - (tick % 5) * 20))).toBe(0);
  });

  it("a turn that was said at once is no lag, however long it is", () => {
    for (const saidMs of [300, 900, 1_500, 10_000]) {
      const lag = new PlayoutLag();
      for (let leftMs = saidMs; leftMs > 0; leftMs -= FRAME_MS) {
        lag.observe(leftMs);
        expect(lag.excessMs(FRAME_MS)).toBe(0);
      }
    }
  });
});

describe("an agent that speaks in real time and has been held up once", () => {
  const SPEECH = new Int16Array(160).fill(2_000);
  const PAUSE = new Int16Array(160).fill(20);

  function speak(seconds: number, frameAt: (frame: number) => Int16Array): number {
    const path = new SendPath(plan({ srtp: null }), () => true);
    path.begin(1, 1, 0);
    // What came late at once.
    for (let frame = 0; frame < 6; frame++) path.push(SPEECH, 8_000);
    for (let tick = 0; tick < seconds * 50; tick++) {
      path.push(frameAt(tick), 8_000);
      path.tick(0, 20 * tick);
    }
    return path.queue.queuedSamples / 8;
  }

  it("has its pauses shortened until it is heard without delay", () => {
    expect(speak(10, (tick) => (tick % 50 < 10 ? PAUSE : SPEECH))).toBe(0);
  });

  it("keeps five sixths of each pause", () => {
    expect(speak(3, (tick) => (tick < 100 || tick % 50 >= 12 ? SPEECH : PAUSE))).toBe(80);
  });

  it("loses nothing of its speech: without a pause it stays as late as it is", () => {
    expect(speak(5, () => SPEECH)).toBe(120);
  });
});
