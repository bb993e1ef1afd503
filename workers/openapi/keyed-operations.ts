import { requiredScope } from "../auth/route-scopes.ts";
import { isVendorPath } from "../errors/problem.ts";
import type { Operation } from "./complete-operations.ts";

/** What holds for every operation behind an API key without its route saying so: scope, entity tags, preconditions. */

const ETAG = { ETag: { $ref: "#/components/headers/ETag" } } as const;

export const tagHeaderComponents = {
  ETag: {
    description: "A strong entity tag, for `If-None-Match` and `If-Match` (RFC 9110 §8.8.3).",
    schema: { type: "string" },
  },
} as const;

/** Adds them to one of that kind; what it says itself stays. */
export function describeKeyed(method: string, path: string, operation: Operation): Operation {
  if (operation.security !== undefined) return operation;
  const scope = requiredScope(method.toUpperCase(), path);
  // A key with every scope has them all: no other may use what has none of its own.
  const scopes = scope === "any" ? [] : [scope ?? "*"];
  const scoped = { ...operation, security: [{ apiKey: scopes }, { bearerApiKey: scopes }] };
  return method === "get" ? withTag(scoped) : method === "post" ? scoped : withMatch(path, scoped);
}

/** The scope that a key needs, by the document; null: none, or the operation is not for API keys. */
export function scopeOf(operation: Operation): string | null {
  return operation.security?.find((one) => "apiKey" in one)?.["apiKey"]?.[0] ?? null;
}

function withTag(operation: Operation): Operation {
  const { 200: answer, ...others } = operation.responses;
  if (answer === undefined || "$ref" in answer) return operation;
  if (answer.content?.["application/json"] === undefined) return operation;
  return {
    ...operation,
    parameters: [
      ...(operation.parameters ?? []),
      header("if-none-match", "The tag of what the client has: 304 while it is the same."),
    ],
    responses: {
      ...others,
      200: { ...answer, headers: { ...answer.headers, ...ETAG } },
      304: { description: "It is what `If-None-Match` names.", headers: { ...ETAG } },
    },
  };
}

function withMatch(path: string, operation: Operation): Operation {
  const name = isVendorPath(path) ? "VendorPreconditionFailed" : "PreconditionFailed";
  return {
    ...operation,
    parameters: [
      ...(operation.parameters ?? []),
      header(
        "if-match",
        "The tag of what is to be changed: 412, and nothing is written, once it is another.",
      ),
    ],
    responses: { ...operation.responses, 412: { $ref: `#/components/responses/${name}` } },
  };
}

function header(name: string, description: string): NonNullable<Operation["parameters"]>[number] {
  return { name, in: "header", required: false, description, schema: { type: "string" } };
}
