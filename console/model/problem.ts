/** What went wrong with a request, in one form for both shapes of error answers and for no answer at all. */

export interface FieldProblem {
  /** RFC 6901 pointer into what was sent. */
  readonly pointer: string;
  readonly detail: string;
  /** A value that would pass. */
  readonly hint: string | null;
}

export type ProblemKind =
  | "offline"
  | "slow"
  | "signed_out"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "invalid"
  | "too_fast"
  | "fault"
  | "unavailable"
  | "refused";

/** Thrown by every request that was not answered as it should be. */
export class ApiProblem extends Error {
  readonly kind: ProblemKind;
  /** 0: there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  readonly fields: readonly FieldProblem[];
  readonly requestId: string | null;
  readonly retryAfterSecs: number | null;

  constructor(
    parts: {
      readonly kind: ProblemKind;
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly hint?: string | null;
      readonly fields?: readonly FieldProblem[];
      readonly requestId?: string | null;
      readonly retryAfterSecs?: number | null;
    },
    options?: ErrorOptions,
  ) {
    super(parts.detail, options);
    this.name = "ApiProblem";
    this.kind = parts.kind;
    this.status = parts.status;
    this.code = parts.code;
    this.hint = parts.hint ?? null;
    this.fields = parts.fields ?? [];
    this.requestId = parts.requestId ?? null;
    this.retryAfterSecs = parts.retryAfterSecs ?? null;
  }
}

const KINDS: Readonly<Record<number, ProblemKind>> = {
  401: "signed_out",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  412: "conflict",
  422: "invalid",
  429: "too_fast",
  500: "fault",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

/** Codes of 503 that tell a fact and no outage: asking again soon would change nothing. */
const SETTLED: ReadonlySet<string> = new Set(["no_ranges"]);

/** Of an answer that is an error; `body` is its JSON, or undefined when it was none. */
export function problemOf(status: number, headers: Headers, body: unknown): ApiProblem {
  const told = toldIn(status, body);
  return new ApiProblem({
    ...told,
    kind: SETTLED.has(told.code) ? "not_found" : kindOf(status),
    status,
    requestId: headers.get("request-id"),
    retryAfterSecs: secondsOf(headers.get("retry-after")),
  });
}

function kindOf(status: number): ProblemKind {
  return KINDS[status] ?? (status >= 500 ? "fault" : "refused");
}

interface Told {
  readonly code: string;
  readonly detail: string;
  readonly hint?: string | null;
  readonly fields?: readonly FieldProblem[];
}

/** What the body says, in either shape. */
function toldIn(status: number, body: unknown): Told {
  const detail = member(body, "detail");
  if (Array.isArray(detail)) {
    const fields = detail.map(vendorField);
    const [only] = fields;
    return {
      code: "validation_failed",
      detail:
        fields.length === 1 && only !== undefined ? only.detail : "Some fields would not pass.",
      fields,
    };
  }
  if (typeof detail === "string") {
    const errors = member(body, "errors");
    return {
      code: text(member(body, "code")) ?? `http_${status}`,
      detail,
      hint: text(member(body, "hint")),
      fields: Array.isArray(errors) ? errors.map(ownField) : [],
    };
  }
  return {
    code: text(member(detail, "status")) ?? `http_${status}`,
    detail: text(member(detail, "message")) ?? `The server answered with ${status}.`,
  };
}

function vendorField(value: unknown): FieldProblem {
  const loc = member(value, "loc");
  const path = Array.isArray(loc) ? loc.slice(1).map(String) : [];
  return {
    pointer: path.map((part) => `/${part}`).join(""),
    detail: text(member(value, "msg")) ?? "This would not pass.",
    hint: text(member(value, "hint")),
  };
}

function ownField(value: unknown): FieldProblem {
  return {
    pointer: text(member(value, "pointer")) ?? "",
    detail: text(member(value, "detail")) ?? "This would not pass.",
    hint: text(member(value, "hint")),
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null;
}

/** The heading of a notice: what happened, and to whom it is to look. */
export function titleOf(problem: ApiProblem): string {
  switch (problem.kind) {
    case "offline":
      return "The server cannot be reached";
    case "slow":
      return "The server did not answer in time";
    case "signed_out":
      return "You are signed out";
    case "forbidden":
      return "This key is not allowed to do that";
    case "not_found":
      return "There is nothing here";
    case "conflict":
      return "This does not fit what is there";
    case "invalid":
      return "Something has to be changed first";
    case "too_fast":
      return problem.retryAfterSecs === null
        ? "Too many requests: try again shortly"
        : `Too many requests: try again in ${problem.retryAfterSecs} s`;
    case "fault":
      return "Something failed on our side";
    case "unavailable":
      return "The service cannot answer at the moment";
    case "refused":
      return "This was refused";
    default:
      return problem.kind satisfies never;
  }
}

/** Whether the same request may well pass later, so that it is worth asking again by itself. */
export function isPassing(problem: ApiProblem): boolean {
  return ["offline", "slow", "too_fast", "fault", "unavailable"].includes(problem.kind);
}

/** What a field is told: the first problem at the pointer or below it. */
export function fieldProblem(
  problem: ApiProblem | null,
  pointer: string,
): { readonly detail: string; readonly hint: string | null } | null {
  return (
    problem?.fields.find((field) => field.pointer === pointer) ??
    problem?.fields.find((field) => field.pointer.startsWith(`${pointer}/`)) ??
    null
  );
}
