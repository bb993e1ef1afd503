import { and, eq, inArray } from "drizzle-orm";
import { workspaces } from "../../schema/tables/workspaces.ts";
import type { WorkspaceId } from "../../schema/values/ids.ts";
import type { Database } from "./client.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type WorkspaceRow = typeof workspaces.$inferSelect;

export async function findWorkspace(db: Database, id: string): Promise<WorkspaceRow | null> {
  const [row] = await db.read((reader) =>
    reader.select().from(workspaces).where(eq(workspaces.id, id)).limit(1),
  );
  return row ?? null;
}

/** Fails with guard `workspace_unchanged` when it was changed after `readAtMs` was its last change. */
export function updateWorkspace(row: WorkspaceRow, readAtMs: number): Statement[] {
  return [
    guard(
      "workspace_unchanged",
      "EXISTS (SELECT 1 FROM workspaces WHERE id = ? AND updated_at_ms = ?)",
      [row.id, readAtMs],
    ),
    statementOf(statementBuilder.update(workspaces).set(row).where(eq(workspaces.id, row.id))),
  ];
}

/** Those of `workspaceIds` that exist and belong to the region. */
export async function findWorkspacesOfRegion(
  db: Database,
  region: string,
  workspaceIds: readonly WorkspaceId[],
): Promise<ReadonlySet<string>> {
  if (workspaceIds.length === 0) return new Set();
  const rows = await db.read((reader) =>
    reader
      .select({ id: workspaces.id })
      .from(workspaces)
      .where(and(eq(workspaces.region, region), inArray(workspaces.id, [...workspaceIds]))),
  );
  return new Set(rows.map((row) => row.id));
}

/** A workspace and its first API key; fails with guard `host_label_free` when the label is taken. */
export function insertWorkspace(row: {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly hostLabel: string;
  readonly region: string;
  readonly concurrencyLimit: number | null;
  readonly operatesNodes: boolean;
  readonly apiKey: {
    readonly id: string;
    readonly name: string;
    readonly sha256: string;
    readonly last4: string;
  };
  readonly createdAtMs: number;
}): readonly Statement[] {
  const { apiKey } = row;
  return [
    guard("host_label_free", "NOT EXISTS (SELECT 1 FROM workspaces WHERE host_label = ?)", [
      row.hostLabel,
    ]),
    {
      sql: `INSERT INTO workspaces
              (id, name, host_label, region, concurrency_limit, operates_nodes, created_at_ms,
               updated_at_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      args: [
        row.id,
        row.name,
        row.hostLabel,
        row.region,
        row.concurrencyLimit,
        Number(row.operatesNodes),
        row.createdAtMs,
        row.createdAtMs,
      ],
    },
    {
      sql: `INSERT INTO api_keys (id, workspace_id, name, sha256, last4, created_at_ms)
            VALUES (?, ?, ?, ?, ?, ?)`,
      args: [apiKey.id, row.id, apiKey.name, apiKey.sha256, apiKey.last4, row.createdAtMs],
    },
  ];
}
