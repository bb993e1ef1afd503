import { z } from "zod";

/** A backup is SQL, gzipped, behind one line that says what it needs. */

export const BACKUP_FORMAT = 1;
export const HEADER_PREFIX = "-- trunkline backup ";

const headerSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  created_at: z.string(),
  /** Of the master keys that something in it is sealed under. */
  master_key_ids: z.array(z.string()),
});
export type BackupHeader = z.infer<typeof headerSchema>;

/** Null for what is no backup of this format. */
export function parseHeader(line: string): BackupHeader | null {
  if (!line.startsWith(HEADER_PREFIX)) return null;
  try {
    return headerSchema.safeParse(JSON.parse(line.slice(HEADER_PREFIX.length))).data ?? null;
  } catch {
    return null;
  }
}

/**
 * The statements of a dump. SQLite ends each with a semicolon and a line break, which also stand inside
 * of text: an even number of quotation marks tells that it is outside.
 */
export async function* readStatements(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let statement = "";
  let quotes = 0;
  for await (const line of lines) {
    statement = statement === "" ? line : `${statement}\n${line}`;
    quotes += line.split("'").length - 1;
    if (!line.endsWith(";") || quotes % 2 !== 0) continue;
    yield statement;
    statement = "";
    quotes = 0;
  }
  if (statement.trim() !== "") throw new RangeError("the dump ends within a statement");
}

/** Lines by LF alone: every other character that ends a line somewhere is part of a text. */
export async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = `${rest}${piece}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
