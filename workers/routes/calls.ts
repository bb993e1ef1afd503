import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  type CallAction,
  callActionViewSchema,
  callPageSchema,
  callViewSchema,
  dialKeysSchema,
  liveCallQuerySchema,
  transferCallSchema,
} from "../../schema/contracts/call-control.ts";
import { liveCallsMessageSchema } from "../../schema/contracts/live-calls.ts";
import { LIVE_LOOK } from "../../schema/values/live-calls-look.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { RequestRefused, unwrap } from "../errors/refusal.ts";
import { askHub, liveCalls, regionHub } from "../hub/objects.ts";
import { actOnCall } from "../services/call-actions.ts";
import { pageLiveCalls, readCall } from "../services/read-calls.ts";
import { answerOnce, createdOnce, idempotencyRequest } from "./idempotency.ts";
import { linked } from "./linked.ts";
import { cursorProblem, json, ownBytesErrors, ownKeyErrors, ownProblem } from "./responses.ts";

const tags = ["calls"];
const params = z.object({ call_id: z.string() });
const noCall = { 404: ownProblem("There is no such call that this key may see.") } as const;
const actionResponses = {
  200: createdOnce(callActionViewSchema, "Done; a transfer has begun."),
  ...ownKeyErrors,
  ...ownBytesErrors,
  ...noCall,
  409: ownProblem("The call has ended, or is not in a state for this."),
} as const;
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

const page = createRoute({
  method: "get",
  path: "/v1/calls",
  operationId: "listLiveCalls",
  tags,
  request: { query: liveCallQuerySchema },
  responses: {
    200: json(callPageSchema, "Calls that have not ended, newest first."),
    ...ownKeyErrors,
    ...cursorProblem,
  },
});

const get = createRoute({
  method: "get",
  path: "/v1/calls/{call_id}",
  operationId: "getCall",
  tags,
  request: { params },
  responses: { 200: json(callViewSchema, "The call."), ...ownKeyErrors, ...noCall },
});

const hangUp = createRoute({
  method: "post",
  path: "/v1/calls/{call_id}/hangup",
  operationId: "hangUpCall",
  tags,
  request: { ...idempotencyRequest, params },
  responses: actionResponses,
});

const transfer = createRoute({
  method: "post",
  path: "/v1/calls/{call_id}/transfer",
  operationId: "transferCall",
  tags,
  request: { ...idempotencyRequest, params, body: body(transferCallSchema) },
  responses: actionResponses,
});

const dtmf = createRoute({
  method: "post",
  path: "/v1/calls/{call_id}/dtmf",
  operationId: "dialCallKeys",
  tags,
  request: { ...idempotencyRequest, params, body: body(dialKeysSchema) },
  responses: actionResponses,
});

export function registerCallRoutes(app: App, deps: AppDeps): void {
  // Made again here: the registry names only what was made since it is there.
  app.openAPIRegistry.register("LiveCallsMessage", z.union(liveCallsMessageSchema.options));
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/calls/live",
    operationId: "watchLiveCalls",
    tags,
    summary: "Live calls as they change, over a WebSocket",
    description: `Every message is a \`LiveCallsMessage\`: first a snapshot, then calls that ring, are answered or have ended. Sending \`${LIVE_LOOK}\` brings another snapshot. The link ends after five minutes, for the key to be looked at again.`,
    responses: {
      101: { description: "The link is up." },
      426: ownProblem("The request asks for no WebSocket."),
      ...ownKeyErrors,
    },
  });

  app.openapi(page, async (c) =>
    c.json(
      linked(c, unwrap(await pageLiveCalls(deps, c.get("principal"), c.req.valid("query")))),
      200,
    ),
  );

  // Before a call by its identifier: `live` is none.
  app.get("/v1/calls/live", async (c) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new RequestRefused({
        status: 426,
        code: "upgrade_required",
        detail: "Live calls are told over a WebSocket.",
        hint: "Ask with Upgrade: websocket, or GET /v1/calls from time to time.",
        headers: { upgrade: "websocket" },
      });
    }
    const { workspaceId } = c.get("principal");
    const live = liveCalls(c.env, deps.config.residency, workspaceId);
    return askHub(live.fetch("https://live/", { headers: { upgrade: "websocket" } }));
  });

  app.openapi(get, async (c) => {
    const { call_id: callId } = c.req.valid("param");
    return c.json(unwrap(await readCall(deps, c.get("principal"), callId)), 200);
  });

  const act = (c: Context<AppEnv>, callId: string, key: string | undefined, action: CallAction) =>
    answerOnce(deps, c, key, callActionViewSchema, (keep) =>
      actOnCall(deps, c.get("principal"), {
        callId,
        action,
        key,
        keep,
        ask: (region, nodeId, message) =>
          askHub(regionHub(c.env, deps.config.residency, region).actOnCall(nodeId, message)),
      }),
    );

  app.openapi(hangUp, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const { call_id: callId } = c.req.valid("param");
    return c.json(await act(c, callId, key, { kind: "hangup" }), 200);
  });

  app.openapi(transfer, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const { call_id: callId } = c.req.valid("param");
    return c.json(await act(c, callId, key, { kind: "transfer", ...c.req.valid("json") }), 200);
  });

  app.openapi(dtmf, async (c) => {
    const { "idempotency-key": key } = c.req.valid("header");
    const { call_id: callId } = c.req.valid("param");
    return c.json(await act(c, callId, key, { kind: "dtmf", ...c.req.valid("json") }), 200);
  });
}
