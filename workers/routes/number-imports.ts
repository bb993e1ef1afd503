import { createRoute, z } from "@hono/zod-openapi";
import {
  importQuerySchema,
  importResultSchema,
  MAX_IMPORT_BYTES,
  MAX_IMPORT_LINE_BYTES,
} from "../../schema/contracts/number-import.ts";
import type { App, AppDeps } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";
import { importNumbers } from "../services/import-numbers.ts";
import { NdjsonLines } from "../services/ndjson-lines.ts";
import { idempotencyRequest } from "./idempotency.ts";
import { ownKeyErrors, ownProblem } from "./responses.ts";

/** A string to the compiler: by its name it would be taken for one JSON value, which is answered in another way. */
const MEDIA_TYPE: string = "application/x-ndjson";
const NDJSON = /^application\/(x-ndjson|ndjson|jsonl|x-jsonlines)\s*(;|$)/i;

const importFile = createRoute({
  method: "post",
  path: "/v1/phone-numbers/import",
  operationId: "importPhoneNumbers",
  tags: ["phone numbers"],
  request: {
    ...idempotencyRequest,
    query: importQuerySchema,
    body: {
      required: true,
      description: "A line for each number, as `POST /v1/convai/phone-numbers` takes it.",
      content: { [MEDIA_TYPE]: { schema: z.string() } },
    },
  },
  responses: {
    200: {
      description:
        "A `NumberImportResult` a line for each row, in their order and as soon as it is known.",
      content: { [MEDIA_TYPE]: { schema: z.string() } },
    },
    ...ownKeyErrors,
    413: ownProblem("The file is too large."),
    415: ownProblem("The body is not declared as lines of JSON."),
  },
});

/** Many numbers in one request, streamed both ways. */
export function registerNumberImportRoutes(app: App, deps: AppDeps): void {
  // Made again here: the registry names only what was made since it is there.
  const result = z.union(importResultSchema.options);
  app.openAPIRegistry.register("NumberImportResult", result);
  app.openapi(importFile, (c) => {
    if (!NDJSON.test(c.req.header("content-type") ?? "")) {
      throw new RequestRefused({
        status: 415,
        code: "unsupported_media_type",
        detail: "The body is not declared as lines of JSON.",
        hint: `content-type: ${MEDIA_TYPE}`,
      });
    }
    if (Number(c.req.header("content-length") ?? 0) > MAX_IMPORT_BYTES) {
      const detail = `The body is larger than ${MAX_IMPORT_BYTES} bytes.`;
      throw new RequestRefused({ status: 413, code: "body_too_large", detail });
    }
    const lines = new NdjsonLines(c.req.raw.body ?? new Blob([]).stream(), {
      maxBytes: MAX_IMPORT_BYTES,
      maxLineBytes: MAX_IMPORT_LINE_BYTES,
    });
    const run = {
      principal: c.get("principal"),
      key: c.req.valid("header")["idempotency-key"],
      splitsAddresses: c.req.valid("query").split_addresses,
      requestId: c.get("requestId"),
      origin: new URL(c.req.url).origin,
    };
    return c.body(textOf(importNumbers(deps, run, lines)), 200, { "content-type": MEDIA_TYPE });
  });
}

/** Line by line, as fast as they are taken. */
function textOf(
  parts: AsyncGenerator<readonly z.infer<typeof importResultSchema>[]>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done === true) controller.close();
      else
        controller.enqueue(encoder.encode(value.map((one) => `${JSON.stringify(one)}\n`).join("")));
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}
