/** Rows of text in columns, for people; the first row names them. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? "")].length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cellText(cell).padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** A cell is one line, and what came from elsewhere steers no terminal. */
function cellText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
