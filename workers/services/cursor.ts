import { z } from "zod";
import { fromBase64Url, toBase64Url } from "../../schema/sealing/sealing.ts";
import type { RowPage } from "../db/client.ts";
import { type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";

/**
 * Cursors: where a page ended and what was asked for, so that a cursor cannot be used with other
 * filters. They hold what the client has seen; every query is bound to its workspace all the same.
 */

const cursorSchema = z.object({
  k: z.tuple([z.union([z.string(), z.number()]), z.string()]),
  f: z.string(),
});

/** The last row of a page: its value in the sorted column, and its identifier. */
export type Position = readonly [string | number, string];

export function writeCursor(
  position: Position,
  filters: Readonly<Record<string, unknown>>,
): string {
  const text = JSON.stringify({ k: position, f: fingerprint(filters) });
  return toBase64Url(new TextEncoder().encode(text));
}

/** Null when no cursor was sent; 400 for one that is altered or was made for other filters. */
export function readCursor(
  cursor: string | undefined,
  filters: Readonly<Record<string, unknown>>,
): Outcome<Position | null> {
  if (cursor === undefined || cursor === "") return succeed(null);
  const parsed = cursorSchema.safeParse(decode(cursor));
  if (!parsed.success || parsed.data.f !== fingerprint(filters)) return refuse(CURSOR_INVALID);
  return succeed(parsed.data.k);
}

/** As above, of a list that is sorted by a number. */
export function readNumberCursor(
  cursor: string | undefined,
  filters: Readonly<Record<string, unknown>>,
): Outcome<readonly [number, string] | null> {
  const position = readCursor(cursor, filters);
  if (!position.ok || position.value === null) return position.ok ? succeed(null) : position;
  const [value, id] = position.value;
  return typeof value === "number" ? succeed([value, id]) : refuse(CURSOR_INVALID);
}

const CURSOR_INVALID: Refusal = {
  status: 400,
  code: "cursor_invalid",
  detail: "The cursor does not belong to this list with these filters. Start without one.",
};

/** A page of rows that were asked for with one more than the page holds. */
export function pageOf<T>(found: RowPage<T>, size: number): { page: T[]; last: T | null } {
  const page = found.rows.slice(0, size);
  const hasMore = found.rows.length > size || !found.isLast;
  return { page, last: hasMore ? (page.at(-1) ?? null) : null };
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64Url(cursor)));
  } catch {
    return null; // Not base64url or not JSON: no cursor of ours.
  }
}

/** FNV-1a, 32 bits: tells filters apart by accident, which is all it is for. */
function fingerprint(filters: Readonly<Record<string, unknown>>): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(filters))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(36);
}
