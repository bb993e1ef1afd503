import type { MiddlewareHandler } from "hono";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";
import { isWellFormedApiKey, sha256Hex } from "./api-key.ts";

/** Accepts `xi-api-key` or `Authorization: Bearer`, and sets `principal`; else 401. */
export function requireApiKey(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = c.req.header("xi-api-key") ?? bearerToken(c.req.header("authorization"));
    if (key === null) throw unauthorised("missing_api_key", "Send an API key in `xi-api-key`.");
    if (!isWellFormedApiKey(key)) {
      throw unauthorised("invalid_api_key", "The API key is misspelt or cut off.");
    }
    const found = await deps.keys.find(await sha256Hex(key));
    const nowMs = deps.clock();
    if (found === null || found.revokedAtMs !== null || hasExpired(found.expiresAtMs, nowMs)) {
      throw unauthorised("invalid_api_key", "The API key is unknown, revoked or expired.");
    }
    c.set("principal", found.principal);
    await next();
  };
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
