import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { sessionMethodsSchema } from "../../schema/contracts/console-session.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { startSession } from "../auth/console-session.ts";
import { OidcSignIn } from "../auth/oidc.ts";
import { OIDC_CALLBACK_PATH } from "../auth/oidc-config.ts";
import { keepAttempt, takeAttempt } from "../auth/oidc-cookie.ts";
import { findKeyOfMember } from "../db/api-keys.ts";
import { json, ownProblem } from "./responses.ts";

const tags = ["console"];
const toConsole = {
  description:
    "To the console. `sign_in` in its address is why nobody is signed in, where nobody is.",
};
/** RFC 6749 §4.1.2, RFC 9207: read by the library, and here for the document. */
const answerSchema = z.object({
  code: z.string().optional(),
  state: z.string().optional(),
  iss: z.string().optional(),
  error: z.string().optional(),
});

const methods = createRoute({
  method: "get",
  path: "/v1/session/methods",
  operationId: "getSessionMethods",
  tags,
  security: [],
  responses: { 200: json(sessionMethodsSchema, "How somebody may sign in here.") },
});

const begin = createRoute({
  method: "get",
  path: "/v1/session/oidc",
  operationId: "beginOidcSession",
  tags,
  security: [],
  responses: {
    302: { description: "To the OpenID provider." },
    404: ownProblem("This deployment has no OpenID provider."),
  },
});

const callback = createRoute({
  method: "get",
  path: OIDC_CALLBACK_PATH,
  operationId: "completeOidcSession",
  tags,
  security: [],
  request: { query: answerSchema },
  responses: { 302: toConsole, 404: ownProblem("This deployment has no OpenID provider.") },
});

/**
 * Sign-in by the operator's OpenID provider. A member's session stands for the API key that names them, as a session that a
 * key has started does: scopes, addresses, end and revocation are the key's.
 */
export function registerConsoleOidcRoutes(app: App, deps: AppDeps): void {
  const { oidc } = deps.config;
  const provider = oidc === null ? null : new OidcSignIn(oidc, deps.clock);
  const refused = (c: Context<AppEnv>, code: string) => c.redirect(`/console/?sign_in=${code}`);

  app.openapi(methods, (c) =>
    c.json(
      { api_key: true, oidc: provider === null ? null : { name: provider.name } } as const,
      200,
    ),
  );
  if (oidc === null || provider === null) return;

  app.openapi(begin, async (c) => {
    const begun = await provider.begin();
    if (begun === null) return refused(c, "provider_unavailable");
    await keepAttempt(deps, c, begun.attempt);
    c.header("cache-control", "no-store");
    return c.redirect(begun.url.href);
  });

  app.openapi(callback, async (c) => {
    c.header("cache-control", "no-store");
    const attempt = await takeAttempt(deps, c);
    if (attempt === null) return refused(c, "sign_in_expired");
    const end = await provider.complete(new URL(c.req.url), attempt);
    if (!end.ok) return refused(c, end.code);
    const member = { name: end.member, isOfAnyCase: oidc.memberClaim === "email" };
    const key = await findKeyOfMember(deps.db, oidc.workspaceIds, member, deps.clock());
    if (key === null) return refused(c, "no_key");
    await startSession(deps, c, key.sha256);
    return c.redirect("/console/");
  });
}
