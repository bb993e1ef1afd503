import { z } from "zod";
import { isVendorPath } from "../errors/problem.ts";

/** What every route does without saying so: identifiers of requests, refusals of keys and limits, faults. */

const METHODS = ["get", "put", "post", "delete", "patch"] as const;

const responseSchema = z.looseObject({
  description: z.string(),
  headers: z.record(z.string(), z.unknown()).optional(),
  content: z.record(z.string(), z.unknown()).optional(),
});

const parameterSchema = z.looseObject({
  name: z.string(),
  in: z.enum(["query", "path", "header", "cookie"]),
  description: z.string().optional(),
  required: z.boolean().optional(),
  schema: z.looseObject({}).optional(),
});

export const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()).min(1),
  summary: z.string().optional(),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(parameterSchema).optional(),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) })
    .optional(),
  responses: z.record(z.string(), z.union([z.strictObject({ $ref: z.string() }), responseSchema])),
});
export type Operation = z.infer<typeof operationSchema>;

/** Of one path, by method; other members of a path item are not used. */
export const pathItemSchema = z.partialRecord(z.enum(METHODS), operationSchema);

/** The refusals that belong to no single route, by status. */
const REFUSALS = {
  400: { name: "MalformedBody", description: "The body cannot be read." },
  401: {
    name: "NotAuthenticated",
    description: "No key, or one that is wrong, revoked or expired.",
  },
  403: { name: "NotAllowed", description: "The key may not do this." },
  404: { name: "NotFound", description: "There is none that this key may see." },
  412: {
    name: "PreconditionFailed",
    description: "It is not as `If-Match` says; nothing was written.",
  },
  413: { name: "BodyTooLarge", description: "The body is too large." },
  415: { name: "UnsupportedMediaType", description: "The body is declared as something else." },
  422: { name: "InvalidRequest", description: "The request is not valid." },
  429: {
    name: "TooManyRequests",
    description: "More requests than this key may send; `Retry-After` says when to try again.",
  },
  500: { name: "Fault", description: "A fault of ours, logged under the answer's `Request-Id`." },
  503: {
    name: "Unavailable",
    description: "Not answered at the moment; `Retry-After` says when to try again.",
  },
} as const satisfies Record<number, { name: string; description: string }>;

const REQUEST_ID = { $ref: "#/components/headers/RequestId" } as const;
const LINK = { $ref: "#/components/headers/Link" } as const;
const RETRY_AFTER = { $ref: "#/components/headers/RetryAfter" } as const;

export const headerComponents = {
  Link: {
    description: 'Leads to the next page, `rel="next"`, while there is one (RFC 8288 §3).',
    schema: { type: "string" },
  },
  RequestId: {
    description: "Names the request in our logs; quote it when you ask us about it.",
    schema: { type: "string" },
  },
  RetryAfter: {
    description: "Seconds until the request may succeed (RFC 9110 §10.2.3).",
    schema: { type: "integer" },
  },
} as const;

/** Each refusal in both shapes: `Vendor…` below `/v1/convai` and `/v1/workspace`. */
export function responseComponents(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(REFUSALS).flatMap(([status, { name, description }]) =>
      [true, false].map((isVendor) => [
        isVendor ? `Vendor${name}` : name,
        {
          description,
          headers: headersOf(status),
          content: isVendor
            ? { "application/json": { schema: vendorShape(status) } }
            : { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      ]),
    ),
  );
}

function vendorShape(status: string): { readonly $ref: string } {
  const name = status === "422" ? "VendorValidationError" : "VendorError";
  return { $ref: `#/components/schemas/${name}` };
}

/** Adds to an operation what holds for all of its kind; what it says itself stays. */
export function completeOperation(path: string, operation: Operation): Operation {
  const prefix = isVendorPath(path) ? "Vendor" : "";
  const responses: Operation["responses"] = {};
  for (const [status, response] of Object.entries(operation.responses)) {
    responses[status] =
      "$ref" in response
        ? response
        : { ...response, headers: { ...response.headers, ...headersOf(status) } };
  }
  const page = responses[200];
  if (isLinked(path, operation) && page !== undefined && !("$ref" in page)) {
    responses[200] = { ...page, headers: { ...page.headers, Link: LINK } };
  }
  for (const status of impliedStatuses(path, operation)) {
    responses[status] ??= { $ref: `#/components/responses/${prefix}${REFUSALS[status].name}` };
  }
  const parameters = operation.parameters?.map(withoutNull);
  return {
    ...operation,
    summary: operation.summary ?? sentenceOf(operation.operationId),
    ...(parameters === undefined ? {} : { parameters }),
    responses,
  };
}

/** Pages of our own; the vendor's lead on by their cursor alone. */
function isLinked(path: string, { parameters = [] }: Operation): boolean {
  return (
    !isVendorPath(path) && parameters.some((one) => one.in === "query" && one.name === "cursor")
  );
}

function headersOf(status: string): Record<string, unknown> {
  const mayRetry = status === "429" || status === "503";
  return { "Request-Id": REQUEST_ID, ...(mayRetry ? { "Retry-After": RETRY_AFTER } : {}) };
}

function impliedStatuses(path: string, operation: Operation): (keyof typeof REFUSALS)[] {
  return [
    ...bodyStatuses(operation),
    ...credentialStatuses(operation),
    ...(path.includes("{") ? ([404] as const) : []),
    500,
    503,
  ];
}

/** What is no JSON cannot be malformed JSON. */
function bodyStatuses({ requestBody }: Operation): readonly (400 | 413 | 415)[] {
  if (requestBody === undefined) return [];
  return requestBody.content["application/json"] === undefined ? [413, 415] : [400, 413, 415];
}

/** An API key has scopes and a quota; the operator token has neither. */
function credentialStatuses({ security }: Operation): readonly (401 | 403 | 422 | 429)[] {
  if (security?.length === 0) return [];
  const isOperators = security?.some((one) => "operatorToken" in one) === true;
  return isOperators ? [401, 422] : [401, 403, 422, 429];
}

/** A parameter has no null: the generator means that what is coerced may have been anything. */
function withoutNull(parameter: z.infer<typeof parameterSchema>) {
  const type = parameter.schema?.["type"];
  if (!Array.isArray(type)) return parameter;
  const [first, ...others] = type.filter((one) => one !== "null");
  return { ...parameter, schema: { ...parameter.schema, type: others.length > 0 ? type : first } };
}

/** `listPhoneNumbers` is "List phone numbers". */
function sentenceOf(operationId: string): string {
  const words = operationId.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
