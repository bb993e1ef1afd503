import type { Context, MiddlewareHandler } from "hono";
import { cidrContains, parseCidr } from "../../schema/values/cidr.ts";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";
import { noteKeyUse } from "../services/note-key-use.ts";
import { isWellFormedApiKey, type Principal, sha256Hex } from "./api-key.ts";
import { clientAddress } from "./client-address.ts";
import { readSession, requireOwnOrigin, requireOwnPage } from "./console-session.ts";
import { quotaRefusal } from "./request-quota.ts";
import { scopeRefusal } from "./scopes.ts";

/** Requests that this Worker makes to itself for one that was let in: whom they act for. */
const internal = new WeakMap<Request, Principal>();

/** Lets a request of our own pass as `principal`. */
export function actAs(request: Request, principal: Principal): Request {
  internal.set(request, principal);
  return request;
}

/**
 * Accepts `xi-api-key`, `Authorization: Bearer` or the console's session of a key that is valid, used from where it
 * may be, within its quota and for what it has the scope of; sets `principal`. Else 401, 403 or 429.
 */
export function requireApiKey(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await authenticate(deps, c);
    await next();
  };
}

/** @throws RequestRefused */
async function authenticate(deps: AppDeps, c: Context<AppEnv>): Promise<void> {
  const trusted = internal.get(c.req.raw);
  if (trusted !== undefined) {
    c.set("principal", trusted);
    return;
  }
  await admit(deps, c, await presentedDigest(deps, c));
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
  if (c.req.header("upgrade") !== undefined) requireOwnOrigin(c);
  return session.keyDigest;
}

/** Hex SHA-256. @throws RequestRefused for what cannot be a key */
export async function digestOf(key: string): Promise<string> {
  if (isWellFormedApiKey(key)) return sha256Hex(key);
  throw unauthorised("invalid_api_key", "The API key is misspelt or cut off.");
}

/** Sets whom the key of this digest stands for, if it may ask this now from here. @throws RequestRefused */
export async function admit(deps: AppDeps, c: Context<AppEnv>, sha256: string): Promise<Principal> {
  const found = await deps.keys.find(sha256);
  const nowMs = deps.clock();
  if (found === null || found.revokedAtMs !== null || hasExpired(found.expiresAtMs, nowMs)) {
    throw unauthorised("invalid_api_key", "The API key is unknown, revoked or expired.");
  }
  // Of keys that exist only: made-up ones would crowd out what is counted for the others.
  const quota = await deps.takeRequest(sha256, (work) => c.executionCtx.waitUntil(work));
  c.set("quota", quota);
  if (found.allowedCidrs !== null) {
    const address = clientAddress(c.req.raw, deps.config.clientAddress);
    if (!isWithin(found.allowedCidrs, address)) throw refusedAddress(address);
  }
  const exceeded = quotaRefusal(quota);
  if (exceeded !== null) throw new RequestRefused(exceeded);
  const forbidden = scopeRefusal(found.principal, c.req.method, c.req.path);
  if (forbidden !== null) throw new RequestRefused(forbidden);
  c.set("principal", found.principal);
  const noted = noteKeyUse(deps, found, nowMs);
  if (noted !== null) c.executionCtx.waitUntil(noted);
  return found.principal;
}

/** The token of `Authorization: Bearer <token>` (RFC 6750 §2.1), or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^bearer +([^\s]+)$/i.exec(header ?? "")?.[1] ?? null;
}

function hasExpired(expiresAtMs: number | null, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** An address that is not known is in no block. */
function isWithin(cidrs: readonly string[], address: string | null): boolean {
  return cidrs.some((text) => {
    const cidr = parseCidr(text);
    return cidr !== null && address !== null && cidrContains(cidr, address);
  });
}

function refusedAddress(address: string | null): RequestRefused {
  return new RequestRefused({
    status: 403,
    code: "address_not_allowed",
    detail:
      address === null
        ? "The API key is bound to addresses, and yours is not known here."
        : `The API key may not be used from ${address}.`,
    ...(address === null ? {} : { hint: address }),
  });
}

function unauthorised(code: "missing_api_key" | "invalid_api_key", detail: string): RequestRefused {
  return new RequestRefused({
    status: 401,
    code,
    detail,
    headers: { "www-authenticate": "Bearer" },
  });
}
