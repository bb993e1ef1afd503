/** One place of a request that the API refused. */
export interface ProblemField {
  /** Where it stands; "body" unless the API says otherwise. */
  readonly location: "body" | "query" | "path" | "header";
  /** RFC 6901 pointer into it; "" is the whole. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  /** A value that would pass. */
  readonly hint?: string;
}

/**
 * The API refused a request, or failed. Whichever of its two shapes the answer had, this is the one that programs
 * decide by: `status` and `code`, never by the words.
 */
export class ProblemError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Stable machine key; `http_<status>` where the answer has none. */
  readonly code: string;
  readonly detail: string;
  /** A value, or a request, that would pass. */
  readonly hint: string | null;
  readonly errors: readonly ProblemField[];
  /** Names the request in the logs of the API. */
  readonly requestId: string | null;
  /** Seconds that the API asks to wait. */
  readonly retryAfterSecs: number | null;

  constructor(status: number, body: unknown, headers: Headers) {
    const problem = readProblem(status, body);
    super(`${status} ${problem.code}: ${problem.detail}`);
    this.name = "ProblemError";
    this.status = status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.hint = problem.hint;
    this.errors = problem.errors;
    this.requestId = headers.get("request-id");
    const retryAfter = headers.get("retry-after");
    this.retryAfterSecs =
      retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** Nobody answered, or not in time. Whether the request was worked on is not known. */
export class ConnectionError extends Error {
  readonly code: "unreachable" | "timeout";

  constructor(code: "unreachable" | "timeout", message: string, options: ErrorOptions) {
    super(message, options);
    this.name = "ConnectionError";
    this.code = code;
  }
}

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly hint: string | null;
  readonly errors: readonly ProblemField[];
}

function readProblem(status: number, body: unknown): Problem {
  const code = textOf(body, "code");
  if (code !== null) {
    return {
      code,
      detail: textOf(body, "detail") ?? "",
      hint: textOf(body, "hint"),
      errors: listOf(memberOf(body, "errors")).map(readField),
    };
  }
  const detail = memberOf(body, "detail");
  if (Array.isArray(detail)) {
    const errors = detail.map(readVendorField);
    const first = errors[0];
    return {
      code: "validation_failed",
      detail:
        first === undefined ? "The request is not valid." : `${first.pointer}: ${first.detail}`,
      hint: first?.hint ?? null,
      errors,
    };
  }
  return {
    code: textOf(detail, "status") ?? `http_${status}`,
    detail: textOf(detail, "message") ?? (typeof body === "string" ? body.slice(0, 200) : ""),
    hint: null,
    errors: [],
  };
}

function readField(field: unknown): ProblemField {
  const hint = textOf(field, "hint");
  return {
    location: locationOf(memberOf(field, "location")),
    pointer: textOf(field, "pointer") ?? "",
    code: textOf(field, "code") ?? "invalid",
    detail: textOf(field, "detail") ?? "",
    ...(hint === null ? {} : { hint }),
  };
}

/** `loc` is where it stands and then the path to it. */
function readVendorField(field: unknown): ProblemField {
  const [location, ...path] = listOf(memberOf(field, "loc"));
  const segments = path.map((one) => String(one).replaceAll("~", "~0").replaceAll("/", "~1"));
  const hint = textOf(field, "hint");
  return {
    location: locationOf(location),
    pointer: segments.map((segment) => `/${segment}`).join(""),
    code: textOf(field, "type") ?? "invalid",
    detail: textOf(field, "msg") ?? "",
    ...(hint === null ? {} : { hint }),
  };
}

function locationOf(value: unknown): ProblemField["location"] {
  return value === "query" || value === "path" || value === "header" ? value : "body";
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | null {
  const member = memberOf(value, name);
  return typeof member === "string" ? member : null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
