import { MAX_IMPORT_ROWS } from "../../schema/contracts/number-import.ts";
import type { AppDeps } from "../app-type.ts";
import { type ErrorAnswer, problemBody } from "../errors/problem.ts";
import { TrunklineError } from "../errors/trunkline-error.ts";
import { log } from "../log.ts";
import {
  IMPORT_PATH,
  type ImportResult,
  type ImportRow,
  type ImportRun,
  importRows,
} from "./import-rows.ts";
import type { NdjsonLines } from "./ndjson-lines.ts";

/** Of one unit: the writer is held for some tens of milliseconds, and calls' ends come between. */
const PART_ROWS = 500;
const PART_BYTES = 524_288;
/** How long a part is tried again while the database does not take it. */
const PATIENCE_MS = 20_000;
const MAX_PAUSE_MS = 4_000;

type ImportDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock" | "notifyRouting">;

/**
 * A result for each row, in their order, as soon as it is known: the file is read as the results are taken, so that neither is
 * ever held as a whole. When the database is gone for longer than a client can be kept waiting, every row that is left fails,
 * and the same file with the same key goes on where it stood.
 */
export async function* importNumbers(
  deps: ImportDeps,
  run: ImportRun,
  lines: NdjsonLines,
): AsyncGenerator<readonly ImportResult[]> {
  let rows: ImportRow[] = [];
  let bytes = 0;
  let index = 0;
  let isGivenUp = false;
  const finish = async (): Promise<readonly ImportResult[]> => {
    const part = rows;
    rows = [];
    bytes = 0;
    const results = isGivenUp ? null : await patiently(deps, run, part);
    isGivenUp = results === null;
    await deps.notifyRouting(run.principal.region);
    return results ?? part.map((row) => failed(run, row.index, NOT_TAKEN));
  };
  for await (const line of lines) {
    if (index >= MAX_IMPORT_ROWS) {
      if (rows.length > 0) yield await finish();
      yield [failed(run, index, TOO_MANY_ROWS)];
      return;
    }
    rows.push({ index, line });
    bytes += line.kind === "text" ? line.bytes.length : 0;
    index += 1;
    if (rows.length >= PART_ROWS || bytes >= PART_BYTES) yield await finish();
  }
  if (rows.length > 0) yield await finish();
  if (lines.isCut) yield [failed(run, index, TOO_LARGE)];
}

/** Null when the database has not taken them in time. */
async function patiently(
  deps: ImportDeps,
  run: ImportRun,
  rows: readonly ImportRow[],
): Promise<readonly ImportResult[] | null> {
  const deadlineMs = deps.clock() + PATIENCE_MS;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await importRows(deps, run, rows);
    } catch (error) {
      const code = error instanceof TrunklineError ? error.code : "internal_error";
      log("warn", "import_part_failed", {
        requestId: run.requestId,
        code,
        first: rows[0]?.index ?? 0,
      });
      const isPassing = error instanceof TrunklineError && "retryAfterSecs" in error;
      if (!isPassing || deps.clock() + pauseMs > deadlineMs) return null;
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
  }
}

const NOT_TAKEN: ErrorAnswer = {
  status: 503,
  code: "unavailable",
  detail:
    "The database does not take it at the moment. Send the file again with the same Idempotency-Key: what is made is not made twice.",
};
const TOO_MANY_ROWS: ErrorAnswer = {
  status: 413,
  code: "too_many_rows",
  detail: `A request takes ${MAX_IMPORT_ROWS} rows. Nothing was made of this one and what follows it: send them in another request.`,
};
const TOO_LARGE: ErrorAnswer = {
  status: 413,
  code: "body_too_large",
  detail:
    "The file is too large. Nothing was made of this row and what follows it: send them in another request.",
};

function failed(run: ImportRun, index: number, answer: ErrorAnswer): ImportResult {
  const problem = problemBody(answer, run.origin, IMPORT_PATH, run.requestId);
  return { index, status: "failed", problem };
}
