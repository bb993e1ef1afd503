import { createRoute, z } from "@hono/zod-openapi";
import {
  changeRangeSchema,
  deprecateRangeSchema,
  proposeRangesSchema,
  rangesChangedSchema,
  rangesViewSchema,
  subscriptionsSchema,
} from "../../schema/contracts/network.ts";
import type { App, AppDeps } from "../app-type.ts";
import { requireOperator } from "../auth/require-operator.ts";
import { unwrap } from "../errors/refusal.ts";
import { changeBlock, listRanges, onRange } from "../services/change-ranges.ts";
import { activate, deprecate, propose, remove } from "../services/range-lifecycle.ts";
import { json, noRangeError, operatorErrors, rangeConflict } from "./responses.ts";

const RANGES = "/v1/admin/network/ranges";
const tags = ["network"];
const security = [{ operatorToken: [] }];
const params = z.object({ range_id: z.string() });
const changed = json(rangesChangedSchema, "What has changed, and the version that says so");

/** The operator's side of the address block: `/v1/admin/network/**`, and who follows the feed. */
export function registerNetworkAdminRoutes(app: App, deps: AppDeps): void {
  app.use("/v1/network/subscriptions", requireOperator(deps));

  app.openapi(
    createRoute({
      method: "get",
      path: RANGES,
      operationId: "listAddressRanges",
      ...{ tags, security },
      responses: {
        200: json(rangesViewSchema, "Every range, removed ones last"),
        ...operatorErrors,
      },
    }),
    async (c) => c.json(await listRanges(deps), 200),
  );

  app.openapi(
    createRoute({
      method: "post",
      path: RANGES,
      operationId: "proposeAddressRanges",
      ...{ tags, security },
      request: { body: jsonBody(proposeRangesSchema) },
      responses: { 201: changed, ...operatorErrors, ...rangeConflict },
    }),
    async (c) => {
      const request = c.req.valid("json");
      const done = await changeBlock(deps, (state, nowMs) => propose(state, request, nowMs));
      return c.json(unwrap(done), 201);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: `${RANGES}/{range_id}/activate`,
      operationId: "activateAddressRange",
      ...{ tags, security },
      request: { params, body: jsonBody(changeRangeSchema) },
      responses: { 200: changed, ...operatorErrors, ...rangeConflict, ...noRangeError },
    }),
    async (c) => {
      const request = c.req.valid("json");
      const decide = onRange(c.req.valid("param").range_id, (row, state, nowMs) =>
        activate(state, row, request, nowMs),
      );
      return c.json(unwrap(await changeBlock(deps, decide)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: `${RANGES}/{range_id}/deprecate`,
      operationId: "deprecateAddressRange",
      ...{ tags, security },
      request: { params, body: jsonBody(deprecateRangeSchema) },
      responses: { 200: changed, ...operatorErrors, ...rangeConflict, ...noRangeError },
    }),
    async (c) => {
      const request = c.req.valid("json");
      const decide = onRange(c.req.valid("param").range_id, (row, _state, nowMs) =>
        deprecate(row, request, nowMs),
      );
      return c.json(unwrap(await changeBlock(deps, decide)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: `${RANGES}/{range_id}/remove`,
      operationId: "removeAddressRange",
      ...{ tags, security },
      request: { params, body: jsonBody(changeRangeSchema) },
      responses: { 200: changed, ...operatorErrors, ...rangeConflict, ...noRangeError },
    }),
    async (c) => {
      const request = c.req.valid("json");
      const decide = onRange(c.req.valid("param").range_id, (row, state, nowMs) =>
        remove(state, row, request, nowMs),
      );
      return c.json(unwrap(await changeBlock(deps, decide)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/network/subscriptions",
      operationId: "listFeedSubscriptions",
      ...{ tags, security },
      responses: {
        200: json(subscriptionsSchema, "Who has fetched which version, the longest behind first"),
        ...operatorErrors,
      },
    }),
    async (c) => c.json(await deps.feed.subscriptions(), 200),
  );
}

function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } } as const;
}
