import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { writeSoon } from "./write-soon.ts";

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

it("what is written in one turn of the event loop leaves in one call, in order", async () => {
  const { stream, calls } = recorder();
  writeSoon(stream, Buffer.from("a"));
  writeSoon(stream, Buffer.from("b"));
  expect(calls).toEqual([]);
  await new Promise(setImmediate);
  writeSoon(stream, Buffer.from("c"));
  await new Promise(setImmediate);
  expect(calls).toEqual([["a", "b"], ["c"]]);
});

it("a stream that ends in the same turn loses nothing", async () => {
  const { stream, calls } = recorder();
  writeSoon(stream, Buffer.from("a"));
  writeSoon(stream, Buffer.from("b"));
  stream.end();
  await once(stream, "finish");
  await new Promise(setImmediate);
  expect(calls.flat()).toEqual(["a", "b"]);
});
