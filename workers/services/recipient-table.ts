import {
  type BatchCallTableQuery,
  MAX_RECIPIENTS,
  type SubmitBatchCall,
  submitBatchCallSchema,
} from "../../schema/contracts/batch-call.ts";
import { parseCsv } from "../../schema/values/csv.ts";
import { pointerOf } from "../errors/problem.ts";
import { type Outcome, type RefusedField, succeed } from "../errors/refusal.ts";
import { refuseFields } from "./import-phone-number.ts";
import type { PlaceOf } from "./submit-batch-call.ts";

/** A batch out of a table: a column of numbers, and a dynamic variable for each of the other columns. */

interface TableBatch {
  readonly input: SubmitBatchCall;
  readonly placeOf: PlaceOf;
}

/** Of one request; what is behind them is told when they are gone. */
const MAX_REFUSED = 100;

export function readRecipientTable(query: BatchCallTableQuery, text: string): Outcome<TableBatch> {
  const table = parseCsv(text);
  if (!table.ok) {
    const { detail, row } = table.error;
    return refuseFields([{ pointer: `/rows/${row}`, code: "malformed_csv", detail }]);
  }
  const [heading = [], ...rows] = table.rows;
  const columns = heading.map((name) => name.trim());
  const numberColumn = columns.indexOf(query.phone_number_column);
  const wrongHeading = checkHeading(columns, numberColumn, query.phone_number_column);
  if (wrongHeading.length > 0) return refuseFields(wrongHeading);
  const wrongRows = checkRows(rows, columns.length);
  if (wrongRows.length > 0) return refuseFields(wrongRows);
  const placeOf: PlaceOf = (index, path) => {
    const isNumber = path === "/phone_number" || path === "";
    return `/rows/${rowOf(index)}${isNumber ? pointerOf([query.phone_number_column]) : path}`;
  };
  const parsed = submitBatchCallSchema.safeParse(request(query, columns, numberColumn, rows));
  if (parsed.success) return succeed({ input: parsed.data, placeOf });
  const refused = parsed.error.issues.slice(0, MAX_REFUSED).map((issue): RefusedField => {
    const [member, index, , , variable] = issue.path;
    const detail = `${issue.message}.`;
    if (member !== "recipients" || typeof index !== "number") {
      return { location: "query", pointer: pointerOf(issue.path), code: issue.code, detail };
    }
    const column = variable === undefined ? [] : [variable];
    return { pointer: pointerOf(["rows", rowOf(index), ...column]), code: issue.code, detail };
  });
  return refuseFields(refused);
}

/** As spreadsheets count: from 1, the heading included. */
function rowOf(index: number): number {
  return index + 2;
}

function checkHeading(
  columns: readonly string[],
  numberColumn: number,
  wanted: string,
): readonly RefusedField[] {
  if (numberColumn < 0) {
    const found = columns.find((name) => /phone|number|tel/i.test(name));
    return [
      {
        pointer: "/rows/1",
        code: "column_missing",
        detail: `The first row has no column \`${wanted}\`: it names the columns, one of which has the numbers. Another name is given as \`phone_number_column\`.`,
        ...(found === undefined
          ? {}
          : { hint: `phone_number_column=${encodeURIComponent(found)}` }),
      },
    ];
  }
  return columns.flatMap((name, index): RefusedField[] => {
    const pointer = pointerOf(["rows", 1, name]);
    if (columns.indexOf(name) !== index) {
      return [{ pointer, code: "not_unique", detail: `Two columns are called \`${name}\`.` }];
    }
    if (index === numberColumn || /^[^\s{}]{1,128}$/.test(name)) return [];
    const hint = name.trim().replaceAll(/[\s{}]+/g, "_");
    return [
      {
        pointer,
        code: "not_a_variable",
        detail:
          "A column's name becomes that of a variable: 1 to 128 characters without blanks and braces.",
        ...(hint === "" ? {} : { hint }),
      },
    ];
  });
}

function checkRows(rows: readonly (readonly string[])[], width: number): readonly RefusedField[] {
  if (rows.length === 0) {
    return [
      { pointer: "/rows/2", code: "missing", detail: "There is nobody to call below the heading." },
    ];
  }
  if (rows.length > MAX_RECIPIENTS) {
    const detail = `There are ${rows.length} recipients; ${MAX_RECIPIENTS} are the most of one batch.`;
    return [{ pointer: `/rows/${rowOf(MAX_RECIPIENTS)}`, code: "too_many", detail }];
  }
  return rows
    .flatMap((row, index): RefusedField[] => {
      if (row.length === width) return [];
      const detail = `The row has ${row.length} fields, and the heading ${width}.`;
      return [{ pointer: `/rows/${rowOf(index)}`, code: "wrong_width", detail }];
    })
    .slice(0, MAX_REFUSED);
}

/** As a client would have written it. An empty field sets no variable. */
function request(
  query: BatchCallTableQuery,
  columns: readonly string[],
  numberColumn: number,
  rows: readonly (readonly string[])[],
): unknown {
  const { phone_number_column: _column, ringing_timeout_secs: ringing, ...settings } = query;
  return {
    ...settings,
    ...(ringing === undefined ? {} : { telephony_call_config: { ringing_timeout_secs: ringing } }),
    recipients: rows.map((row) => ({
      phone_number: row[numberColumn]?.trim(),
      conversation_initiation_client_data: {
        dynamic_variables: Object.fromEntries(
          columns.flatMap((name, at) => {
            const value = row[at] ?? "";
            return at === numberColumn || value === "" ? [] : [[name, value]];
          }),
        ),
      },
    })),
  };
}
