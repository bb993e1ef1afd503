import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  batchCallDetailSchema,
  batchCallPageSchema,
  batchCallSchema,
  submitBatchCallSchema,
} from "../../schema/contracts/batch-call.ts";
import { suiteName } from "../support/skip.ts";

/** The shapes of batch calls, held to the vendor's own OpenAPI document. */

const DOCUMENT = "../shared/corpora/vendor-api/elevenlabs-telephony.openapi.json";
const missing = existsSync(DOCUMENT) ? null : `${DOCUMENT} is absent`;

interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

/** Members that are ours, beside the vendor's. */
const OURS: ReadonlySet<string> = new Set(["recipients[].attempts"]);

describe.skipIf(missing !== null)(suiteName("batch calls in the vendor's shapes", missing), () => {
  const vendor: { components: { schemas: Record<string, Shape> } } =
    missing === null ? JSON.parse(readFileSync(DOCUMENT, "utf8")) : { components: { schemas: {} } };

  const resolve = (shape: Shape): Shape =>
    shape.$ref === undefined
      ? shape
      : (vendor.components.schemas[shape.$ref.split("/").at(-1) ?? ""] ?? {});
  /** The shape beside null, and whether null is one of its values. */
  const open = (shape: Shape): { shape: Shape; isNullable: boolean } => {
    const resolved = resolve(shape);
    const options = (resolved.anyOf ?? [resolved]).map(resolve).flatMap((option) => {
      const { type } = option;
      return typeof type === "object" ? type.map((one) => ({ ...option, type: one })) : [option];
    });
    const others = options.filter(({ type }) => type !== "null");
    return { shape: others[0] ?? {}, isNullable: others.length < options.length };
  };

  /** What of an answer of ours is not what the vendor says its answers are. */
  function differences(ours: Shape, theirs: Shape, path: string): string[] {
    const [mine, yours] = [open(ours), open(theirs)];
    const found: string[] = [];
    if (mine.isNullable && !yours.isNullable) found.push(`${path}: null`);
    // Nothing but null: what we never have.
    if (mine.shape.type === undefined && mine.isNullable) return found;
    if (mine.shape.type !== yours.shape.type) {
      return [...found, `${path}: ${mine.shape.type}, not ${yours.shape.type}`];
    }
    const values = mine.shape.enum ?? (mine.shape.const === undefined ? [] : [mine.shape.const]);
    for (const value of values) {
      if (yours.shape.enum?.includes(value) !== true) found.push(`${path}: ${value}`);
    }
    if (mine.shape.items !== undefined) {
      found.push(...differences(mine.shape.items, yours.shape.items ?? {}, `${path}[]`));
    }
    const members = mine.shape.properties ?? {};
    const named = yours.shape.properties;
    if (named === undefined) return found;
    for (const [name, member] of Object.entries(members)) {
      const at = path === "" ? name : `${path}.${name}`;
      const wanted = named[name];
      if (wanted !== undefined) found.push(...differences(member, wanted, at));
      else if (!OURS.has(at)) found.push(`${at}: unknown`);
    }
    for (const name of yours.shape.required ?? []) {
      if (mine.shape.required?.includes(name) !== true) found.push(`${path}.${name}: not there`);
    }
    return found;
  }

  // JSON Schema is what the Shape above reads.
  const answer = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "output" }) as Shape;

  it.each([
    ["BatchCallResponse", batchCallSchema],
    ["BatchCallDetailedResponse", batchCallDetailSchema],
    ["WorkspaceBatchCallsResponse", batchCallPageSchema],
  ])("%s has every member that the vendor promises, in its types and words", (name, schema) => {
    expect(differences(answer(schema), { $ref: name }, "")).toEqual([]);
  });

  it("statuses are the vendor's, all of them", () => {
    const { properties = {} } = answer(batchCallDetailSchema);
    const { schemas } = vendor.components;
    expect(properties["status"]?.enum).toEqual(schemas["BatchCallStatus"]?.enum);
    expect(properties["recipients"]?.items?.properties?.["status"]?.enum).toEqual(
      schemas["BatchCallRecipientStatus"]?.enum,
    );
  });

  it("a submission takes every member that the vendor's takes, and needs no other", () => {
    const ours = z.toJSONSchema(submitBatchCallSchema, {
      io: "input",
      unrepresentable: "any",
    }) as Shape;
    const theirs =
      vendor.components.schemas[
        "Body_Submit_a_batch_call_request__v1_convai_batch_calling_submit_post"
      ] ?? {};
    expect(Object.keys(ours.properties ?? {}).sort()).toEqual(
      Object.keys(theirs.properties ?? {}).sort(),
    );
    expect([...(ours.required ?? [])].sort()).toEqual([...(theirs.required ?? [])].sort());
    const recipient = vendor.components.schemas["OutboundCallRecipient"]?.properties ?? {};
    expect(Object.keys(ours.properties?.["recipients"]?.items?.properties ?? {}).sort()).toEqual(
      Object.keys(recipient).sort(),
    );
  });
});
