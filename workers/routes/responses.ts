import type { z } from "zod";
import {
  problemSchema,
  vendorErrorSchema,
  vendorValidationErrorSchema,
} from "../../schema/contracts/errors.ts";

/** Answers as the OpenAPI document describes them, for paths in the vendor's shapes. */

export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } } as const;
}

const error = (description: string) => json(vendorErrorSchema, description);

export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/** Every path behind an API key. */
export const keyErrors = {
  401: error("No API key, or one that is wrong, revoked or expired."),
  403: error("The key lacks the scope, or may not be used from here."),
  429: error("The key has used up its requests of this window; `Retry-After` says when to go on."),
  422: json(vendorValidationErrorSchema, "The request is not valid."),
  500: error("A fault of ours, logged under the answer's `Request-Id`."),
  503: error("Not answered at the moment; `Retry-After` says when to try again."),
} as const;

/** Every path that reads a body. */
export const bodyErrors = {
  400: error("The body is not JSON."),
  413: error("The body is too large."),
  415: error("The body is not declared as JSON."),
} as const;

/** Every path that reads another body than JSON. */
export const bytesErrors = {
  413: error("The body is too large."),
  415: error("The body is declared as something that is not taken here."),
} as const;

/** As above, where errors are RFC 9457. */
const problem = (description: string) =>
  ({ description, content: { "application/problem+json": { schema: problemSchema } } }) as const;

export const ownProblem = problem;

/** Every path behind the operator token; what is said of a body, the document adds where there is one. */
export const operatorErrors = {
  401: problem("No operator token, or another one."),
  422: problem("The request is not valid."),
  500: problem("A fault of ours, logged under the answer's `Request-Id`."),
  503: problem("Not answered at the moment; `Retry-After` says when to try again."),
} as const;

/** Every path of our own surface behind an API key. */
export const ownKeyErrors = {
  401: problem("No API key, or one that is wrong, revoked or expired."),
  403: problem("The key lacks the scope, or may not be used from here."),
  429: problem(
    "The key has used up its requests of this window; `Retry-After` says when to go on.",
  ),
  422: problem("The request is not valid."),
  500: problem("A fault of ours, logged under the answer's `Request-Id`."),
  503: problem("Not answered at the moment; `Retry-After` says when to try again."),
} as const;

/** Every path of our own surface that reads a body. */
export const ownBodyErrors = {
  400: problem("The body is not JSON."),
  413: problem("The body is too large."),
  415: problem("The body is not declared as JSON."),
} as const;

/** Every path of our own surface that reads another body than JSON, or none. */
export const ownBytesErrors = {
  413: problem("The body is too large."),
  415: problem("The body is declared as something that is not taken here."),
} as const;

export const ownConflictError = {
  409: problem("It is not as this needs it; `code` says why."),
} as const;
export const ownNotFoundError = {
  404: problem("There is none that this key may see."),
} as const;
export const cursorProblem = { 400: problem("The cursor does not fit.") } as const;

export const hostLabelError = { 409: problem("The host label is taken.") } as const;
export const noConversationError = {
  404: problem("There is no such conversation that this key may see."),
} as const;
export const noWorkspaceError = { 404: problem("There is no such workspace.") } as const;

export const noRangeError = { 404: problem("There is no such range.") } as const;
export const rangeConflict = {
  409: problem("The block does not allow it now; `code` and `hint` say what would pass."),
} as const;

export const notFoundError = { 404: error("There is none that this key may see.") } as const;
export const tooFastError = {
  429: error("More calls a second than this key may order; `Retry-After` says when to try again."),
} as const;
export const signedUrlError = {
  400: error("The agent has none, or its platform has given none; the message says which."),
} as const;
export const conflictError = { 409: error("Calls could not be told apart.") } as const;
export const cursorError = { 400: error("The cursor does not fit.") } as const;
