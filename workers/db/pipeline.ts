import { LibsqlBatchError, LibsqlError } from "@libsql/client/web";
import type { LibsqlSettings } from "./client.ts";
import { readAnswer, rowsOf, type StatementRows, throwError, writeStatement } from "./wire.ts";
import type { Statement } from "./write-unit.ts";

/** libSQL over HTTP (SQL over HTTP, version 2). */
export interface Pipeline {
  /** One statement. @throws LibsqlError */
  query(sql: string, args: readonly unknown[]): Promise<StatementRows>;
  /**
   * One transaction that writes, with the rows of each statement.
   * @throws LibsqlBatchError that names the statement when one failed, else LibsqlError
   */
  transact(statements: readonly Statement[]): Promise<readonly StatementRows[]>;
}

/** A stream of libSQL's: a database connection that its next request may use. */
interface Stream {
  readonly baton: string;
  readonly usedAtMs: number;
}

/** libSQL closes a stream that is not used for 10 s. */
const STREAM_IDLE_MS = 5_000;
/** Far fewer than libSQL has connections (128). */
const MAX_STREAMS = 24;

/** Open streams by their database. Of the whole isolate: each of a thousand objects with some of its own would be too many. */
const keptStreams = new Map<string, Stream[]>();

function streamsOf({ url, authToken }: LibsqlSettings): Stream[] {
  const key = `${url} ${authToken}`;
  const known = keptStreams.get(key);
  if (known !== undefined) return known;
  const streams: Stream[] = [];
  keptStreams.set(key, streams);
  return streams;
}

/**
 * Streams are kept open from one request to the next: a new one costs libSQL a connection that reads the
 * whole schema first, which takes longer than most queries. A baton is text, so that requests of the
 * Workers runtime may hand it on. The client library opens a stream for each request, and gives each row
 * two properties a column.
 */
export function createPipeline(settings: LibsqlSettings, timeoutMs: number): Pipeline {
  const url = new URL("/v2/pipeline", settings.url).href;
  const headers = { "content-type": "application/json", ...authorizationOf(settings) };
  const streams = streamsOf(settings);

  async function post(requests: string, stream: Stream | null): Promise<unknown> {
    const close = streams.length < MAX_STREAMS ? "" : `,{"type":"close"}`;
    const baton = stream === null ? "null" : JSON.stringify(stream.baton);
    const body = `{"baton":${baton},"requests":[${requests}${close}]}`;
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await settings.fetch(url, { method: "POST", headers, body, signal });
    if (answer.ok) return answer.json();
    await answer.body?.cancel();
    const { status } = answer;
    throw new LibsqlError(
      `status ${status}`,
      "SERVER_ERROR",
      undefined,
      undefined,
      httpError(status),
    );
  }

  async function ask(requests: string) {
    const kept = takeStream(streams);
    let answer: unknown;
    try {
      answer = await post(requests, kept);
    } catch (error) {
      // A libSQL that was started anew, or has closed the stream, says so before it runs anything.
      if (kept === null || !isClientError(error)) throw error;
      streams.length = 0;
      answer = await post(requests, null);
    }
    return readAnswer(answer);
  }

  function keep(baton: string | null): void {
    if (baton !== null) streams.push({ baton, usedAtMs: Date.now() });
  }

  return {
    async query(sql, args) {
      const { baton, results } = await ask(
        `{"type":"execute","stmt":${writeStatement({ sql, args })}}`,
      );
      const [first] = results;
      if (first === undefined || "error" in first) throwError(first?.error);
      keep(baton);
      return rowsOf(first.response?.result);
    },
    async transact(statements) {
      const { baton, results } = await ask(writeBatch(statements));
      // After the texts that were stored.
      const batch = results.find(
        (result) => "error" in result || result.response?.type === "batch",
      );
      if (batch === undefined || "error" in batch) throwError(batch?.error);
      const { step_errors: errors = [], step_results: rows = [] } = batch.response?.result ?? {};
      const failed = errors.findIndex((error) => error !== null);
      // A stream on which something failed is left to end.
      if (failed !== -1) throwStepError(errors[failed], failed, statements.length);
      keep(baton);
      return rows.slice(1, statements.length + 1).map((result) => rowsOf(result ?? undefined));
    },
  };
}

export function authorizationOf({ authToken }: LibsqlSettings): Record<string, string> {
  if (authToken === null) return {};
  return { authorization: authToken.startsWith("Basic ") ? authToken : `Bearer ${authToken}` };
}

/** BEGIN, the statements, COMMIT, and ROLLBACK unless it was committed; each only after the one before it. */
function writeBatch(statements: readonly Statement[]): string {
  const uses = new Map<string, number>();
  for (const { sql } of statements) uses.set(sql, (uses.get(sql) ?? 0) + 1);
  // A text that stands in a group more than once is sent once.
  const stored = [...uses].filter(([, count]) => count > 1).map(([sql]) => sql);
  const idOf = new Map(stored.map((sql, id) => [sql, id]));
  const commit = statements.length + 1;
  const steps = [
    `{"stmt":{"sql":"BEGIN IMMEDIATE"}}`,
    ...statements.map(
      (statement, at) =>
        `{"condition":{"type":"ok","step":${at}},"stmt":${writeStatement(statement, idOf.get(statement.sql))}}`,
    ),
    `{"condition":{"type":"ok","step":${commit - 1}},"stmt":{"sql":"COMMIT"}}`,
    `{"condition":{"type":"not","cond":{"type":"ok","step":${commit}}},"stmt":{"sql":"ROLLBACK"}}`,
  ];
  return [
    ...stored.map((sql, id) => `{"type":"store_sql","sql_id":${id},"sql":${JSON.stringify(sql)}}`),
    `{"type":"batch","batch":{"steps":[${steps.join(",")}]}}`,
    ...stored.map((_, id) => `{"type":"close_sql","sql_id":${id}}`),
  ].join(",");
}

/** Step 0 is BEGIN, so that step n is statement n - 1. */
function throwStepError(
  error: { readonly message?: unknown; readonly code?: unknown } | null | undefined,
  step: number,
  statements: number,
): never {
  const isStatement = step >= 1 && step <= statements;
  if (!isStatement || error == null) throwError(error ?? undefined);
  const code = typeof error.code === "string" ? error.code : "UNKNOWN";
  throw new LibsqlBatchError(String(error.message), step - 1, code);
}

/** The stream used last, so that those too many are the ones to end. */
function takeStream(streams: Stream[]): Stream | null {
  const newest = streams.pop();
  if (newest !== undefined && Date.now() - newest.usedAtMs < STREAM_IDLE_MS) return newest;
  streams.length = 0;
  return null;
}

/** libSQL's refusal of a request as such; its body may quote what was sent, and is not kept. */
function httpError(status: number): Error {
  return Object.assign(new Error(`libSQL answered ${status}`), { status });
}

function isClientError(error: unknown): boolean {
  if (!(error instanceof LibsqlError)) return false;
  const { cause } = error;
  if (!(cause instanceof Error && "status" in cause)) return false;
  return typeof cause.status === "number" && cause.status >= 400 && cause.status < 500;
}
