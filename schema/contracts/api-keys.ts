import { z } from "zod";
import { parseCidr } from "../values/cidr.ts";
import { apiScopeSchema, EVERY_SCOPE } from "./api-scopes.ts";

/** API keys of a workspace: `/v1/api-keys`. */

/** What a key looks like: for scanners of source code, and to tell a typing error without a request. */
export const API_KEY_PATTERN = "tk_(live|test)_[0-9A-Za-z]{36}";

const MAX_CIDRS = 50;
const MAX_OVERLAP_SECS = 30 * 86_400;
const DEFAULT_OVERLAP_SECS = 86_400;

const nameSchema = z.string().trim().min(1).max(128);

const scopesSchema = z
  .array(z.union([apiScopeSchema(), z.literal(EVERY_SCOPE)]))
  .min(1)
  .transform((scopes) => (scopes.includes(EVERY_SCOPE) ? [EVERY_SCOPE] : [...new Set(scopes)]));

/** Blocks as `203.0.113.0/24` or single addresses; null: from everywhere. */
const allowedCidrsSchema = z
  .array(
    z.string().refine((text) => parseCidr(text) !== null, {
      message: "is no address and no block such as 203.0.113.0/24 without bits behind its prefix",
    }),
  )
  .min(1)
  .max(MAX_CIDRS)
  .nullable();

/** RFC 3339; null: never. */
const expiresAtSchema = z.iso.datetime({ offset: true }).nullable();

/** `POST /v1/api-keys`. */
export const createApiKeyRequestSchema = z.object({
  name: nameSchema,
  /** Whose key it is: a member of the workspace, in the words of the workspace. */
  member: z.string().trim().min(1).max(256).nullish(),
  /** `["*"]` is every scope that the workspace has. A key gives no scope that it does not hold. */
  scopes: scopesSchema,
  allowed_cidrs: allowedCidrsSchema.optional(),
  expires_at: expiresAtSchema.optional(),
});
export type CreateApiKeyRequest = z.infer<typeof createApiKeyRequestSchema>;

/** `PATCH /v1/api-keys/{api_key_id}`: what is absent stays. */
export const updateApiKeyRequestSchema = createApiKeyRequestSchema.partial();
export type UpdateApiKeyRequest = z.infer<typeof updateApiKeyRequestSchema>;

/** `POST /v1/api-keys/{api_key_id}/rotate`. */
export const rotateApiKeyRequestSchema = z.object({
  /** How long the old key goes on working beside the new one. */
  overlap_secs: z.number().int().min(0).max(MAX_OVERLAP_SECS).default(DEFAULT_OVERLAP_SECS),
});
export type RotateApiKeyRequest = z.infer<typeof rotateApiKeyRequestSchema>;

export const apiKeyViewSchema = z.object({
  api_key_id: z.string(),
  workspace_id: z.string(),
  name: z.string(),
  member: z.string().nullable(),
  /** The key's last four characters. */
  last4: z.string(),
  scopes: z.array(z.string()),
  allowed_cidrs: z.array(z.string()).nullable(),
  status: z.enum(["active", "expired", "revoked"]),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  /** Exact to a minute; null: never. */
  last_used_at: z.string().nullable(),
  /** The key that this one was made to replace. */
  rotated_from: z.string().nullable(),
});
export type ApiKeyView = z.infer<typeof apiKeyViewSchema>;

export const apiKeyCreatedSchema = apiKeyViewSchema.extend({
  /** The key itself: shown here and never again. */
  api_key: z.string(),
});
export type ApiKeyCreated = z.infer<typeof apiKeyCreatedSchema>;

export const apiKeyRotatedSchema = apiKeyCreatedSchema.extend({
  /** Until when the old key works as well. */
  previous_expires_at: z.string(),
});
export type ApiKeyRotated = z.infer<typeof apiKeyRotatedSchema>;

export const apiKeyListQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().optional(),
});
export type ApiKeyListQuery = z.infer<typeof apiKeyListQuerySchema>;

export const apiKeyPageSchema = z.object({
  data: z.array(apiKeyViewSchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});
export type ApiKeyPage = z.infer<typeof apiKeyPageSchema>;
