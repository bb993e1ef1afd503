/** Tables as text: RFC 4180, and what spreadsheets make of it. */

/** A table that cannot be read, with what is wrong and where, counted from 1 with the heading. */
interface CsvError {
  readonly row: number;
  readonly detail: string;
}

type CsvTable =
  | { readonly ok: true; readonly rows: readonly (readonly string[])[] }
  | { readonly ok: false; readonly error: CsvError };

const BYTE_ORDER_MARK = "\ufeff";
const SEPARATORS = [",", ";", "\t"] as const;

/**
 * The rows of a table, the heading first; rows without any text are left out at the end and refused in between. The
 * separator is what the heading uses: a comma, a semicolon or a tab. Fields may be quoted (RFC 4180 §2).
 */
export function parseCsv(text: string): CsvTable {
  const whole = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
  const separator = separatorOf(whole);
  const rows: string[][] = [];
  let at = 0;
  while (at < whole.length) {
    const row: string[] = [];
    for (let isOver = false; !isOver; ) {
      const field = readField(whole, at, separator);
      if (field === null) {
        const detail = "A quote is not closed, or text stands behind its closing quote.";
        return { ok: false, error: { row: rows.length + 1, detail } };
      }
      row.push(field.value);
      at = field.end;
      isOver = whole[at] !== separator;
      if (!isOver) at += 1;
    }
    if (whole[at] === "\r") at += 1;
    if (whole[at] === "\n") at += 1;
    rows.push(row);
  }
  while (rows.at(-1)?.every((field) => field.trim() === "") === true) rows.pop();
  return { ok: true, rows };
}

/** One line with its line end. */
export function writeCsvRow(fields: readonly string[]): string {
  const written = fields.map((field) =>
    /[",;\t\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field,
  );
  return `${written.join(",")}\r\n`;
}

/** The first of them in the heading outside of quotes, else the comma. */
function separatorOf(text: string): string {
  let isQuoted = false;
  for (const char of text) {
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === "\r" || char === "\n") break;
    else if (SEPARATORS.some((separator) => separator === char)) return char;
  }
  return SEPARATORS[0];
}

/** The field that begins at `from`, and where what follows it stands. Null: its quotes are wrong. */
function readField(
  text: string,
  from: number,
  separator: string,
): { readonly value: string; readonly end: number } | null {
  const isEnd = (at: number) =>
    at >= text.length || /[\r\n]/.test(text[at] ?? "") || text[at] === separator;
  if (text[from] !== '"') {
    let end = from;
    while (!isEnd(end)) end += 1;
    return { value: text.slice(from, end), end };
  }
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) return null;
    if (text[at + 1] === '"') continue;
    if (!isEnd(at + 1)) return null;
    return { value: text.slice(from + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
}
