import type { Context, MiddlewareHandler } from "hono";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { findApiKey } from "../db/api-keys.ts";
import { RequestRefused } from "../errors/refusal.ts";
import { isWellFormedApiKey, type Principal, sha256Hex } from "./api-key.ts";
import { readSession, requireOwnPage } from "./console-session.ts";

/** Accepts `xi-api-key`, `Authorization: Bearer` or the console's session, and sets `principal`; else 401. */
export function requireApiKey(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set("principal", await principalOf(deps, await presentedDigest(deps, c)));
    await next();
  };
}

/** Hex SHA-256 of the key that the request brings, or that its session stands for. @throws RequestRefused */
async function presentedDigest(deps: AppDeps, c: Context<AppEnv>): Promise<string> {
  const key = c.req.header("xi-api-key") ?? bearerToken(c.req.header("authorization"));
  if (key !== null) return digestOf(key);
  const session = await readSession(deps, c);
  if (session === null) {
    throw unauthorised("missing_api_key", "Send an API key in `xi-api-key`.");
  }
  requireOwnPage(c, session);
  return session.keyDigest;
}

/** Hex SHA-256. @throws RequestRefused for what cannot be a key */
export async function digestOf(key: string): Promise<string> {
  if (isWellFormedApiKey(key)) return sha256Hex(key);
  throw unauthorised("invalid_api_key", "The API key is misspelt or cut off.");
}

/** Whom the key of this digest stands for. @throws RequestRefused */
export async function principalOf(
  deps: Pick<AppDeps, "db" | "clock">,
  digest: string,
): Promise<Principal> {
  const found = await findApiKey(deps.db, digest);
  const nowMs = deps.clock();
  if (found === null || found.revokedAtMs !== null || hasExpired(found.expiresAtMs, nowMs)) {
    throw unauthorised("invalid_api_key", "The API key is unknown, revoked or expired.");
  }
  return found.principal;
}

/** The token of `Authorization: Bearer <token>` (RFC 6750 §2.1), or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^bearer +([^\s]+)$/i.exec(header ?? "")?.[1] ?? null;
}

function hasExpired(expiresAtMs: number | null, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

function unauthorised(code: string, detail: string): RequestRefused {
  return new RequestRefused({
    status: 401,
    code,
    detail,
    headers: { "www-authenticate": "Bearer" },
  });
}
