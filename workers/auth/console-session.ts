import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { UnsealError } from "../../schema/sealing/sealing.ts";
import { CSRF_HEADER } from "../../schema/values/csrf-header.ts";
import { parseSealed } from "../../schema/values/sealed.ts";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { digestsEqual } from "./api-key.ts";

/**
 * A browser's session: a cookie that only the Worker can read, which stands for the API key that signed in. It holds
 * the key's digest and not the key, is kept nowhere, and ends with its time, with the key, or when the browser drops it.
 */

const SESSION_HOURS = 12;

const sessionSchema = z.object({
  /** Hex SHA-256 of the API key: what is looked up in every request, as of a key in a header. */
  keyDigest: z.string(),
  csrfToken: z.string(),
  expiresAtMs: z.number(),
});
export type ConsoleSession = z.infer<typeof sessionSchema>;

/** Sets the cookie of a new session. */
export async function startSession(
  deps: Pick<AppDeps, "secrets" | "clock">,
  c: Context<AppEnv>,
  keyDigest: string,
): Promise<ConsoleSession> {
  const session: ConsoleSession = {
    keyDigest,
    csrfToken: crypto.randomUUID(),
    expiresAtMs: deps.clock() + SESSION_HOURS * 3_600_000,
  };
  const sealed = await deps.secrets.seal(JSON.stringify(session), secretOwner.consoleSession);
  const { name, attributes } = cookieOf(c);
  setCookie(c, name, sealed, { ...attributes, maxAge: SESSION_HOURS * 3_600 });
  return session;
}

export function endSession(c: Context<AppEnv>): void {
  const { name, attributes } = cookieOf(c);
  deleteCookie(c, name, attributes);
}

/** The session of the request's cookie; null: there is none, or its time is over. */
export async function readSession(
  deps: Pick<AppDeps, "secrets" | "clock">,
  c: Context<AppEnv>,
): Promise<ConsoleSession | null> {
  const cookie = getCookie(c, cookieOf(c).name);
  const sealed = cookie === undefined ? null : parseSealed(cookie);
  if (sealed === null) return null;
  try {
    const text = await deps.secrets.unseal(sealed, secretOwner.consoleSession);
    const session = sessionSchema.parse(JSON.parse(text));
    return session.expiresAtMs > deps.clock() ? session : null;
  } catch (error) {
    // Altered, or sealed under a master key that is gone: sign in again.
    if (error instanceof UnsealError) return null;
    throw error;
  }
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * A cookie is sent by the browser whoever asks: what changes something proves that our own page asked, by a token that
 * no other site can read.
 * @throws RequestRefused
 */
export function requireOwnPage(c: Context<AppEnv>, session: ConsoleSession): void {
  requireSameOrigin(c);
  if (SAFE_METHODS.has(c.req.method)) return;
  if (digestsEqual(c.req.header(CSRF_HEADER) ?? "", session.csrfToken)) return;
  throw new RequestRefused({
    status: 403,
    code: "csrf_token_missing",
    detail: `A session's request that changes something needs its token in ${CSRF_HEADER}.`,
    hint: "GET /v1/session tells the token.",
  });
}

/**
 * A page of any site may open a WebSocket, and the browser sends the cookie with it: `Origin` alone says whose it is
 * (RFC 6455 §10.2).
 * @throws RequestRefused
 */
export function requireOwnOrigin(c: Context<AppEnv>): void {
  if (!hasOwnOrigin(c, c.req.header("origin") ?? "")) throw crossSite();
}

/** @throws RequestRefused for a request that another site's page has made */
export function requireSameOrigin(c: Context<AppEnv>): void {
  if (!isSameOrigin(c)) throw crossSite();
}

function crossSite(): RequestRefused {
  return new RequestRefused({
    status: 403,
    code: "cross_site_request",
    detail: "A session is for the console's own pages: the request came from another site.",
  });
}

/**
 * By Fetch Metadata where the browser sends it. By the host of `Origin` (RFC 6454 §7) otherwise, not by its scheme:
 * behind a proxy that ends TLS the Worker sees another than the browser.
 */
function isSameOrigin(c: Context<AppEnv>): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || site === "none";
  const origin = c.req.header("origin");
  if (origin === undefined) return true;
  return hasOwnOrigin(c, origin);
}

function hasOwnOrigin(c: Context<AppEnv>, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host;
}

/**
 * `__Host-` binds a cookie to this very host and to TLS. Over plain HTTP on loopback, which is the embedded default,
 * browsers disagree on whether `Secure` may be set: there the cookie has neither, and everywhere else both.
 */
function cookieOf(c: Context<AppEnv>) {
  const { protocol, hostname } = new URL(c.req.url);
  const isLoopback = protocol === "http:" && LOOPBACK.test(hostname);
  return {
    name: isLoopback ? "trunkline_session" : "__Host-trunkline_session",
    attributes: { path: "/", httpOnly: true, sameSite: "Strict", secure: !isLoopback },
  } as const;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
