import { describe, expect, test } from "vitest";
import { PlayoutQueue } from "./playout-queue.ts";

const samples = (length: number, value: number): Int16Array => new Int16Array(length).fill(value);

describe("PlayoutQueue", () => {
  test("pieces of any length come out in order, silence behind them", () => {
    const queue = new PlayoutQueue(10_000);
    for (const [length, value] of [
      [100, 1],
      [0, 9],
      [30, 2],
      [300, 3],
    ] as const) {
      queue.push(samples(length, value));
    }
    const frame = new Int16Array(160);
    expect(queue.read(frame)).toBe(160);
    expect([frame[99], frame[100], frame[129], frame[130]]).toEqual([1, 2, 2, 3]);
    expect(queue.read(frame)).toBe(160);
    expect(queue.read(frame)).toBe(110);
    expect([frame[109], frame[110]]).toEqual([3, 0]);
    expect(queue.read(frame)).toBe(0);
  });

  test("audio is copied: the caller may write its array again", () => {
    const queue = new PlayoutQueue(1_000);
    const pcm = samples(10, 5);
    queue.push(pcm);
    pcm.fill(6);
    const frame = new Int16Array(10);
    queue.read(frame);
    expect(frame[0]).toBe(5);
  });

  test("what does not fit is refused whole", () => {
    const queue = new PlayoutQueue(100);
    expect(queue.push(samples(60, 1))).toBe(true);
    expect(queue.push(samples(60, 2))).toBe(false);
    expect(queue.queuedSamples).toBe(60);
  });

  test("a mark is reached when the last sample before it has left, at once in an empty queue", () => {
    const queue = new PlayoutQueue(1_000);
    queue.mark("empty");
    expect(queue.takeReachedMark()).toEqual({ name: "empty", playedSamples: 0 });
    queue.push(samples(170, 1));
    queue.mark("said");
    queue.read(new Int16Array(160));
    expect(queue.takeReachedMark()).toBeNull();
    queue.read(new Int16Array(160));
    expect(queue.takeReachedMark()).toEqual({ name: "said", playedSamples: 170 });
    expect(queue.takeReachedMark()).toBeNull();
  });

  test("clear drops the audio and gives back the marks that were not reached, in order", () => {
    const queue = new PlayoutQueue(1_000);
    queue.push(samples(100, 1));
    queue.mark("one");
    queue.push(samples(100, 1));
    queue.mark("two");
    expect(queue.clear().map(({ name }) => name)).toEqual(["one", "two"]);
    expect(queue.queuedSamples).toBe(0);
    queue.push(samples(10, 4));
    queue.mark("three");
    queue.read(new Int16Array(160));
    expect(queue.takeReachedMark()).toEqual({ name: "three", playedSamples: 10 });
  });

  test("a mark tells what has left of the audio since the mark before it, to the sample, when it is cleared and in another rate", () => {
    const queue = new PlayoutQueue(10_000);
    const frame = new Int16Array(160);
    queue.push(samples(200, 1));
    queue.mark("one");
    queue.push(samples(400, 2));
    queue.mark("two");
    queue.push(samples(400, 3));
    queue.mark("three");
    queue.read(frame);
    queue.read(frame);
    expect(queue.takeReachedMark()).toEqual({ name: "one", playedSamples: 200 });
    expect(queue.clear()).toEqual([
      { name: "two", playedSamples: 120 },
      { name: "three", playedSamples: 0 },
    ]);
    queue.push(samples(320, 4));
    queue.read(frame);
    queue.changeRate(8_000, 16_000);
    queue.mark("four");
    expect(queue.clear()).toEqual([{ name: "four", playedSamples: 320 }]);
  });

  test("audio keeps its order while the queue wraps, grows and is full", () => {
    const queue = new PlayoutQueue(30_000);
    const frame = new Int16Array(160);
    let pushed = 0;
    let read = 0;
    for (let round = 0; round < 400; round++) {
      const pcm = new Int16Array(37 + round).map((_, i) => (pushed + i) % 30_011);
      if (queue.push(pcm)) pushed += pcm.length;
      const filled = queue.read(frame);
      for (let i = 0; i < filled; i++) {
        if (frame[i] !== (read + i) % 30_011) throw new Error(`sample ${read + i} is another`);
      }
      read += filled;
    }
    expect(pushed - read).toBe(queue.queuedSamples);
    expect(queue.queuedSamples).toBeGreaterThan(29_000);
  });

  test("an agent that sends sample by sample costs no other call its frame", () => {
    const queue = new PlayoutQueue(240_000);
    const one = samples(1, 7);
    for (let i = 0; i < 240_000; i++) queue.push(one);
    const frame = new Int16Array(160);
    const beganAt = performance.now();
    for (let i = 0; i < 100; i++) queue.read(frame);
    // Under 1 ms in all; with an array of pieces it was 5 s.
    expect(performance.now() - beganAt).toBeLessThan(250);
    expect(frame[159]).toBe(7);
  });
});
