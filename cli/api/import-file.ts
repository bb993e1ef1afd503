import { createHash } from "node:crypto";
import { type components, ProblemError } from "../../sdk/trunkline.ts";
import { rowsOfTable } from "../csv-rows.ts";
import { EXIT } from "../exit-status.ts";
import { readRows, readText } from "./input.ts";
import { linesOf } from "./ndjson.ts";
import type { ApiSession } from "./session.ts";

/**
 * Many numbers out of a file, in parts that one request takes within its time. Each part has a key made of the file, so that
 * the same command goes on where another was cut off.
 */
const ROWS_OF_A_PART = 2_000;
const NDJSON = "application/x-ndjson";

type ImportResult = components["schemas"]["NumberImportResult"];

export function isRowsFile(name: string): boolean {
  return /\.(ndjson|jsonl|csv)$/i.test(name);
}

export async function importFile(
  session: ApiSession,
  {
    file,
    key,
    splits,
  }: { readonly file: string; readonly key: string | null; readonly splits: boolean },
): Promise<number> {
  const rows = /\.csv$/i.test(file)
    ? rowsOfTable(file, await readText(file))
    : await readRows(file);
  const lines = rows.map((row) => JSON.stringify(row));
  const digest = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 32);
  let failed = 0;
  let replayed = 0;
  for (let from = 0; from < rows.length; from += ROWS_OF_A_PART) {
    const part = lines.slice(from, from + ROWS_OF_A_PART);
    const answer = await session.api.raw.POST("/v1/phone-numbers/import", {
      params: {
        header: { "idempotency-key": `${key ?? digest}-${from}` },
        query: { split_addresses: splits ? "true" : "false" },
      },
      body: `${part.join("\n")}\n`,
      bodySerializer: (body) => body,
      headers: { "content-type": NDJSON },
      parseAs: "stream",
    });
    if (!answer.response.ok) {
      throw new ProblemError(answer.response.status, answer.error, answer.response.headers);
    }
    for await (const line of linesOf(answer.data)) {
      // What the document says of this answer; the API is tested against the same document.
      const result = line as ImportResult;
      const index = from + result.index;
      const number = String(rows[index]?.["phone_number"] ?? `row ${index}`);
      if (result.status === "failed") {
        failed += 1;
        const { detail, errors = [] } = result.problem;
        const why = errors.map((one) => `${one.pointer} ${one.detail}`).join("; ");
        session.printLine({ ...result, index }, `${number} FAILED ${why === "" ? detail : why}`);
        continue;
      }
      if (result.replayed) replayed += 1;
      session.printLine({ ...result, index }, `${number} ${result.phone_number_id}`);
    }
  }
  const before = replayed === 0 ? "" : `, ${replayed} of them before`;
  session.say(`${rows.length - failed} of ${rows.length} numbers are imported${before}.`);
  return failed === 0 ? EXIT.ok : EXIT.error;
}
