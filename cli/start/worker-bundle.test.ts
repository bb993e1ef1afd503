import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { bundleWorker } from "./worker-bundle.ts";

/** Command lines of this process's children (proc(5)). */
function childCommands(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return parent === process.pid ? [readFileSync(`/proc/${pid}/cmdline`, "latin1")] : [];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

test("the Worker is one file, made once for all state directories, and the bundler has ended when it is there", async () => {
  const root = mkdtempSync(join(tmpdir(), "trunkline-bundle-"));
  const [folder, other, cache] = ["one", "other", "cache"].map((name) => join(root, name));
  if (folder === undefined || other === undefined || cache === undefined) throw new Error();
  mkdirSync(folder);
  mkdirSync(other);
  try {
    const path = await bundleWorker(folder, cache);
    const text = readFileSync(path, "utf8");
    expect(text).toContain("DatabaseWriter");
    // The AWS SDK's modules for servers, and what reads XML with a browser's means, do not run in it.
    expect(text).toContain("ListResourceRecordSets");
    expect(text).not.toMatch(/DOMParser|NodeHttpHandler/);
    expect(readdirSync(folder)).toHaveLength(1);
    await expect
      .poll(() => childCommands().filter((command) => command.includes("esbuild")))
      .toEqual([]);
    writeFileSync(join(cache, basename(path)), "what was made before");
    expect(readFileSync(await bundleWorker(other, cache), "utf8")).toBe("what was made before");
  } finally {
    rmSync(root, { recursive: true });
  }
});
