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
    expect(queue.takeReachedMark()).toBe("empty");
    queue.push(samples(170, 1));
    queue.mark("said");
    queue.read(new Int16Array(160));
    expect(queue.takeReachedMark()).toBeNull();
    queue.read(new Int16Array(160));
    expect(queue.takeReachedMark()).toBe("said");
    expect(queue.takeReachedMark()).toBeNull();
  });

  test("clear drops the audio and gives back the marks that were not reached, in order", () => {
    const queue = new PlayoutQueue(1_000);
    queue.push(samples(100, 1));
    queue.mark("one");
    queue.push(samples(100, 1));
    queue.mark("two");
    expect(queue.clear()).toEqual(["one", "two"]);
    expect(queue.queuedSamples).toBe(0);
    queue.push(samples(10, 4));
    queue.mark("three");
    queue.read(new Int16Array(160));
    expect(queue.takeReachedMark()).toBe("three");
  });
});
