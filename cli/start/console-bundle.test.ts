import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { buildConsole, bundleConsole, firstLoadBytes } from "./console-bundle.ts";

/** What the page asks for before it shows anything, on the wire. */
const BUDGET_BYTES = 170_000;

const PATIENCE = { timeout: 60_000 };

test(
  "the console's first load is at most 170 kB gzip, and charts and number plans are no part of it",
  PATIENCE,
  async () => {
    const files = await bundleConsole();
    const bytes = firstLoadBytes(files);
    expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES);
    expect(bytes).toBeGreaterThan(50_000);
    const late = files.filter(({ isInitial }) => !isInitial).map(({ name }) => name);
    for (const part of [
      "call-quality",
      "call-recording",
      "phone-format",
      "agents",
      "network",
      "trunk-dialog",
    ]) {
      expect(
        late.filter((name) => name.startsWith(`assets/${part}-`)),
        part,
      ).toHaveLength(1);
    }
    // Nothing inline, which the policy would block.
    const page = new TextDecoder().decode(files.at(-1)?.bytes);
    expect(page).not.toMatch(/<script(?![^>]*src=)|style=|<style|%\w+%/);
  },
);

test(
  "a build is kept while its sources are the same, and one of other sources is replaced as a whole",
  PATIENCE,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "trunkline-console-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await buildConsole(folder);
    const built = readdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "assets/old-ABC.js"), "");
    await buildConsole(folder);
    expect(readdirSync(join(folder, "assets"))).toContain("old-ABC.js");
    writeFileSync(join(folder, "build.txt"), "other sources");
    await buildConsole(folder);
    expect(readdirSync(join(folder, "assets")).toSorted()).toEqual(built.toSorted());
    expect(readFileSync(join(folder, "index.html"), "utf8")).toContain("/console/assets/console-");
  },
);
