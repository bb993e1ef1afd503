import { createRoute } from "@hono/zod-openapi";
import {
  type SessionView,
  sessionEndedSchema,
  sessionViewSchema,
  startSessionSchema,
} from "../../schema/contracts/console-session.ts";
import type { App, AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  type ConsoleSession,
  endSession,
  readSession,
  requireOwnPage,
  requireSameOrigin,
  startSession,
} from "../auth/console-session.ts";
import { admit, digestOf } from "../auth/require-api-key.ts";
import { json, ownBodyErrors, ownKeyErrors, ownProblem } from "./responses.ts";

const path = "/v1/session";
const tags = ["console"];
const foreignPage = { 403: ownProblem("The page of another site asked, or none.") } as const;

const start = createRoute({
  method: "post",
  path,
  operationId: "startSession",
  tags,
  security: [],
  request: {
    body: { required: true, content: { "application/json": { schema: startSessionSchema } } },
  },
  responses: {
    200: json(sessionViewSchema, "Signed in: the cookie stands for the key."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...foreignPage,
  },
});

const get = createRoute({
  method: "get",
  path,
  operationId: "getSession",
  tags,
  security: [],
  responses: {
    200: json(sessionViewSchema, "The session of the cookie."),
    204: { description: "Nobody is signed in." },
    ...ownKeyErrors,
    ...foreignPage,
  },
});

const end = createRoute({
  method: "delete",
  path,
  operationId: "endSession",
  tags,
  security: [],
  responses: {
    200: json(sessionEndedSchema, "Signed out; also without a session."),
    ...ownKeyErrors,
    ...foreignPage,
  },
});

/** The console's sessions: an API key for a cookie that no script can read. */
export function registerConsoleSessionRoutes(app: App, deps: AppDeps): void {
  const viewOf = (principal: Principal, session: ConsoleSession): SessionView => ({
    workspace_id: principal.workspaceId,
    region: principal.region,
    sip_host: `${principal.hostLabel}.${deps.config.sipDomain}`,
    api_key_id: principal.apiKeyId,
    csrf_token: session.csrfToken,
    expires_at: new Date(session.expiresAtMs).toISOString(),
  });

  app.use(path, async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });

  app.openapi(start, async (c) => {
    requireSameOrigin(c);
    const digest = await digestOf(c.req.valid("json").api_key.trim());
    const principal = await admit(deps, c, digest);
    return c.json(viewOf(principal, await startSession(deps, c, digest)), 200);
  });

  app.openapi(get, async (c) => {
    const session = await readSession(deps, c);
    if (session === null) return c.body(null, 204);
    requireOwnPage(c, session);
    return c.json(viewOf(await admit(deps, c, session.keyDigest), session), 200);
  });

  app.openapi(end, async (c) => {
    const session = await readSession(deps, c);
    if (session !== null) requireOwnPage(c, session);
    endSession(c);
    return c.json({ status: "signed_out" } as const, 200);
  });
}
