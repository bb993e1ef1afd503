import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { TestClock } from "./test-clock.ts";
import { EngineTurns } from "./turns.ts";
import { WritePace, writeSoon } from "./write-soon.ts";

/** Records what reaches the system, one entry for each call. */
function recorder(): { stream: Writable; calls: string[][] } {
  const calls: string[][] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      calls.push([String(chunk)]);
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  return { stream, calls };
}

it("what is written in one turn leaves in one call at its end", async () => {
  const { stream, calls } = recorder();
  const pace = new WritePace(new EngineTurns(null));
  writeSoon(stream, Buffer.from("a"), pace);
  writeSoon(stream, Buffer.from("b"), pace);
  expect(calls).toEqual([]);
  await new Promise(setImmediate);
  expect(calls).toEqual([["a", "b"]]);
  writeSoon(stream, Buffer.from("c"), pace);
  await new Promise(setImmediate);
  expect(calls).toEqual([["a", "b"], ["c"]]);
});

it("what is in no hurry leaves with the next write that is, else after 10 ms", async () => {
  const { stream, calls } = recorder();
  const clock = new TestClock();
  const pace = new WritePace(new EngineTurns(null), (delayMs, run) => clock.after(delayMs, run));
  writeSoon(stream, Buffer.from("a"), pace, true);
  clock.advance(5);
  await new Promise(setImmediate);
  expect(calls).toEqual([]);
  writeSoon(stream, Buffer.from("b"), pace);
  await new Promise(setImmediate);
  expect(calls).toEqual([["a", "b"]]);
  clock.advance(10);
  expect(calls).toHaveLength(1);
  writeSoon(stream, Buffer.from("c"), pace, true);
  clock.advance(9);
  expect(calls).toHaveLength(1);
  clock.advance(1);
  expect(calls.at(-1)).toEqual(["c"]);
});

it("a stream that ends in the same turn loses nothing", async () => {
  const { stream, calls } = recorder();
  const pace = new WritePace(new EngineTurns(null));
  writeSoon(stream, Buffer.from("a"), pace);
  writeSoon(stream, Buffer.from("b"), pace);
  stream.end();
  await once(stream, "finish");
  await new Promise(setImmediate);
  expect(calls.flat()).toEqual(["a", "b"]);
});
