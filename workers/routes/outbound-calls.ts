import { createRoute } from "@hono/zod-openapi";
import { IDEMPOTENT_REPLAYED_HEADER } from "../../schema/contracts/idempotency.ts";
import {
  outboundCallRequestSchema,
  outboundCallResponseSchema,
} from "../../schema/contracts/outbound-call.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { regionHub } from "../hub/objects.ts";
import { placeOutboundCall } from "../services/place-outbound-call.ts";
import { createdOnce, idempotencyRequest, inProgressError } from "./idempotency.ts";
import { bodyErrors, keyErrors, notFoundError, tooFastError } from "./responses.ts";

const outboundCall = createRoute({
  method: "post",
  path: "/v1/convai/sip-trunk/outbound-call",
  operationId: "outboundCall",
  tags: ["calls"],
  request: {
    ...idempotencyRequest,
    body: {
      required: true,
      content: { "application/json": { schema: outboundCallRequestSchema } },
    },
  },
  responses: {
    200: createdOnce(
      outboundCallResponseSchema,
      "The call rings, is answered or being placed; or, with `success` false, has failed.",
    ),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
    ...inProgressError,
    ...tooFastError,
  },
});

export function registerOutboundCallRoutes(app: App, deps: AppDeps): void {
  app.openapi(outboundCall, async (c) => {
    const principal = c.get("principal");
    const { "idempotency-key": key } = c.req.valid("header");
    const operation = `${c.req.method} ${c.req.path}`;
    const body = key === undefined ? "" : await c.req.text();
    const { region, workspaceId } = principal;
    // Anew each time: one that has met a restart of the hub does not work again.
    const hub = () => regionHub(c.env, deps.config.residency, region);
    const placing = placeOutboundCall(
      deps,
      principal,
      c.req.valid("json"),
      { workspaceId, operation, key, body },
      {
        place: (order) => hub().placeOrder(order),
        takeCall: (apiKeyId, callsPerSecond) => hub().takeCall(apiKeyId, callsPerSecond),
      },
    );
    // A client that hangs up has ordered the call all the same.
    c.executionCtx.waitUntil(placing.catch(() => undefined));
    const placed = unwrap(await placing);
    if (placed.isReplayed) c.header(IDEMPOTENT_REPLAYED_HEADER, "true");
    return c.json(placed.value, 200);
  });
}
