import { z } from "zod";

/** Sessions of the console: `/v1/session`. */

/** `POST /v1/session`. */
export const startSessionSchema = z.strictObject({ api_key: z.string().min(1).max(256) });

export const sessionViewSchema = z.object({
  workspace_id: z.string(),
  region: z.string(),
  /** Callers dial `<number>@<sip_host>`. */
  sip_host: z.string(),
  /** What signed in. */
  api_key_id: z.string(),
  /** To be sent in `X-CSRF-Token` with every request that changes something. */
  csrf_token: z.string(),
  expires_at: z.iso.datetime(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;

export const sessionEndedSchema = z.object({ status: z.literal("signed_out") });

/** `GET /v1/session/methods`. */
export const sessionMethodsSchema = z.object({
  api_key: z.literal(true),
  /** `GET /v1/session/oidc` leads there; null: this deployment has none. */
  oidc: z.object({ name: z.string() }).nullable(),
});
export type SessionMethods = z.infer<typeof sessionMethodsSchema>;
