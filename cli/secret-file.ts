import { readFile } from "node:fs/promises";
import { Secret } from "../schema/values/secret.ts";
import { UserError } from "./user-error.ts";

/**
 * The first line of a file, for what a command line must not hold: others on the machine see it there. `what` names the secret in
 * errors, such as "the join token".
 * @throws UserError when the file cannot be read or its first line is empty
 */
export async function readSecretFile(path: string, what: string): Promise<Secret> {
  const text = await readTextFile(path, what);
  const [line = ""] = text.trim().split("\n");
  if (line === "") throw new UserError(`${path} is empty: it must hold ${what}.`);
  return new Secret(line.trimEnd());
}

/** @throws UserError when it cannot be read */
export async function readTextFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "failed";
    throw new UserError(`${path} cannot be read; it must hold ${what} (${code}).`, { cause });
  }
}
