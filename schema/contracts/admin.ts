import { z } from "zod";
import { idSchema } from "../values/ids.ts";

/** What an operator asks of the control plane: `/v1/admin/**`, with the operator token as bearer. */

/** Names of regions stand in object names, paths and DNS. */
export const regionNameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, "is not a region name (a-z, 0-9, hyphens)");

const concurrencyLimitSchema = z.number().int().min(0).max(1_000_000).nullable();

/** `POST /v1/admin/workspaces`. */
export const createWorkspaceRequestSchema = z.object({
  name: z.string().min(1).max(128),
  /** The left-most label of the host that the workspace's callers dial. */
  host_label: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "is not a DNS label in lower case"),
  region: regionNameSchema,
  api_key_name: z.string().min(1).max(128).default("default"),
  /** Calls at the same time; null: no limit. Absent: the deployment's default. */
  concurrency_limit: concurrencyLimitSchema.optional(),
  /** Its keys may drain the region's nodes: those of the operator's own workspace. */
  operates_nodes: z.boolean().default(false),
});
export type CreateWorkspaceRequest = z.infer<typeof createWorkspaceRequestSchema>;

export const createWorkspaceResponseSchema = z.object({
  workspace_id: idSchema("workspace"),
  /** Shown once. */
  api_key: z.string(),
});
export type CreateWorkspaceResponse = z.infer<typeof createWorkspaceResponseSchema>;

/** `PATCH /v1/admin/workspaces/{workspace_id}`: what is absent stays. */
export const updateWorkspaceRequestSchema = z.object({
  /** Calls at the same time; null: no limit. Calls that exist go on. */
  concurrency_limit: concurrencyLimitSchema.optional(),
});
export type UpdateWorkspaceRequest = z.infer<typeof updateWorkspaceRequestSchema>;

export const workspaceChangedSchema = z.object({
  workspace_id: idSchema("workspace"),
  name: z.string(),
  host_label: z.string(),
  region: z.string(),
  concurrency_limit: z.number().int().nullable(),
  /** Nodes at this version of their region's table apply it. */
  routing_revision: z.number().int(),
});
export type WorkspaceChanged = z.infer<typeof workspaceChangedSchema>;

/** `POST /v1/admin/join-tokens`. */
export const createJoinTokenRequestSchema = z.object({
  region: regionNameSchema,
  ttl_secs: z.number().int().min(60).max(604_800).default(3600),
});
export type CreateJoinTokenRequest = z.infer<typeof createJoinTokenRequestSchema>;

export const createJoinTokenResponseSchema = z.object({
  /** Enrols one node of the region once; shown once. */
  join_token: z.string(),
});
export type CreateJoinTokenResponse = z.infer<typeof createJoinTokenResponseSchema>;
