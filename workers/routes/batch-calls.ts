import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  batchCallDetailSchema,
  batchCallPageSchema,
  batchCallQuerySchema,
  batchCallSchema,
  batchCallTableQuerySchema,
  submitBatchCallSchema,
} from "../../schema/contracts/batch-call.ts";
import { IDEMPOTENT_REPLAYED_HEADER } from "../../schema/contracts/idempotency.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { pokeDialers } from "../hub/objects.ts";
import { cancelBatchCall, removeBatchCall, retryBatchCall } from "../services/change-batch-call.ts";
import { createOnce } from "../services/create-once.ts";
import { exportBatchCall, pageBatchCalls, readBatchCall } from "../services/read-batch-calls.ts";
import { readRecipientTable } from "../services/recipient-table.ts";
import { placeInBody, submitBatchCall } from "../services/submit-batch-call.ts";
import { answerOnce, createdOnce, idempotencyRequest, inProgressError } from "./idempotency.ts";
import {
  bodyErrors,
  cursorError,
  json,
  keyErrors,
  notFoundError,
  ownBytesErrors,
  ownKeyErrors,
  ownNotFoundError,
} from "./responses.ts";

const tags = ["batch calls"];
const PREFIX = "/v1/convai/batch-calling";
const params = z.object({ batch_id: z.string() });
const csv = { "text/csv": { schema: z.string() } } as const;
const stateError = {
  409: json(
    z.looseObject({}),
    "The batch is in another state, or a request with the same key is being worked on.",
  ),
} as const;

const submit = createRoute({
  method: "post",
  path: `${PREFIX}/submit`,
  operationId: "submitBatchCall",
  tags,
  request: {
    ...idempotencyRequest,
    body: { required: true, content: { "application/json": { schema: submitBatchCallSchema } } },
  },
  responses: {
    200: createdOnce(batchCallSchema, "Stored: it begins at its time, or at once."),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
    ...inProgressError,
  },
});

const submitTable = createRoute({
  method: "post",
  path: "/v1/batch-calls",
  operationId: "submitBatchCallTable",
  tags,
  request: {
    ...idempotencyRequest,
    query: batchCallTableQuerySchema,
    body: { required: true, content: csv },
  },
  responses: {
    200: createdOnce(batchCallSchema, "Stored: it begins at its time, or at once."),
    ...ownKeyErrors,
    ...ownBytesErrors,
    ...ownNotFoundError,
  },
});

const list = createRoute({
  method: "get",
  path: `${PREFIX}/workspace`,
  operationId: "listBatchCalls",
  tags,
  request: { query: batchCallQuerySchema },
  responses: { 200: json(batchCallPageSchema, "Newest first."), ...keyErrors, ...cursorError },
});

const get = createRoute({
  method: "get",
  path: `${PREFIX}/{batch_id}`,
  operationId: "getBatchCall",
  tags,
  request: { params },
  responses: {
    200: json(batchCallDetailSchema, "The batch with its recipients."),
    ...keyErrors,
    ...notFoundError,
  },
});

const remove = createRoute({
  method: "delete",
  path: `${PREFIX}/{batch_id}`,
  operationId: "deleteBatchCall",
  tags,
  request: { params },
  responses: {
    204: { description: "Removed with its recipients; conversations stay." },
    ...keyErrors,
    ...notFoundError,
  },
});

const cancel = createRoute({
  method: "post",
  path: `${PREFIX}/{batch_id}/cancel`,
  operationId: "cancelBatchCall",
  tags,
  request: { params },
  responses: {
    200: json(batchCallSchema, "Nobody else is called; calls that were dispatched go on."),
    ...keyErrors,
    ...notFoundError,
    ...stateError,
  },
});

const retry = createRoute({
  method: "post",
  path: `${PREFIX}/{batch_id}/retry`,
  operationId: "retryBatchCall",
  tags,
  request: { ...idempotencyRequest, params },
  responses: {
    200: createdOnce(batchCallSchema, "Whoever could not be reached is called again."),
    ...keyErrors,
    ...notFoundError,
    ...stateError,
  },
});

const exportCsv = createRoute({
  method: "get",
  path: `${PREFIX}/{batch_id}/export`,
  operationId: "exportBatchCall",
  tags,
  request: { params },
  responses: {
    200: { description: "Batch call results CSV.", content: csv },
    ...keyErrors,
    ...notFoundError,
    ...stateError,
  },
});

export function registerBatchCallRoutes(app: App, deps: AppDeps): void {
  const dial = (c: Context<AppEnv>): void => {
    const { workspaceId } = c.get("principal");
    c.executionCtx.waitUntil(pokeDialers(c.env, deps.config.residency, [workspaceId]));
  };

  app.openapi(submit, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const input = c.req.valid("json");
    const view = await answerOnce(deps, c, key, batchCallSchema, (keep) =>
      submitBatchCall(deps, c.get("principal"), input, placeInBody, keep),
    );
    dial(c);
    return c.json(view, 200);
  });

  app.openapi(submitTable, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const principal = c.get("principal");
    const text = await c.req.text();
    const { input, placeOf } = unwrap(readRecipientTable(c.req.valid("query"), text));
    const created = unwrap(
      await createOnce(
        deps,
        {
          workspaceId: principal.workspaceId,
          operation: `${c.req.method} ${c.req.path}`,
          key,
          // The query is as much of the request as its body.
          body: `${new URL(c.req.url).search}\n${text}`,
        },
        batchCallSchema,
        (keep) => submitBatchCall(deps, principal, input, placeOf, keep),
      ),
    );
    if (created.isReplayed) c.header(IDEMPOTENT_REPLAYED_HEADER, "true");
    dial(c);
    return c.json(created.value, 200);
  });

  app.openapi(list, async (c) =>
    c.json(unwrap(await pageBatchCalls(deps, c.get("principal"), c.req.valid("query"))), 200),
  );

  app.openapi(get, async (c) => {
    const { batch_id: id } = c.req.valid("param");
    return c.json(unwrap(await readBatchCall(deps, c.get("principal"), id)), 200);
  });

  app.openapi(remove, async (c) => {
    const { batch_id: id } = c.req.valid("param");
    unwrap(await removeBatchCall(deps, c.get("principal"), id));
    return c.body(null, 204);
  });

  app.openapi(cancel, async (c) => {
    const { batch_id: id } = c.req.valid("param");
    return c.json(unwrap(await cancelBatchCall(deps, c.get("principal"), id)), 200);
  });

  app.openapi(retry, async (c) => {
    const { batch_id: id } = c.req.valid("param");
    const { "idempotency-key": key } = c.req.valid("header");
    const view = await answerOnce(deps, c, key, batchCallSchema, (keep) =>
      retryBatchCall(deps, c.get("principal"), id, keep),
    );
    dial(c);
    return c.json(view, 200);
  });

  app.openapi(exportCsv, async (c) => {
    const { batch_id: id } = c.req.valid("param");
    const table = unwrap(await exportBatchCall(deps, c.get("principal"), id));
    return c.body(table, 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${id}.csv"`,
    });
  });
}
