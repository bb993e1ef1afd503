import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Builds a C program in a directory that ends with this process. Null without a compiler, `cc`. */
export function buildNative(source: URL, flags: readonly string[] = []): string | null {
  const file = fileURLToPath(source);
  const folder = mkdtempSync(join(tmpdir(), "trunkline-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, basename(file, ".c"));
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
