import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { UserError } from "../user-error.ts";
import { openStateDirectory, readFileIfThere, writeFileWhole } from "./state-directory.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a directory with files of something else is refused, and its mode stays", () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "thesis.tex"), "x");
  expect(() => openStateDirectory(folder)).toThrow(/holds other files/);
  expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test("a restore that was cut off between the old database and the new one is finished", () => {
  const folder = temporaryFolder();
  const state = openStateDirectory(folder);
  rmSync(state.databaseFolder, { recursive: true });
  mkdirSync(state.restoringFolder);
  writeFileSync(join(state.restoringFolder, "restored"), "");
  openStateDirectory(folder);
  expect(readFileSync(join(state.databaseFolder, "restored"), "utf8")).toBe("");
});

test("what a restore has begun to write is not taken for the database", () => {
  const folder = temporaryFolder();
  const state = openStateDirectory(folder);
  mkdirSync(state.restoringFolder);
  openStateDirectory(folder);
  expect(existsSync(state.restoringFolder)).toBe(true);
});

test.each([
  ["an empty volume", (folder: string) => mkdirSync(join(folder, "lost+found"))],
  [
    "what a start that was cut off has left",
    (folder: string) => {
      mkdirSync(join(folder, "logs"));
      writeFileSync(join(folder, "secrets.json.4711"), "");
    },
  ],
  [
    "a state directory beside which somebody has put a note",
    (folder: string) => {
      writeFileSync(join(folder, "secrets.json"), "{}");
      writeFileSync(join(folder, "NOTE"), "");
    },
  ],
])("%s is taken, and closed to others", (_what, fill) => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  fill(folder);
  openStateDirectory(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a path that cannot be read or written is one sentence that names it", () => {
  const folder = temporaryFolder();
  const directory = join(folder, "runtime.json");
  mkdirSync(directory);
  expect(() => readFileIfThere(directory)).toThrow(UserError);
  expect(() => readFileIfThere(directory)).toThrow(`${directory} cannot be read: EISDIR`);
  expect(() => readFileIfThere(join(folder, "x".repeat(300)))).toThrow(UserError);
  const file = join(folder, "file");
  writeFileSync(file, "old");
  mkdirSync(`${file}.${process.pid}`);
  expect(() => writeFileWhole(file, "new", 0o600)).toThrow(`${file} cannot be written: EISDIR`);
  expect(readFileSync(file, "utf8")).toBe("old");
  // Nothing is left over of it, and nobody else's is touched.
  writeFileSync(`${file}.new`, "another's");
  writeFileWhole(file, "new", 0o600);
  expect(readFileSync(file, "utf8")).toBe("new");
  expect(readFileSync(`${file}.new`, "utf8")).toBe("another's");
  expect(readFileIfThere(join(folder, "none"))).toBeNull();
});
