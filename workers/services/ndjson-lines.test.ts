import { expect, test } from "vitest";
import { NdjsonLines } from "./ndjson-lines.ts";

const LIMITS = { maxBytes: 1_000, maxLineBytes: 20 };

async function linesOf(chunks: readonly (string | Uint8Array)[], limits = LIMITS) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      }
      controller.close();
    },
  });
  const lines = new NdjsonLines(body, limits);
  const found: string[] = [];
  for await (const line of lines) found.push(line.kind === "text" ? line.text : `<${line.kind}>`);
  return { found, isCut: lines.isCut };
}

test("lines are whole wherever their chunks begin and end, and the last needs no end", async () => {
  expect(await linesOf(["{", '"a":1}', "\n\n \r\n", "{}\r\n[", "]"])).toEqual({
    found: ['{"a":1}', "{}", "[]"],
    isCut: false,
  });
  expect((await linesOf(["é", "x"].map((text) => text))).found).toEqual(["éx"]);
  const [first = 0, second = 0] = new TextEncoder().encode("é");
  const halves = [new Uint8Array([first]), new Uint8Array([second])];
  expect((await linesOf(halves)).found).toEqual(["é"]);
});

test("a line that is too long or no UTF-8 takes none of its neighbours with it", async () => {
  const bad = new Uint8Array([0xff, 0x0a]);
  expect((await linesOf(["1\n", "x".repeat(50), "\n2\n", bad, "3"])).found).toEqual([
    "1",
    "<too_long>",
    "2",
    "<not_utf8>",
    "3",
  ]);
});

test("a body that is too long is cut, and says so", async () => {
  const cut = await linesOf(["1\n", "2\n", "3\n"], { maxBytes: 4, maxLineBytes: 20 });
  expect(cut).toEqual({ found: ["1", "2"], isCut: true });
});
