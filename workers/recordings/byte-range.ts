/** Part of a recording that a client asks for, as a player does that seeks (RFC 9110 §14). */

/** Octets from the first to the last, both of them in it. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What `Range` asks of so many octets. Null: all of them, which is also the answer to what need not be understood, such as
 * several ranges or another unit (RFC 9110 §14.2). `unsatisfiable`: it begins behind the end (§15.5.17).
 */
export function parseByteRange(
  header: string | undefined,
  length: number,
): ByteRange | "unsatisfiable" | null {
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  const [, from = "", to = ""] = parts ?? [];
  if (from === "" && to === "") return null;
  if (from === "") {
    const suffix = Math.min(Number(to), length);
    return suffix === 0 ? "unsatisfiable" : { first: length - suffix, last: length - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return null;
  if (first >= length) return "unsatisfiable";
  return { first, last: to === "" ? length - 1 : Math.min(Number(to), length - 1) };
}
