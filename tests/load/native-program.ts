import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Builds a C program in a fresh directory of the system's. Null without a compiler, `cc`. */
export function buildNative(source: URL, flags: readonly string[] = []): string | null {
  const file = fileURLToPath(source);
  const program = join(mkdtempSync(join(tmpdir(), "trunkline-bench-")), basename(file, ".c"));
  try {
    execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-Werror", ...flags, "-o", program, file], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return program;
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) return null;
    throw error;
  }
}
