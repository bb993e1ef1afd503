import { readFileSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { UserError } from "../user-error.ts";

/** What commands read from files: `-` is the standard input. */

const objectSchema = z.record(z.string(), z.unknown());

/** @throws UserError */
export async function readText(path: string): Promise<string> {
  try {
    return path === "-" ? await text(process.stdin) : readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new UserError(`${path} cannot be read${why}.`, { cause });
  }
}

/** @throws UserError when it is not one JSON object */
export async function readJsonFile(path: string): Promise<Record<string, unknown>> {
  const parsed = objectSchema.safeParse(parse(await readText(path)));
  if (!parsed.success) throw new UserError(`${path} is not one JSON object.`);
  return parsed.data;
}

/** One JSON object a line (NDJSON); blank lines count for nothing. @throws UserError that names the line */
export async function readRows(path: string): Promise<Record<string, unknown>[]> {
  const lines = (await readText(path)).split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const parsed = objectSchema.safeParse(parse(line));
    if (!parsed.success) throw new UserError(`${path}:${index + 1} is not a JSON object.`);
    return [parsed.data];
  });
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
