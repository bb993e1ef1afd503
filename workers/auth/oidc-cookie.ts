import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { UnsealError } from "../../schema/sealing/sealing.ts";
import { parseSealed } from "../../schema/values/sealed.ts";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { secretOwner } from "../secrets/secrets.ts";
import type { OidcAttempt } from "./oidc.ts";

/**
 * What a sign-in needs again when the browser comes back from the provider. It is bound to this browser, so that nobody is
 * signed in by a link that somebody else has begun. `Lax`: it is sent when another site leads here, unlike a session.
 */

const NAME = "__Host-trunkline_oidc";
const KEPT_SECS = 600;
const ATTRIBUTES = { path: "/", httpOnly: true, sameSite: "Lax", secure: true } as const;

const attemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  expiresAtMs: z.number(),
});

type CookieDeps = Pick<AppDeps, "secrets" | "clock">;

export async function keepAttempt(
  deps: CookieDeps,
  c: Context<AppEnv>,
  attempt: OidcAttempt,
): Promise<void> {
  const text = JSON.stringify({ ...attempt, expiresAtMs: deps.clock() + KEPT_SECS * 1_000 });
  const sealed = await deps.secrets.seal(text, secretOwner.oidcAttempt);
  setCookie(c, NAME, sealed, { ...ATTRIBUTES, maxAge: KEPT_SECS });
}

/** Of this browser, which has it no more afterwards; null: none was begun, or too long ago. */
export async function takeAttempt(
  deps: CookieDeps,
  c: Context<AppEnv>,
): Promise<OidcAttempt | null> {
  const cookie = getCookie(c, NAME);
  const sealed = cookie === undefined ? null : parseSealed(cookie);
  deleteCookie(c, NAME, ATTRIBUTES);
  if (sealed === null) return null;
  try {
    const text = await deps.secrets.unseal(sealed, secretOwner.oidcAttempt);
    const attempt = attemptSchema.parse(JSON.parse(text));
    return attempt.expiresAtMs > deps.clock() ? attempt : null;
  } catch (error) {
    if (error instanceof UnsealError) return null;
    throw error;
  }
}
