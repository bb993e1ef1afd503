import fc from "fast-check";
import type { ApiOperation, ApiSchema, JsonSchema } from "./api-schema.ts";

/** Requests made of the document: most of them right, some wrong in one place, a few wrong altogether. */

export interface FuzzRequest {
  readonly operation: ApiOperation;
  /** Of path parameters: which of the things that exist, or a text. */
  readonly pathValues: Readonly<Record<string, number | string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly credential: "right" | "none" | "wrong";
  /** Absent: no body. */
  readonly body?: { readonly type: string; readonly content: unknown; readonly isRaw: boolean };
}

const MAX_DEPTH = 5;

/** Values that say more than any that a form alone would give. Nothing in them leads off this machine. */
const KNOWN: Readonly<Record<string, readonly unknown[]>> = {
  phone_number: ["+442071838750", "+4930901820", "02071838750", "1000", "sip:1000@pbx.invalid"],
  to_number: ["+15005550100", "+442071838750", "1000"],
  called: ["+442071838750", "1000"],
  address: ["pbx.invalid", "pbx.invalid:5061", "127.0.0.1", "sip:pbx.invalid:5060;transport=tls"],
  allowed_addresses: [["203.0.113.7"], ["198.51.100.0/24"], ["pbx.invalid"]],
  remote_domains: [["pbx.invalid"]],
  webhook_url: ["https://hooks.invalid/x", "http://127.0.0.1:1/", "not a url"],
  url: ["wss://agent.invalid/x", "ws://127.0.0.1:1/", "https://hooks.invalid/x"],
  country: ["GB", "DE", "XX"],
  region: ["local"],
  prefix: ["185.203.113.0/24", "198.51.100.0/25", "2001:db8::/48"],
  destination: ["+442071838750", "sip:a@pbx.invalid"],
  transport: ["tcp", "tls", "auto"],
  cursor: ["", "x", "eyJrIjoiYSJ9"],
  timezone: ["Europe/Berlin", "Nowhere/None"],
};

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom(0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER),
  fc.constantFrom(
    "",
    " ",
    "\u0000",
    "\ud800",
    "😀",
    "x".repeat(5_000),
    "__proto__",
    "../..",
    "%",
    "'\"",
  ),
  fc.string({ maxLength: 20 }),
  fc.constantFrom([], {}, [[]], [null], { a: 1 }),
);

/** Any request of the API. */
export function anyRequest(api: ApiSchema): fc.Arbitrary<FuzzRequest> {
  return fc.constantFrom(...api.operations).chain((operation) => requestOf(api, operation));
}

function requestOf(api: ApiSchema, operation: ApiOperation): fc.Arbitrary<FuzzRequest> {
  const within = (place: "query" | "path" | "header") =>
    operation.parameters.filter((parameter) => parameter.in === place);
  const pathValues = fc.record(
    Object.fromEntries(within("path").map(({ name }) => [name, pathValue])),
  );
  const query = partial(
    within("query").map(({ name, required, schema }) => ({
      name,
      isRequired: required ?? false,
      value: mostly(valueFor(api, schema, name, 0)),
    })),
  );
  const headers = within("header").some(({ name }) => name === "idempotency-key")
    ? fc.constantFrom({}, {}, { "idempotency-key": "again" }, { "idempotency-key": '"bad' })
    : fc.constant({});
  const body = bodyOf(api, operation);
  return fc.record({
    operation: fc.constant(operation),
    pathValues,
    query,
    headers,
    credential: fc.oneof(
      { weight: 18, arbitrary: fc.constant("right" as const) },
      { weight: 1, arbitrary: fc.constantFrom("none" as const, "wrong" as const) },
    ),
    ...(body === null ? {} : { body }),
  });
}

/** Mostly one of the things that there are, counted through; else a text. */
const pathValue: fc.Arbitrary<number | string> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(20) },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom("%00", "..", "phnum_x", "a/b", "😀", "x".repeat(2_000)) },
);

function bodyOf(api: ApiSchema, { requestBody }: ApiOperation) {
  const [entry] = Object.entries(requestBody?.content ?? {});
  if (entry === undefined) return null;
  const [type, { schema = {} }] = entry;
  const right = valueFor(api, schema, "", 0).map((content) => ({
    type,
    content,
    isRaw: !type.endsWith("json"),
  }));
  const raw = fc.record({
    type: fc.constantFrom(type, "text/plain", ""),
    content: fc.constantFrom("", "{", "[]", "null", "\u0000", '{"a":1}', `${"[".repeat(100)}`),
    isRaw: fc.constant(true),
  });
  const other = junk.map((content) => ({ type, content, isRaw: false }));
  return fc.oneof(
    { weight: 16, arbitrary: right },
    { weight: 1, arbitrary: raw },
    { weight: 1, arbitrary: other },
  );
}

/** A value of the schema, in which now and then one is none. */
function valueFor(
  api: ApiSchema,
  given: JsonSchema,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> {
  const schema = api.resolve(given);
  const known = KNOWN[name];
  if (known !== undefined) return mostly(fc.constantFrom(...known));
  const choices = listOf(schema["anyOf"]) ?? listOf(schema["oneOf"]);
  if (choices !== null) return fc.oneof(...choices.map((one) => valueFor(api, one, name, depth)));
  const values = schema["enum"];
  if (Array.isArray(values)) return mostly(fc.constantFrom<unknown>(...values));
  const types = [schema["type"]].flat().filter((type) => typeof type === "string");
  if (types.length === 0 || depth > MAX_DEPTH) return junk;
  return mostly(fc.oneof(...types.map((type) => typed(api, type, schema, name, depth))));
}

function typed(
  api: ApiSchema,
  type: string,
  schema: JsonSchema,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> {
  const bound = (key: string, preset: number): number => {
    const value = schema[key];
    return typeof value === "number" ? value : preset;
  };
  switch (type) {
    case "object":
      return objectOf(api, schema, depth);
    case "array":
      return fc.array(valueFor(api, objectAt(schema, "items"), name, depth + 1), {
        minLength: Math.min(bound("minItems", 0), 3),
        maxLength: 3,
      });
    case "integer": {
      const min = Math.ceil(bound("minimum", -5));
      return fc.integer({ min, max: Math.max(min, Math.min(bound("maximum", 1_000), 100_000)) });
    }
    case "number": {
      const min = bound("minimum", bound("exclusiveMinimum", -5));
      return fc.integer({
        min: Math.ceil(min),
        max: Math.max(Math.ceil(min), Math.min(bound("maximum", 1_000), 1_000)),
      });
    }
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return textOf(schema, name);
  }
}

function textOf(schema: JsonSchema, name: string): fc.Arbitrary<unknown> {
  if (name.endsWith("_id") || name.endsWith("_ids"))
    return fc.nat(20).map((index) => new Existing(name, index));
  if (schema["format"] === "date-time")
    return fc.constantFrom("2026-11-22T00:00:00Z", "2030-01-01T00:00:00.000Z", "no");
  const { pattern } = schema;
  if (typeof pattern === "string") {
    try {
      return fc.stringMatching(new RegExp(pattern));
    } catch {
      // A form that the generator cannot make.
    }
  }
  const maxLength =
    typeof schema["maxLength"] === "number" ? Math.min(schema["maxLength"], 40) : 40;
  return fc.string({ minLength: schema["minLength"] === 1 ? 1 : 0, maxLength });
}

function objectOf(api: ApiSchema, schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const properties = objectAt(schema, "properties");
  const { required } = schema;
  const members = Object.keys(properties).map((name) => ({
    name,
    isRequired: Array.isArray(required) && required.includes(name),
    value: valueFor(api, objectAt(properties, name), name, depth + 1),
  }));
  const named = partial(members);
  if (schema["additionalProperties"] === undefined || schema["additionalProperties"] === false)
    return named;
  const others = objectAt(schema, "additionalProperties");
  const further = fc.dictionary(
    fc.constantFrom("a", "X-Trunkline", "x-a", "caller_name", "__proto__", "{{a}}"),
    valueFor(api, others, "", depth + 1),
    { maxKeys: 2 },
  );
  return fc.tuple(further, named).map(([some, all]) => ({ ...some, ...all }));
}

interface Member {
  readonly name: string;
  readonly isRequired: boolean;
  readonly value: fc.Arbitrary<unknown>;
}

/** Required members nearly always, others one time in three. */
function partial(members: readonly Member[]): fc.Arbitrary<Record<string, unknown>> {
  const parts = members.map(({ name, isRequired, value }) => {
    const absent = fc.constant([]);
    const present = value.map((one) => [[name, one] as const]);
    const weights = isRequired ? ([1, 40] as const) : ([2, 1] as const);
    return fc.oneof(
      { weight: weights[0], arbitrary: absent },
      { weight: weights[1], arbitrary: present },
    );
  });
  return fc.tuple(...parts).map((entries) => Object.fromEntries(entries.flat()));
}

function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary }, { weight: 1, arbitrary: junk });
}

/** Stands for the identifier of something that exists when the request is sent. */
export class Existing {
  readonly kind: string;
  readonly index: number;

  constructor(kind: string, index: number) {
    this.kind = kind;
    this.index = index;
  }
}

function objectAt(schema: JsonSchema, key: string): JsonSchema {
  const value = schema[key];
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function listOf(value: unknown): JsonSchema[] | null {
  return Array.isArray(value) ? value : null;
}
