import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadSecrets } from "./secrets.ts";

test("a file of an earlier version is given the key that it lacks, once, and keeps the rest", () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "secrets.json");
  const { feedSigningKey: _absent, ...earlier } = loadSecrets(path);
  writeFileSync(path, JSON.stringify(earlier), { mode: 0o600 });
  const first = loadSecrets(path);
  expect(first).toMatchObject(earlier);
  expect(first.feedSigningKey).toMatch(/^[A-Za-z0-9_-]{60,}$/);
  expect(loadSecrets(path)).toEqual(first);
});
