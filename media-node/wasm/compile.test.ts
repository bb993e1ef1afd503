import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { compileWasm, wasmModules, wasmPath } from "./compile.ts";

const modules = await wasmModules();

test("there are modules", () => {
  expect(modules.length).toBeGreaterThan(0);
});

test.each(modules)(
  "the committed %s is what its source compiles to (npm run wasm)",
  { timeout: 60_000 },
  async (name) => {
    const committed = await readFile(wasmPath(name));
    const compiled = await compileWasm(name);
    expect(compiled.equals(committed)).toBe(true);
  },
);
