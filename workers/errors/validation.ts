import type { Context } from "hono";
import type { z } from "zod";
import { pointerOf } from "./problem.ts";
import { type RefusedField, RequestRefused } from "./refusal.ts";

interface ValidationResult {
  readonly success: boolean;
  readonly target: string;
  readonly data?: unknown;
  readonly error?: z.ZodError | z.core.$ZodError;
}

const LOCATIONS: Readonly<Record<string, RefusedField["location"]>> = {
  query: "query",
  param: "path",
  header: "header",
};

/**
 * The one hook between zod and clients: every wrong place of the request at once, as a 422.
 * @throws RequestRefused
 */
export function validationHook(result: ValidationResult, _c: Context): undefined {
  if (result.success || result.error === undefined) return undefined;
  const location = LOCATIONS[result.target];
  const errors = refusedFields(result.error, result.data).map((field) =>
    location === undefined ? field : { ...field, location },
  );
  throw new RequestRefused({
    status: 422,
    code: "validation_failed",
    detail: "The request is not valid.",
    errors,
  });
}

/** Every wrong place of what was parsed. */
export function refusedFields(
  error: z.ZodError | z.core.$ZodError,
  data: unknown,
): readonly RefusedField[] {
  return error.issues.map((issue) => {
    const isMissing = valueAt(data, issue.path) === undefined;
    return {
      pointer: pointerOf(issue.path),
      code: isMissing ? "missing" : issue.code,
      detail: isMissing ? "Field required." : `${messageOf(issue)}.`,
    };
  });
}

/** Of a name that may not stand there, why. */
function messageOf(issue: z.core.$ZodIssue): string {
  const [why] = issue.code === "invalid_key" ? issue.issues : [];
  return why?.message ?? issue.message;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const segment of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Reflect.get(current, segment);
  }
  return current;
}
