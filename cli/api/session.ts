import { ConnectionError, ProblemError, Trunkline } from "../../sdk/trunkline.ts";
import { EXIT } from "../exit-status.ts";
import { printable, type Terminal } from "../terminal.ts";
import { type ApiEnvironment, type ConnectionOptions, resolveConnection } from "./connection.ts";
import { curlOf } from "./curl.ts";
import { tableOf } from "./table.ts";

/** What every verb of the API has in common. */
export interface ApiOptions extends ConnectionOptions {
  /** Data as JSON: one value, or one a line where they come one by one. */
  readonly json: boolean;
  /** Print the request and send nothing. */
  readonly curl: boolean;
}

/** What a verb works with. */
export interface ApiSession {
  readonly api: Trunkline;
  readonly baseUrl: string;
  readonly isJson: boolean;
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
  /** Rows for people, or the values for programs. */
  printList<T>(values: readonly T[], columns: Columns<T>): void;
  /** The value as JSON, in lines that people can read unless programs want one. */
  print(value: unknown): void;
  /** One line of data of a stream. */
  printLine(value: unknown, text: string): void;
  say(line: string): void;
}

/** A column's name, and what stands in it. */
export type Columns<T> = readonly (readonly [string, (value: T) => string | null | undefined])[];

/** One verb; resolves with the exit status, ok when it has none of its own. */
export type ApiVerb = (session: ApiSession) => Promise<number | undefined>;

/** A trunk test, and a part of an import, take a minute or so. */
const TIMEOUT_MS = 120_000;

/** Raised instead of sending: the request has been printed. */
class CurlPrinted extends Error {}

/** Runs a verb and tells what went wrong; resolves with the exit status. */
export async function runApiVerb(
  verb: ApiVerb,
  options: ApiOptions,
  parts: {
    readonly terminal: Terminal;
    readonly environment: ApiEnvironment;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const { terminal, environment, signal } = parts;
  const { baseUrl, apiKey } = await resolveConnection(options, environment);
  const api = new Trunkline({
    baseUrl,
    timeoutMs: TIMEOUT_MS,
    ...(apiKey === null ? {} : { apiKey }),
    // The line names the key's variable whether there is a key yet or not.
    ...(options.curl && apiKey === null ? { apiKey: "none" } : {}),
    ...(options.curl ? { maxRetries: 0, fetch: (request) => printCurl(request, terminal) } : {}),
  });
  try {
    const status = await verb({
      api,
      baseUrl,
      isJson: options.json,
      signal,
      printList(values, columns) {
        if (options.json) return terminal.data(JSON.stringify(values));
        const head = columns.map(([name]) => name);
        const rows = values.map((value) => columns.map(([, cell]) => cell(value) ?? "-"));
        for (const line of tableOf([head, ...rows])) terminal.data(line);
      },
      print: (value) => terminal.data(JSON.stringify(value, null, options.json ? 0 : 2)),
      printLine: (value, text) =>
        terminal.data(options.json ? JSON.stringify(value) : printable(text)),
      say: (line) => terminal.say(line),
    });
    return status ?? EXIT.ok;
  } catch (error) {
    if (error instanceof ConnectionError && error.cause instanceof CurlPrinted) return EXIT.ok;
    if (signal.aborted) return EXIT.ok;
    return explain(error, options.json, terminal);
  }
}

async function printCurl(request: Request, terminal: Terminal): Promise<never> {
  terminal.data(await curlOf(request));
  throw new CurlPrinted("printed");
}

function explain(error: unknown, isJson: boolean, terminal: Terminal): number {
  if (error instanceof ConnectionError) {
    say({ code: error.code, detail: error.message }, isJson, terminal);
    return error.code === "timeout" ? EXIT.timeout : EXIT.error;
  }
  if (!(error instanceof ProblemError)) throw error;
  const { status, code, detail, hint, errors, requestId } = error;
  say({ status, code, detail, hint, errors, request_id: requestId }, isJson, terminal);
  if (status === 401 || status === 403) return EXIT.auth;
  if (status === 404) return EXIT.notFound;
  return status === 408 || status === 504 ? EXIT.timeout : EXIT.error;
}

interface Complaint {
  readonly status?: number;
  readonly code: string;
  readonly detail: string;
  readonly hint?: string | null;
  readonly errors?: ProblemError["errors"];
  readonly request_id?: string | null;
}

function say(complaint: Complaint, isJson: boolean, terminal: Terminal): void {
  if (isJson) {
    terminal.say(JSON.stringify({ error: complaint }));
    return;
  }
  const { status, code, detail, hint, errors = [], request_id: requestId } = complaint;
  const head = status === undefined ? detail : `${detail} (${status} ${code})`;
  terminal.say(terminal.paint("red", head));
  for (const field of errors) {
    const place = `${field.location}${field.pointer === "" ? "" : ` ${field.pointer}`}`;
    terminal.say(
      `  ${place}: ${field.detail}${field.hint === undefined ? "" : ` Try: ${field.hint}`}`,
    );
  }
  if (typeof hint === "string" && errors.length === 0) terminal.say(`Try: ${hint}`);
  if (typeof requestId === "string") terminal.say(terminal.paint("dim", `Request ${requestId}`));
}
