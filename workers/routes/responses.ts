import type { z } from "zod";
import { vendorErrorSchema, vendorValidationErrorSchema } from "../../schema/contracts/errors.ts";

/** Answers as the OpenAPI document describes them, for paths in the vendor's shapes. */

export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } } as const;
}

const error = (description: string) => json(vendorErrorSchema, description);

/** Every path behind an API key. */
export const keyErrors = {
  401: error("No API key, or one that is wrong, revoked or expired."),
  422: json(vendorValidationErrorSchema, "The request is not valid."),
  503: error("Not answered at the moment; `Retry-After` says when to try again."),
} as const;

export const notFoundError = { 404: error("There is none that this key may see.") } as const;
export const conflictError = { 409: error("Calls could not be told apart.") } as const;
export const cursorError = { 400: error("The cursor does not fit.") } as const;
