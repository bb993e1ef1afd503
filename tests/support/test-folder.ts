import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface TestFolder {
  readonly path: string;
  /** Writes a file that only its owner may read; returns its path. */
  readonly file: (name: string, text: string) => string;
}

/** A folder of the running test, gone with it. */
export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "trunkline-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file(name, text) {
      const file = join(path, name);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    },
  };
}
