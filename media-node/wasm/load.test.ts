import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { loadWasm, WASM_PAGE_BYTES } from "./load.ts";

interface Sha1 {
  sha1Blocks(state: number, data: number, count: number): void;
}

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });

test("a module computes in the memory that it is given (FIPS 180-4 §6.1)", () => {
  const { sha1Blocks } = loadWasm<Sha1>("srtp", memory, ["sha1Blocks"]);
  const bytes = Buffer.from(memory.buffer);
  expect(bytes.length).toBe(WASM_PAGE_BYTES);
  const words = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, 32_768 + 4 * i);
  // One padded block: "abc", a one bit, zeros, the length in bits.
  bytes.write("abc\x80", 40_960, "latin1");
  bytes.writeUInt32BE(24, 40_960 + 60);
  sha1Blocks(32_768, 40_960, 1);
  const digest = words.map((_, i) =>
    bytes
      .readUInt32LE(32_768 + 4 * i)
      .toString(16)
      .padStart(8, "0"),
  );
  expect(digest.join("")).toBe(createHash("sha1").update("abc").digest("hex"));
});

test("a function that the binary lacks is an error at start, not at the first packet", () => {
  expect(() => loadWasm<{ missing(): void }>("srtp", memory, ["missing"])).toThrow(
    "srtp.wasm lacks missing",
  );
});
