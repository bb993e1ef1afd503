import type { ApiKeyCreated, ApiKeyRotated, ApiKeyView } from "../schema/contracts/api-keys.ts";
import { type Query, request } from "./api.ts";
import { ownPage } from "./resources.ts";

/** Keys, the audit log, usage, nodes and deliveries: what of them the console shows. */

export interface AuditEntry {
  readonly id: string;
  readonly sequence: number;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string | null };
  readonly operation: string;
  readonly target: string;
  readonly source_address: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

interface Counts {
  readonly calls: number;
  readonly answered_calls: number;
  readonly call_secs: number;
  readonly test_calls: number;
}

export interface Usage {
  readonly from: string;
  readonly to: string;
  readonly data: readonly (Counts & { readonly date: string; readonly direction: string })[];
  readonly total: Counts;
}

export interface Limits {
  readonly concurrency_limit: number | null;
  readonly active_calls: number;
  readonly calls_per_second: number | null;
}

export interface MediaNode {
  readonly node_id: string;
  readonly name: string;
  readonly region: string;
  readonly public_address: string;
  readonly status: "syncing" | "ready" | "draining" | "unlinked" | "revoked";
  readonly active_calls: number | null;
  readonly seen_at: string | null;
}

const pathOf = (root: string, id: string): string => `${root}/${encodeURIComponent(id)}`;

export const apiKeys = {
  page: (query: Query, signal: AbortSignal) =>
    ownPage<ApiKeyView>("/v1/api-keys", { ...query, page_size: 100 }, signal),
  create: (body: unknown, idempotencyKey: string) =>
    request<ApiKeyCreated>("POST", "/v1/api-keys", { body, idempotencyKey }),
  update: (id: string, body: unknown) =>
    request<ApiKeyView>("PATCH", pathOf("/v1/api-keys", id), { body }),
  rotate: (id: string, body: unknown, idempotencyKey: string) =>
    request<ApiKeyRotated>("POST", `${pathOf("/v1/api-keys", id)}/rotate`, {
      body,
      idempotencyKey,
    }),
  revoke: (id: string) => request<unknown>("DELETE", pathOf("/v1/api-keys", id)),
};

export const auditLog = {
  page: (query: Query, signal: AbortSignal) =>
    ownPage<AuditEntry>("/v1/audit-log", { ...query, page_size: 50 }, signal),
};

export const usage = {
  read: (signal: AbortSignal) => request<Usage>("GET", "/v1/usage", { signal }),
  limits: (signal: AbortSignal) => request<Limits>("GET", "/v1/limits", { signal }),
};

export const mediaNodes = {
  page: (signal: AbortSignal) => ownPage<MediaNode>("/v1/nodes", {}, signal),
  drain: (id: string, idempotencyKey: string) =>
    request<unknown>("POST", `${pathOf("/v1/nodes", id)}/drain`, { idempotencyKey }),
};
