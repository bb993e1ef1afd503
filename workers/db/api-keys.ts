import { eq, sql } from "drizzle-orm";
import { apiKeys } from "../../schema/tables/api-keys.ts";
import { workspaces } from "../../schema/tables/workspaces.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { Principal } from "../auth/api-key.ts";
import { type Database, preparedOnce } from "./client.ts";

export interface FoundApiKey {
  readonly principal: Principal;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

const keyByDigest = preparedOnce((reader) =>
  reader
    .select({
      id: apiKeys.id,
      workspaceId: apiKeys.workspaceId,
      region: workspaces.region,
      hostLabel: workspaces.hostLabel,
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
  return {
    principal: { workspaceId, region: row.region, hostLabel: row.hostLabel, apiKeyId: row.id },
    expiresAtMs: row.expiresAtMs,
    revokedAtMs: row.revokedAtMs,
  };
}
