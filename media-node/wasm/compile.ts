import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

/**
 * From AssemblyScript to WebAssembly, at development time only: `NAME/module.ts` becomes `NAME/NAME.wasm`, which is committed
 * beside it. A running node reads the binary (`load.ts`) and has no compiler.
 */

export const wasmFolder = fileURLToPath(new URL(".", import.meta.url));

/**
 * No run-time checks, no collector, no growth: the memory is imported, of the size that the host gives it. A module's static
 * data lies at its beginning; what lies from `__heap_base` on is laid out by module and host.
 */
const FLAGS = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--importMemory"];

/** Names of the modules: the folders beside this file. */
export async function wasmModules(): Promise<string[]> {
  const entries = await readdir(wasmFolder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

export function wasmPath(name: string): string {
  return join(wasmFolder, name, `${name}.wasm`);
}

/** The bytes that the source of a module compiles to; the same for the same compiler. Its folder is in `baseFolder`. */
export async function compileWasm(name: string, baseFolder = wasmFolder): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-wasm-"));
  try {
    const outFile = join(folder, "module.wasm");
    const { error, stderr } = await asc.main([
      join(name, "module.ts"),
      "--baseDir",
      baseFolder,
      "--outFile",
      outFile,
      ...FLAGS,
    ]);
    if (error !== null) throw new Error(`${name}: ${stderr.toString()}`, { cause: error });
    return await readFile(outFile);
  } finally {
    await rm(folder, { recursive: true });
  }
}
