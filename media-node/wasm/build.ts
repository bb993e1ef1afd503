import { writeFile } from "node:fs/promises";
import { compileWasm, wasmModules, wasmPath } from "./compile.ts";

/** `npm run wasm`: compiles every module of this folder. */
for (const name of await wasmModules()) {
  const bytes = await compileWasm(name);
  await writeFile(wasmPath(name), bytes);
  process.stdout.write(`${name}: ${bytes.length} bytes\n`);
}
