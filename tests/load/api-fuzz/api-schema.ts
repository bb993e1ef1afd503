import { z } from "zod";

/** The API's own document, as a fuzzer reads it. */

const schemaSchema = z.looseObject({});
export type JsonSchema = z.infer<typeof schemaSchema>;

const contentSchema = z.record(z.string(), z.object({ schema: schemaSchema.optional() }));
const responseSchema = z.object({ content: contentSchema.optional() });

const operationSchema = z.object({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(["query", "path", "header"]),
        required: z.boolean().optional(),
        schema: schemaSchema,
      }),
    )
    .default([]),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), responseSchema])),
});

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({
    schemas: z.record(z.string(), schemaSchema),
    responses: z.record(z.string(), responseSchema),
  }),
});

export interface ApiOperation extends z.infer<typeof operationSchema> {
  readonly path: string;
  /** In upper case. */
  readonly method: string;
}

export interface ApiSchema {
  readonly operations: readonly ApiOperation[];
  /** Follows references; the schema itself where there is none. */
  resolve(schema: JsonSchema): JsonSchema;
  /** Null: the answer is one that the document describes; else what is wrong with it. */
  checkAnswer(
    operation: ApiOperation,
    status: number,
    contentType: string,
    body: unknown,
  ): string | null;
}

export function readApiSchema(json: unknown): ApiSchema {
  const document = documentSchema.parse(json);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
    })),
  );
  // zod knows references within one schema only.
  const $defs = z
    .record(z.string(), schemaSchema)
    .parse(
      JSON.parse(
        JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
      ),
    );
  const parsers = new Map<JsonSchema, z.ZodType>();
  const parserOf = (schema: JsonSchema): z.ZodType => {
    const known = parsers.get(schema);
    if (known !== undefined) return known;
    const own: object = JSON.parse(
      JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/"),
    );
    const parser = z.fromJSONSchema({ ...own, $defs });
    parsers.set(schema, parser);
    return parser;
  };
  return {
    operations,
    resolve(schema) {
      const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema["$ref"] ?? ""))?.[1];
      return name === undefined ? schema : (document.components.schemas[name] ?? {});
    },
    checkAnswer(operation, status, contentType, body) {
      const response = operation.responses[status];
      if (response === undefined) return `status ${status} is not in the document`;
      const name = "$ref" in response ? (response.$ref.split("/").at(-1) ?? "") : null;
      const described = "$ref" in response ? document.components.responses[name ?? ""] : response;
      const content = described?.content;
      if (content === undefined) return null;
      const type = contentType.split(";")[0]?.trim() ?? "";
      const media = content[type];
      if (media === undefined) return `content type ${type} is not in the document for ${status}`;
      if (!type.endsWith("json") || media.schema === undefined) return null;
      const parsed = parserOf(media.schema).safeParse(body);
      return parsed.success
        ? null
        : `the answer is not of its schema: ${z.prettifyError(parsed.error)}`;
    },
  };
}
