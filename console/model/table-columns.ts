/** The heading of a CSV table (RFC 4180), for choosing a column by name; the server reads the rest. */
export function columnsOf(csv: string): string[] {
  const columns: string[] = [];
  let cell = "";
  let isQuoted = false;
  const text = csv.replace(/^\ufeff/, "");
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at];
    if (char === '"' && isQuoted && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === "," || char === "\n" || char === "\r" || char === undefined)) {
      columns.push(cell.trim());
      cell = "";
      if (char !== ",") break;
    } else cell += char ?? "";
  }
  return columns.filter((name) => name !== "");
}

/** The column that most likely has the numbers; the first when none says so. */
export function likelyNumberColumn(columns: readonly string[]): string {
  return columns.find((name) => /phone|number|tel|mobil|rufnummer/i.test(name)) ?? columns[0] ?? "";
}
