import { describe, expect, it } from "vitest";
import { EngineTurns, pauseThread } from "./turns.ts";

/** A thread whose only time is what its turns and pauses take. */
function thread(): { turn: (tookMs: number) => Promise<void>; pausesMs: number[] } {
  let nowMs = 0;
  const pausesMs: number[] = [];
  const turns = new EngineTurns(
    (ms) => {
      pausesMs.push(ms);
      nowMs += ms;
    },
    () => nowMs,
  );
  const turn = async (tookMs: number): Promise<void> => {
    nowMs += tookMs;
    turns.atEnd(() => undefined);
    await new Promise(setImmediate);
  };
  return { turn, pausesMs };
}

describe("EngineTurns", () => {
  it("what a turn has to write is written at its end, in the order in which it was asked for", async () => {
    const turns = new EngineTurns(null);
    const written: string[] = [];
    turns.atEnd(() => written.push("a"));
    turns.atEnd(() => written.push("b"));
    expect(written).toEqual([]);
    await new Promise(setImmediate);
    expect(written).toEqual(["a", "b"]);
  });

  it("what a write asks for belongs to the next turn", async () => {
    const turns = new EngineTurns(null);
    const written: string[] = [];
    turns.atEnd(() => {
      written.push("a");
      turns.atEnd(() => written.push("b"));
    });
    await new Promise(setImmediate);
    expect(written).toEqual(["a"]);
    await new Promise(setImmediate);
    expect(written).toEqual(["a", "b"]);
  });

  it("32 turns in a row wait for nothing", async () => {
    const { turn, pausesMs } = thread();
    for (let index = 0; index < 32; index += 1) await turn(0);
    expect(pausesMs).toEqual([]);
  });

  it("from then on one comes every 10 ms, the thread's own work included", async () => {
    const { turn, pausesMs } = thread();
    for (let index = 0; index < 32; index += 1) await turn(0);
    for (let index = 0; index < 3; index += 1) await turn(4);
    expect(pausesMs.map(Math.round)).toEqual([6, 6, 6]);
    await turn(25);
    await turn(0);
    expect(pausesMs).toHaveLength(3);
  });

  it("a thread with more than 10 ms of work in each turn is never stopped", async () => {
    const { turn, pausesMs } = thread();
    for (let index = 0; index < 200; index += 1) await turn(11);
    expect(pausesMs).toEqual([]);
  });

  it("a silence of 320 ms gives the 32 turns back, a longer one no more", async () => {
    const { turn, pausesMs } = thread();
    for (let index = 0; index < 32; index += 1) await turn(0);
    await turn(5_000);
    for (let index = 0; index < 31; index += 1) await turn(0);
    expect(pausesMs).toEqual([]);
    await turn(0);
    expect(pausesMs).toEqual([10]);
  });
});

it("pauseThread stops the thread for as long as it is told", () => {
  const beginMs = performance.now();
  pauseThread(3);
  expect(performance.now() - beginMs).toBeGreaterThanOrEqual(2.9);
});
