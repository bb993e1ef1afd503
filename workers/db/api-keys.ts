import { and, desc, eq, gt, inArray, isNull, lt, or, sql } from "drizzle-orm";
import { apiKeys } from "../../schema/tables/api-keys.ts";
import { workspaces } from "../../schema/tables/workspaces.ts";
import { parseId, type WorkspaceId } from "../../schema/values/ids.ts";
import type { Principal } from "../auth/api-key.ts";
import { grantedScopes } from "../auth/scopes.ts";
import { type Database, preparedOnce } from "./client.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type ApiKeyRow = typeof apiKeys.$inferSelect;

export interface FoundApiKey {
  readonly principal: Principal;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  /** Null: from every address. */
  readonly allowedCidrs: readonly string[] | null;
}

const keyByDigest = preparedOnce((reader) =>
  reader
    .select({
      id: apiKeys.id,
      workspaceId: apiKeys.workspaceId,
      region: workspaces.region,
      hostLabel: workspaces.hostLabel,
      operatesNodes: workspaces.operatesNodes,
      scopes: apiKeys.scopes,
      allowedCidrs: apiKeys.allowedCidrs,
      lastUsedAtMs: apiKeys.lastUsedAtMs,
      expiresAtMs: apiKeys.expiresAtMs,
      revokedAtMs: apiKeys.revokedAtMs,
    })
    .from(apiKeys)
    .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
    .where(eq(apiKeys.sha256, sql.placeholder("sha256")))
    .limit(1)
    .prepare(),
);

export async function findApiKey(db: Database, sha256: string): Promise<FoundApiKey | null> {
  const [row] = await db.read((reader) => keyByDigest(reader).all({ sha256 }));
  const workspaceId = row === undefined ? null : parseId("workspace", row.workspaceId);
  if (row === undefined || workspaceId === null) return null;
  const { region, hostLabel, operatesNodes } = row;
  return {
    principal: {
      workspaceId,
      region,
      hostLabel,
      operatesNodes,
      apiKeyId: row.id,
      scopes: grantedScopes(row.scopes),
    },
    allowedCidrs: row.allowedCidrs,
    lastUsedAtMs: row.lastUsedAtMs,
    expiresAtMs: row.expiresAtMs,
    revokedAtMs: row.revokedAtMs,
  };
}

export async function findApiKeyOf(
  db: Database,
  workspaceId: WorkspaceId,
  id: string,
): Promise<ApiKeyRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id)))
      .limit(1),
  );
  return row ?? null;
}

/** Whom an OpenID provider has named. */
interface NamedMember {
  readonly name: string;
  /** Letters of either case are the same: in an address of e-mail, and not in a `sub` (OpenID Connect Core 1.0 §2). */
  readonly isOfAnyCase: boolean;
}

/** The newest key of these workspaces that works and names this member. */
export async function findKeyOfMember(
  db: Database,
  workspaceIds: readonly WorkspaceId[],
  member: NamedMember,
  nowMs: number,
): Promise<Pick<ApiKeyRow, "sha256"> | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({ sha256: apiKeys.sha256 })
      .from(apiKeys)
      .where(
        and(
          inArray(apiKeys.workspaceId, workspaceIds),
          member.isOfAnyCase
            ? sql`lower(${apiKeys.member}) = lower(${member.name})`
            : eq(apiKeys.member, member.name),
          isNull(apiKeys.revokedAtMs),
          or(isNull(apiKeys.expiresAtMs), gt(apiKeys.expiresAtMs, nowMs)),
        ),
      )
      .orderBy(desc(apiKeys.id))
      .limit(1),
  );
  return row ?? null;
}

/** By identifier, of those that the workspace has or had. */
export async function findApiKeyNames(
  db: Database,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.read((reader) =>
    reader
      .select({ id: apiKeys.id, name: apiKeys.name })
      .from(apiKeys)
      .where(
        and(
          eq(apiKeys.workspaceId, workspaceId),
          sql`${apiKeys.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
        ),
      ),
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Newest first, revoked ones too: identifiers sort by time. */
export async function listApiKeys(
  db: Database,
  workspaceId: WorkspaceId,
  before: string | null,
  limit: number,
): Promise<readonly ApiKeyRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(apiKeys)
      .where(
        and(
          eq(apiKeys.workspaceId, workspaceId),
          before === null ? undefined : lt(apiKeys.id, before),
        ),
      )
      .orderBy(desc(apiKeys.id))
      .limit(limit),
  );
}

export function insertApiKey(row: ApiKeyRow): Statement {
  return statementOf(statementBuilder.insert(apiKeys).values(row));
}

/** Fails with guard `api_key_unchanged` when it is not as `before` any more. */
export function updateApiKey(before: ApiKeyRow, after: ApiKeyRow): Statement[] {
  return [
    ...guardApiKeyUnchanged(before),
    statementOf(statementBuilder.update(apiKeys).set(after).where(eq(apiKeys.id, before.id))),
  ];
}

/** Fails with guard `no_rotation` while a key takes this one's place, or it takes that of one that still works. */
export function guardNoRotation(row: ApiKeyRow, nowMs: number): Statement {
  return guard(
    "no_rotation",
    `NOT EXISTS (SELECT 1 FROM api_keys WHERE rotated_from_id = ? AND revoked_at_ms IS NULL)
     AND NOT EXISTS (SELECT 1 FROM api_keys WHERE id = ? AND revoked_at_ms IS NULL
                       AND (expires_at_ms IS NULL OR expires_at_ms > ?))`,
    [row.id, row.rotatedFromId ?? "", nowMs],
  );
}

/** Fails with guard `key_left` unless another key of every scope works without an end. */
export function guardOtherFullKey(row: ApiKeyRow): Statement {
  return guard(
    "key_left",
    `EXISTS (SELECT 1 FROM api_keys WHERE workspace_id = ? AND id <> ? AND scopes IS NULL
              AND revoked_at_ms IS NULL AND expires_at_ms IS NULL AND allowed_cidrs IS NULL)`,
    [row.workspaceId, row.id],
  );
}

/** Notes a use, unless one was noted within `resolutionMs`. */
export function touchApiKey(id: string, nowMs: number, resolutionMs: number): Statement {
  return {
    sql: `UPDATE api_keys SET last_used_at_ms = ?
          WHERE id = ? AND (last_used_at_ms IS NULL OR last_used_at_ms <= ?)`,
    args: [nowMs, id, nowMs - resolutionMs],
  };
}

function guardApiKeyUnchanged(row: ApiKeyRow): Statement[] {
  const { id, name, member, expiresAtMs, revokedAtMs } = row;
  return [
    guard(
      "api_key_unchanged",
      `EXISTS (SELECT 1 FROM api_keys WHERE id = ? AND name = ? AND member IS ? AND scopes IS ?
                AND allowed_cidrs IS ? AND expires_at_ms IS ? AND revoked_at_ms IS ?)`,
      [id, name, member, json(row.scopes), json(row.allowedCidrs), expiresAtMs, revokedAtMs],
    ),
  ];
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
