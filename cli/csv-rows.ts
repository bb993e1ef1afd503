import { z } from "zod";
import { parseCsv } from "../schema/values/csv.ts";
import { UserError } from "./user-error.ts";

/**
 * Numbers of a table whose heading names their fields, those of trunks by a path: `outbound_trunk_config.address`.
 * @throws UserError that names the row
 */
export function rowsOfTable(file: string, text: string): Record<string, unknown>[] {
  const table = parseCsv(text);
  if (!table.ok) throw new UserError(`${file}:${table.error.row} ${table.error.detail}`);
  const [heading = [], ...rows] = table.rows;
  const names = heading.map((name) => name.trim());
  if (!names.includes("phone_number")) throw new UserError(`${file} has no column phone_number.`);
  return rows.map((cells, at) => {
    if (cells.length > names.length)
      throw new UserError(`${file}:${at + 2} has more fields than the heading.`);
    const row: Record<string, unknown> = { provider: "sip_trunk" };
    for (const [column, name] of names.entries()) {
      const cell = cells[column]?.trim() ?? "";
      if (cell !== "" && name !== "") setAt(row, name.split("."), cellOf(cell));
    }
    row["label"] ??= row["phone_number"];
    return row;
  });
}

/** A cell is text; lists, objects and booleans are written as JSON. */
function cellOf(text: string): unknown {
  if (!/^(\[.*\]|\{.*\}|true|false)$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const objectSchema = z.record(z.string(), z.unknown());

function setAt(row: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    row[name] = value;
    return;
  }
  const inner = objectSchema.catch({}).parse(row[name]);
  setAt(inner, rest, value);
  row[name] = inner;
}
