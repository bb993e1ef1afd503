import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { describe, expect, test } from "vitest";

/**
 * What can be checked mechanically of the claim that no address and no branch depends on a key or on data. In the text form of
 * the module, compiled without optimisation so that every function is there:
 *
 * addresses and conditions are scalars, so a function that handles keys and data in vectors, and neither turns a vector into a
 * scalar nor loads a scalar, has none that come from them. Not checked so are SHA-1 of one message and the key schedule, which
 * handle scalars: they add, rotate and store them.
 */

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

async function functions(): Promise<ReadonlyMap<string, string>> {
  const { error, stdout, stderr } = await asc.main(
    [
      "srtp/module.ts",
      "--baseDir",
      FOLDER,
      "--textFile",
      "-O0",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--importMemory",
    ],
    { stdout: asc.createMemoryStream() },
  );
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  const bodies = new Map<string, string>();
  for (const part of stdout.toString().split("\n (func $").slice(1)) {
    const name = /^[^\s)]+/.exec(part)?.[0] ?? "";
    bodies.set(name, part);
  }
  return bodies;
}

/** A vector's way into a scalar. */
const TO_SCALAR = /extract_lane|any_true|all_true|bitmask/g;
const SCALAR_LOAD = /\bi(?:32|64)\.load\w*/g;

const module = await functions();

function body(name: string): string {
  const found = module.get(name);
  if (found === undefined) throw new Error(`no function ${name} in ${[...module.keys()]}`);
  return found;
}

describe("in the ciphers no address and no branch depends on a key or on data", () => {
  test.each([
    "srtp/aes-rounds/encryptSlices",
    "srtp/aes/blocksOfSlices",
    "srtp/aes/swapBits",
    "srtp/aes/slice",
    "srtp/aes/putSlice",
    "srtp/aes/counterBlocks",
    "srtp/aes/addMixed",
    "srtp/aes/encryptMixed",
    "srtp/aes/mixedBlock",
    "srtp/aes/sliceKey",
    "srtp/ghash/multiply",
    "srtp/ghash/absorb",
    "srtp/ghash/ghash",
    "srtp/lanes/applyStream",
    "srtp/sha1/sha1Block4",
  ])("%s: vectors stay vectors", (name) => {
    expect(body(name).match(TO_SCALAR) ?? []).toEqual([]);
    // The addresses of the four messages, which are the host's.
    const loads = body(name).match(SCALAR_LOAD) ?? [];
    expect(loads.length).toBe(name === "srtp/sha1/sha1Block4" ? 4 : 0);
  });

  test("a vector becomes a scalar in three places only", () => {
    const places = [...module].flatMap(([name, text]) =>
      (text.match(TO_SCALAR) ?? []).map((what) => `${name} ${what}`),
    );
    expect(places.sort()).toEqual([
      // A word of the key schedule, on its way to memory.
      "srtp/aes/substitute extract_lane",
      // Which lanes still have blocks: lengths, which are public.
      "srtp/lanes/hmacLanes any_true",
      // Whether a tag is right, after all of it was compared.
      "srtp/trailer/alike any_true",
    ]);
  });
});
