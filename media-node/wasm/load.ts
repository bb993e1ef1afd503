import { readFileSync } from "node:fs";

export const WASM_PAGE_BYTES = 65_536;

/**
 * Instantiates a committed module at the start of a process.
 *
 * @param memory becomes the module's memory; of a fixed size, so that views of it stay valid.
 * @param names of the exported functions that make up `Exports`.
 * @param binary another than the committed one, for comparisons.
 * @throws Error when the binary lacks one of them.
 */
export function loadWasm<Exports extends object>(
  name: string,
  memory: WebAssembly.Memory,
  names: readonly (keyof Exports & string)[],
  binary?: Uint8Array,
): Exports {
  const bytes = binary ?? readFileSync(new URL(`./${name}/${name}.wasm`, import.meta.url));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  for (const exported of names) {
    if (typeof exports[exported] !== "function") throw new Error(`${name}.wasm lacks ${exported}`);
  }
  // Each name was found to be a function just now; parameters and results are those of the module's source.
  return exports as unknown as Exports;
}
