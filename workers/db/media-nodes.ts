import { and, asc, eq, inArray, isNotNull, isNull } from "drizzle-orm";
import { joinTokens, mediaNodes } from "../../schema/tables/media-nodes.ts";
import { type NodeId, parseId } from "../../schema/values/ids.ts";
import type { Database } from "./client.ts";
import { guardChangedOne, type Statement } from "./write-unit.ts";

/** A node as its credential proves it. */
export interface EnrolledNode {
  readonly nodeId: NodeId;
  readonly region: string;
  readonly name: string;
  /** The address that peers see. */
  readonly publicAddress: string;
  /** base64url raw X25519. */
  readonly publicKey: string;
  /** Hex; compared once more in constant time. */
  readonly credentialSha256: string;
  readonly revokedAtMs: number | null;
}

export async function findNodeByCredential(
  db: Database,
  credentialSha256: string,
): Promise<EnrolledNode | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(mediaNodes)
      .where(eq(mediaNodes.credentialSha256, credentialSha256))
      .limit(1),
  );
  const nodeId = row === undefined ? null : parseId("node", row.id);
  if (row === undefined || nodeId === null) return null;
  const { region, name, publicAddress, publicKey, revokedAtMs } = row;
  return { nodeId, region, name, publicAddress, publicKey, credentialSha256, revokedAtMs };
}

/** A node by its identifier; null when there is none. */
export async function findNode(
  db: Database,
  id: string,
): Promise<{
  readonly nodeId: NodeId;
  readonly region: string;
  readonly publicKey: string;
  readonly revokedAtMs: number | null;
} | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({
        region: mediaNodes.region,
        publicKey: mediaNodes.publicKey,
        revokedAtMs: mediaNodes.revokedAtMs,
      })
      .from(mediaNodes)
      .where(eq(mediaNodes.id, id))
      .limit(1),
  );
  const nodeId = parseId("node", id);
  return row === undefined || nodeId === null ? null : { nodeId, ...row };
}

/** Those of a region that are not revoked. */
export async function findNodesOfRegion(
  db: Database,
  region: string,
): Promise<readonly { readonly id: string }[]> {
  return db.read((reader) =>
    reader
      .select({ id: mediaNodes.id })
      .from(mediaNodes)
      .where(and(eq(mediaNodes.region, region), isNull(mediaNodes.revokedAtMs))),
  );
}

/** Fails with guard `node_not_revoked` when somebody was quicker. */
export function revokeNode(id: string, nowMs: number): readonly Statement[] {
  return [
    {
      sql: "UPDATE media_nodes SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL",
      args: [nowMs, id],
    },
    guardChangedOne("node_not_revoked"),
  ];
}

export type NodeRow = Pick<
  typeof mediaNodes.$inferSelect,
  "id" | "region" | "name" | "publicAddress" | "enrolledAtMs" | "revokedAtMs"
>;

/** Of one region, or of all when it is null, in the order of their enrolment. */
export async function listNodes(db: Database, region: string | null): Promise<readonly NodeRow[]> {
  const { enrolledAtMs, id, name, publicAddress, revokedAtMs } = mediaNodes;
  return db.read((reader) =>
    reader
      .select({ id, region: mediaNodes.region, name, publicAddress, enrolledAtMs, revokedAtMs })
      .from(mediaNodes)
      .where(region === null ? undefined : eq(mediaNodes.region, region))
      .orderBy(asc(id)),
  );
}

/** Those of `nodeIds` that are revoked. */
export async function findRevokedNodes(
  db: Database,
  nodeIds: readonly string[],
): Promise<readonly string[]> {
  if (nodeIds.length === 0) return [];
  const rows = await db.read((reader) =>
    reader
      .select({ id: mediaNodes.id })
      .from(mediaNodes)
      .where(and(inArray(mediaNodes.id, [...nodeIds]), isNotNull(mediaNodes.revokedAtMs))),
  );
  return rows.map((row) => row.id);
}

export interface JoinToken {
  readonly region: string;
  readonly expiresAtMs: number;
  readonly usedByNodeId: string | null;
}

export async function findJoinToken(db: Database, sha256: string): Promise<JoinToken | null> {
  const [row] = await db.read((reader) =>
    reader
      .select({
        region: joinTokens.region,
        expiresAtMs: joinTokens.expiresAtMs,
        usedByNodeId: joinTokens.usedByNodeId,
      })
      .from(joinTokens)
      .where(eq(joinTokens.sha256, sha256))
      .limit(1),
  );
  return row ?? null;
}

export function insertJoinToken(row: {
  readonly sha256: string;
  readonly region: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}): Statement {
  return {
    sql: "INSERT INTO join_tokens (sha256, region, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)",
    args: [row.sha256, row.region, row.createdAtMs, row.expiresAtMs],
  };
}

/** Uses the token up and enrols the node; fails with guard `join_token_unused` when it is used or expired. */
export function insertNode(row: {
  readonly nodeId: NodeId;
  readonly joinTokenSha256: string;
  readonly name: string;
  readonly publicAddress: string;
  readonly publicKey: string;
  readonly credentialSha256: string;
  readonly enrolledAtMs: number;
}): readonly Statement[] {
  return [
    {
      sql: `UPDATE join_tokens SET used_by_node_id = ?
            WHERE sha256 = ? AND used_by_node_id IS NULL AND expires_at_ms > ?`,
      args: [row.nodeId, row.joinTokenSha256, row.enrolledAtMs],
    },
    guardChangedOne("join_token_unused"),
    {
      sql: `INSERT INTO media_nodes
              (id, region, name, public_address, public_key, credential_sha256, enrolled_at_ms)
            SELECT ?, region, ?, ?, ?, ?, ? FROM join_tokens WHERE sha256 = ?`,
      args: [
        row.nodeId,
        row.name,
        row.publicAddress,
        row.publicKey,
        row.credentialSha256,
        row.enrolledAtMs,
        row.joinTokenSha256,
      ],
    },
  ];
}
