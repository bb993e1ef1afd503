import { z } from "zod";

/** A JSON schema as rows that people read: one for the whole, one for each member below it. */
export interface SchemaRow {
  /** `a.b[].c`; "" is the whole. */
  readonly path: string;
  /** Type, bounds and choices in words. */
  readonly form: string;
  readonly isRequired: boolean;
}

const MAX_DEPTH = 6;

const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
});
type Schema = z.infer<typeof schemaSchema>;

const BOUNDS = [
  ["minimum", "at least"],
  ["maximum", "at most"],
  ["exclusiveMinimum", "above"],
  ["minLength", "least length"],
  ["maxLength", "greatest length"],
  ["maxItems", "most items"],
  ["pattern", "pattern"],
  ["format", "format"],
  ["default", "default"],
] as const;

export function schemaRows(value: unknown): SchemaRow[] {
  return rowsOf(value, "", true, 0);
}

function rowsOf(value: unknown, path: string, isRequired: boolean, depth: number): SchemaRow[] {
  const parsed = schemaSchema.safeParse(value);
  if (!parsed.success) return [{ path, form: "anything", isRequired }];
  const schema = parsed.data;
  const own = { path, form: formOf(schema), isRequired };
  if (depth >= MAX_DEPTH) return [own];
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    rowsOf(
      member,
      path === "" ? name : `${path}.${name}`,
      schema.required?.includes(name) ?? false,
      depth + 1,
    ),
  );
  const items =
    schema.items === undefined ? [] : rowsOf(schema.items, `${path}[]`, true, depth + 1);
  // Of an element that is no object, all is said with the list.
  return [own, ...members, ...items.slice(1)];
}

function formOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined)
    return choices
      .map((one) => rowsOf(one, "", true, 0))
      .map(describe)
      .join(" or ");
  if (schema.enum !== undefined) {
    return [...schema.enum.map((one) => JSON.stringify(one)), ...boundsOf(schema)].join(", ");
  }
  const types = schema.type === undefined ? ["anything"] : [schema.type].flat();
  const of =
    schema.items === undefined ? "" : ` of ${rowsOf(schema.items, "", true, 0)[0]?.form ?? ""}`;
  return [
    types.map((type) => (type === "array" ? `list${of}` : type)).join(" or "),
    ...boundsOf(schema),
  ].join(", ");
}

function describe([whole, ...members]: SchemaRow[]): string {
  if (members.length === 0) return whole?.form ?? "anything";
  return `{ ${members.map(({ path, form }) => `${path}: ${form}`).join("; ")} }`;
}

function boundsOf(schema: Schema): string[] {
  return BOUNDS.flatMap(([key, words]) =>
    schema[key] === undefined ? [] : [`${words} ${JSON.stringify(schema[key])}`],
  );
}
