import { describe, expect, test } from "vitest";
import type { TestCallMessage } from "../../schema/contracts/test-calls.ts";
import { JitterBuffer } from "./jitter-buffer.ts";
import { loudness, pcmOf, samplesOf } from "./pcm.ts";
import { type PhoneState, phoneAfter, stateWords } from "./phone-state.ts";
import { Resampler } from "./resampler.ts";

function tone(hz: number, rateHz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rateHz * seconds }, (_, at) =>
    Math.sin((2 * Math.PI * hz * at) / rateHz),
  );
}

/** In pieces of the size that an audio thread has. */
function resampled(input: Float32Array, fromHz: number, toHz: number): Float32Array {
  const resampler = new Resampler(fromHz, toHz);
  const pieces: number[] = [];
  for (let at = 0; at < input.length; at += 128) {
    pieces.push(...resampler.push(input.subarray(at, at + 128)));
  }
  return Float32Array.from(pieces);
}

/** Power of one frequency, relative to a full tone. */
function powerAt(samples: Float32Array, hz: number, rateHz: number): number {
  let re = 0;
  let im = 0;
  for (const [at, sample] of samples.entries()) {
    re += sample * Math.cos((2 * Math.PI * hz * at) / rateHz);
    im += sample * Math.sin((2 * Math.PI * hz * at) / rateHz);
  }
  return 4 * ((re / samples.length) ** 2 + (im / samples.length) ** 2);
}

describe("the resampler", () => {
  test.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 48_000],
    [16_000, 44_100],
  ])("keeps a tone and its length from %i to %i Hz, over any cut", (fromHz, toHz) => {
    const output = resampled(tone(1_000, fromHz, 1), fromHz, toHz);
    expect(Math.abs(output.length - toHz)).toBeLessThan(toHz / 500);
    const middle = output.subarray(toHz / 10, toHz / 10 + Math.floor(toHz / 2));
    expect(powerAt(middle, 1_000, toHz)).toBeGreaterThan(0.97);
    expect(powerAt(middle, 1_000, toHz)).toBeLessThan(1.03);
  });

  test("lets nothing fold back that the lower rate cannot have", () => {
    const output = resampled(tone(11_000, 48_000, 1), 48_000, 16_000);
    expect(powerAt(output.subarray(1_600, 9_600), 5_000, 16_000)).toBeLessThan(1e-4);
  });
});

describe("the jitter buffer", () => {
  const frame = (value: number, length = 20) => new Float32Array(length).fill(value);
  const pulled = (buffer: JitterBuffer, length = 20): number[] => {
    const out = new Float32Array(length);
    buffer.pull(out);
    return [...out];
  };

  test("waits until there is enough, and again after it has run dry", () => {
    const buffer = new JitterBuffer({ target: 60, most: 300 });
    buffer.push(frame(0.5));
    expect(new Set(pulled(buffer))).toEqual(new Set([0]));
    buffer.push(frame(0.5, 40));
    expect(new Set(pulled(buffer, 50))).toEqual(new Set([0.5]));
    expect(pulled(buffer)).toEqual([...frame(0.5, 10), ...frame(0, 10)]);
    buffer.push(frame(0.25));
    expect(new Set(pulled(buffer))).toEqual(new Set([0]));
  });

  test("drops the oldest rather than be late", () => {
    const buffer = new JitterBuffer({ target: 60, most: 300 });
    for (let at = 1; at <= 100; at += 1) buffer.push(frame(at / 128));
    expect(buffer.length).toBeLessThanOrEqual(300);
    while (buffer.length > 20) pulled(buffer);
    expect(new Set(pulled(buffer))).toEqual(new Set([100 / 128]));
    buffer.push(Float32Array.from({ length: 1_000 }, (_, at) => at));
    expect(pulled(buffer)[0]).toBeGreaterThanOrEqual(700);
  });
});

test("samples travel as 16 bits, cut where they are too loud, and are as loud as they were", () => {
  expect(new Uint8Array(pcmOf(Float32Array.of(0, 1, -2)))).toEqual(
    Uint8Array.of(0, 0, 0xff, 0x7f, 0x01, 0x80),
  );
  const back = samplesOf(pcmOf(tone(440, 16_000, 0.1)));
  expect(powerAt(back, 440, 16_000)).toBeCloseTo(1, 2);
  expect(samplesOf(new ArrayBuffer(3))).toHaveLength(1);
  expect([loudness(new Float32Array(10)), loudness(new Float32Array(0))]).toEqual([0, 0]);
  expect(loudness(Float32Array.of(1, -1))).toBe(100);
});

describe("the state of the phone", () => {
  const told = (message: TestCallMessage) => ({ kind: "told", message, atMs: 5 }) as const;
  const stateAfter = (...events: Parameters<typeof phoneAfter>[1][]): PhoneState =>
    events.reduce(phoneAfter, { at: "ready" });
  const begun = [{ kind: "called" }, { kind: "allowed" }] as const;

  test("goes on by what is told, in its order, and an end is the end", () => {
    const talking = [
      ...begun,
      told({ type: "connecting" }),
      told({ type: "ringing" }),
      told({ type: "answered" }),
    ];
    expect(stateAfter(...begun)).toEqual({ at: "connecting" });
    expect(stateAfter(...talking)).toEqual({ at: "talking", sinceMs: 5, isHeld: false });
    expect(stateAfter(...talking, told({ type: "ringing" })).at).toBe("talking");
    const held = stateAfter(...talking, told({ type: "held" }));
    expect(stateWords(held)).toContain("hold");
    const ended = stateAfter(...talking, told({ type: "ended", reason: "callee_hung_up" }));
    expect(ended).toEqual({ at: "ended", reason: "callee_hung_up", hasRung: true });
    expect(phoneAfter(ended, { kind: "closed" })).toBe(ended);
    expect(stateWords(ended)).toBe("Ended. The agent hung up.");
    expect(phoneAfter(ended, { kind: "called" })).toEqual({ at: "asking" });
  });

  test("tells a call that never rang from one that the history has, and a code without words is told all the same", () => {
    const refused = stateAfter(...begun, told({ type: "ended", reason: "some_new_code" }));
    expect(refused).toMatchObject({ at: "ended", hasRung: false });
    expect(stateWords(refused)).toBe("Ended. Some new code.");
    expect(stateAfter(...begun, { kind: "closed" })).toMatchObject({ reason: "link_lost" });
    expect(stateAfter({ kind: "called" }, { kind: "failed" })).toEqual({ at: "ready" });
  });
});
