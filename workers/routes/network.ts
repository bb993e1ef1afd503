import type { Context } from "hono";
import { cors } from "hono/cors";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { isWellFormedApiKey, sha256Hex } from "../auth/api-key.ts";
import { bearerToken } from "../auth/require-api-key.ts";
import { findApiKey } from "../db/api-keys.ts";
import { type ErrorAnswer, renderError } from "../errors/problem.ts";
import { JWKS_PATH } from "../hub/feed-keys.ts";
import { isUnchanged } from "../network/conditional.ts";
import { PAGE_PATH, PAGE_TYPE, renderAbsentPage } from "../network/page.ts";
import type { FeedAnswer, FeedReader } from "../objects-rpc.ts";

const CACHE_CONTROL = "public, max-age=300, stale-if-error=604800";
const MAX_AGENT_CHARS = 120;

const ABSENT = {
  status: 404,
  code: "no_such_list",
  detail: "The published block has no such file: a list that would be empty is not served.",
  hint: "/network names all that there are",
} as const satisfies ErrorAnswer;

const NO_RANGES = {
  status: 503,
  code: "no_ranges",
  detail: "This deployment has published no static addresses.",
  hint: "The operator proposes ranges with POST /v1/admin/network/ranges.",
  headers: { "retry-after": "3600", "cache-control": "no-store" },
} as const satisfies ErrorAnswer;

const UNAVAILABLE = {
  status: 503,
  code: "feed_unavailable",
  detail: "The list cannot be read at the moment. Keep the one that you have.",
  headers: { "retry-after": "30", "cache-control": "no-store" },
} as const satisfies ErrorAnswer;

/** The published address block: for anybody, without a key. */
export function registerNetworkRoutes(app: App, deps: AppDeps): void {
  const open = cors({
    origin: "*",
    allowMethods: ["GET", "HEAD"],
    exposeHeaders: ["etag", "last-modified"],
  });
  for (const path of [PAGE_PATH, `${PAGE_PATH}/*`, "/.well-known/*"]) app.use(path, open);
  const serve = async (c: Context<AppEnv>) => {
    const since = /^\d{1,15}$/.exec(c.req.query("since") ?? "")?.[0];
    const reader = await readerOf(deps, c);
    const answer = await deps.feed.read(
      c.req.path,
      since === undefined ? null : Number(since),
      reader,
    );
    return answerFile(c, deps, answer);
  };
  app.get(PAGE_PATH, serve);
  app.get(JWKS_PATH, serve);
  app.get(`${PAGE_PATH}/*`, serve);
  app.get("/.well-known/ip-ranges.json", (c) => c.redirect("/network/ip-ranges.json"));
}

async function answerFile(
  c: Context<AppEnv>,
  deps: AppDeps,
  answer: FeedAnswer,
): Promise<Response> {
  switch (answer.kind) {
    case "file": {
      const headers = {
        etag: answer.etag,
        "last-modified": new Date(answer.modifiedAtMs).toUTCString(),
        "cache-control": CACHE_CONTROL,
      };
      if (isUnchanged(c.req.raw.headers, answer)) return c.body(null, 304, headers);
      return c.body(answer.body, 200, { ...headers, "content-type": answer.contentType });
    }
    case "absent":
      return problem(c, ABSENT);
    case "no_ranges":
      return c.req.path === PAGE_PATH ? absentPage(c, deps) : problem(c, NO_RANGES);
    case "unavailable":
      return problem(c, UNAVAILABLE);
    default:
      return answer satisfies never;
  }
}

function problem(c: Context<AppEnv>, answer: ErrorAnswer): Response {
  return c.newResponse(renderError(answer, c.req.url, c.get("requestId")).body, {
    status: answer.status,
    headers: { ...answer.headers, "content-type": "application/problem+json" },
  });
}

async function absentPage(c: Context<AppEnv>, deps: AppDeps): Promise<Response> {
  const text = await renderAbsentPage(deps.config.feed.provider, NO_RANGES.detail);
  return c.body(text, 503, { ...NO_RANGES.headers, "content-type": PAGE_TYPE });
}

/** By API key where there is a good one, else by user agent. The page is read by people: they are not counted. */
async function readerOf(deps: AppDeps, c: Context<AppEnv>): Promise<FeedReader | null> {
  if (c.req.path === PAGE_PATH) return null;
  const key = c.req.header("xi-api-key") ?? bearerToken(c.req.header("authorization"));
  if (key !== null && isWellFormedApiKey(key)) {
    try {
      const found = await findApiKey(deps.db, await sha256Hex(key));
      if (found !== null) return { kind: "api_key", name: found.principal.apiKeyId };
    } catch {
      // Lists are served without the database as well.
    }
  }
  const agent = (c.req.header("user-agent") ?? "").replaceAll(/\p{Cc}/gu, "").trim();
  return { kind: "user_agent", name: agent.slice(0, MAX_AGENT_CHARS) || "(none)" };
}
