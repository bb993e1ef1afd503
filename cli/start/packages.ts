import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../user-error.ts";

/** Where this package's own files are. */
export const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Path of a program that an npm package brings.
 * @throws UserError when the package is not installed
 */
export function packagedProgram(packageName: string, path: string): string {
  const require = createRequire(import.meta.url);
  try {
    const program = join(dirname(require.resolve(`${packageName}/package.json`)), path);
    accessSync(program, constants.X_OK);
    return program;
  } catch (cause) {
    throw new UserError(
      `The program ${basename(path)} of the npm package ${packageName} is missing: run \`npm ci\` without --omit, on Linux x64.`,
      { cause },
    );
  }
}
