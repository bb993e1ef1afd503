import { LibsqlError } from "@libsql/client/web";
import { z } from "zod";
import type { LibsqlSettings } from "./client.ts";

/** Rows in the order of the query, each in the order of its columns. */
export interface PipelineRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PipelineValue[])[];
}
type PipelineValue = null | string | number;

/** Runs one statement that changes nothing. @throws LibsqlError */
export type RunQuery = (sql: string, args: readonly unknown[]) => Promise<PipelineRows>;

/** An answer of SQL over HTTP, version 2, as far as it concerns the one statement of `runQuery`. */
const answerSchema = z.object({
  results: z
    .tuple([
      z.discriminatedUnion("type", [
        z.object({
          type: z.literal("ok"),
          response: z.object({
            result: z.object({ cols: z.array(z.object({ name: z.string().nullish() })) }),
          }),
        }),
        z.object({
          type: z.literal("error"),
          error: z.object({ message: z.string(), code: z.string().nullish() }),
        }),
      ]),
    ])
    .rest(z.unknown()),
});

/** A value as it is written: integers as text, because they may have 64 bits. */
interface WrittenValue {
  readonly type: "null" | "integer" | "float" | "text" | "blob";
  readonly value?: string | number;
}

/**
 * Reads over libSQL's HTTP interface, one statement in one request. The client library does the same and
 * gives each row two properties a column, which is most of the time of a list.
 */
export function createRunQuery(settings: LibsqlSettings, timeoutMs: number): RunQuery {
  const url = new URL("/v2/pipeline", settings.url).href;
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (settings.authToken !== null) headers["authorization"] = `Bearer ${settings.authToken}`;
  return async (sql, args) => {
    const stmt = { sql, args: args.map(writeValue), want_rows: true };
    const body = JSON.stringify({
      requests: [{ type: "execute", stmt }, { type: "close" }],
    });
    const answer = await settings.fetch(new Request(url, { method: "POST", headers, body }), {
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new LibsqlError(`libSQL answered ${answer.status}`, "SERVER_ERROR");
    }
    return readAnswer(await answer.json());
  };
}

function readAnswer(json: unknown): PipelineRows {
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) throw new LibsqlError("not an answer of libSQL", "HRANA_PROTO_ERROR");
  const [first] = parsed.data.results;
  if (first.type === "error") {
    throw new LibsqlError(first.error.message, first.error.code ?? "UNKNOWN");
  }
  // The parse has proved where the rows are; each of their values is looked at by readValue.
  const { rows } = (json as { results: [{ response: { result: { rows: WrittenValue[][] } } }] })
    .results[0].response.result;
  return {
    columns: first.response.result.cols.map(({ name }) => name ?? ""),
    rows: rows.map((row) => row.map(readValue)),
  };
}

function writeValue(value: unknown): WrittenValue {
  if (value === null) return { type: "null" };
  if (typeof value === "string") return { type: "text", value };
  if (typeof value === "boolean") return { type: "integer", value: value ? "1" : "0" };
  if (typeof value !== "number") {
    throw new TypeError(`a parameter of type ${typeof value} cannot be read by`);
  }
  return Number.isSafeInteger(value)
    ? { type: "integer", value: String(value) }
    : { type: "float", value };
}

function readValue({ type, value = "" }: WrittenValue): PipelineValue {
  switch (type) {
    case "null":
      return null;
    case "text":
      return String(value);
    case "float":
      return Number(value);
    case "integer":
      return safeInteger(Number(value));
    case "blob":
      throw new TypeError("no column of ours is a blob");
    default:
      return type satisfies never;
  }
}

function safeInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError("an integer of more than 53 bits");
  return value;
}
