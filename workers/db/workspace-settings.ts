import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { agents } from "../../schema/tables/agents.ts";
import { workspaceSettings } from "../../schema/tables/workspace-settings.ts";
import type { AgentRow } from "./agents.ts";
import { type Database, readRows } from "./client.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type WorkspaceSettingsRow = typeof workspaceSettings.$inferSelect;

/** Null when the workspace has never changed its settings. */
export async function findWorkspaceSettings(
  db: Database,
  workspaceId: string,
): Promise<WorkspaceSettingsRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(workspaceSettings)
      .where(eq(workspaceSettings.workspaceId, workspaceId))
      .limit(1),
  );
  return row ?? null;
}

/** Fails with guard `settings_unchanged` when the settings were changed after `read`. */
export function guardSettingsUnchanged(
  workspaceId: string,
  read: WorkspaceSettingsRow | null,
): Statement {
  return guard(
    "settings_unchanged",
    "COALESCE((SELECT updated_at_ms FROM workspace_settings WHERE workspace_id = ?), 0) = ?",
    [workspaceId, read?.updatedAtMs ?? 0],
  );
}

export function putWorkspaceSettings(row: WorkspaceSettingsRow): Statement {
  const { workspaceId: _key, createdAtMs: _made, ...changed } = row;
  return statementOf(
    statementBuilder
      .insert(workspaceSettings)
      .values(row)
      .onConflictDoUpdate({ target: workspaceSettings.workspaceId, set: changed }),
  );
}

const AGENTS_PAGE = 200;

const AGENTS_STATE = `SELECT COUNT(*) || ' ' || COALESCE(CAST(SUM(updated_at_ms) AS TEXT), '') AS state
  FROM agents WHERE workspace_id = ?`;

/** What changes with every change, creation and removal of an agent of the workspace. */
export async function readAgentsState(db: Database, workspaceId: string): Promise<string> {
  const [row] = await db.read((reader) =>
    reader
      .select({
        state: sql<string>`COUNT(*) || ' ' || COALESCE(CAST(SUM(${agents.updatedAtMs}) AS TEXT), '')`,
      })
      .from(agents)
      .where(eq(agents.workspaceId, workspaceId)),
  );
  return row?.state ?? "0 ";
}

/** Fails with guard `agents_unchanged` when an agent of the workspace was changed after `state` was read. */
export function guardAgentsUnchanged(workspaceId: string, state: string): Statement {
  return guard("agents_unchanged", `(${AGENTS_STATE}) = ?`, [workspaceId, state]);
}

/** Agents that ask the workspace's pre-call webhook, all of them, however large their settings are. */
export async function findAgentsAskingWorkspaceWebhook(
  db: Database,
  workspaceId: string,
): Promise<AgentRow[]> {
  const found: AgentRow[] = [];
  for (;;) {
    const page = await readRows(db, AGENTS_PAGE, (reader, limit) =>
      reader
        .select()
        .from(agents)
        .where(
          and(
            eq(agents.workspaceId, workspaceId),
            isNull(agents.preCallWebhook),
            sql`json_extract(${agents.vendorFields}, '$.platform_settings.overrides.enable_conversation_initiation_client_data_from_webhook') = 1`,
            gt(agents.id, found.at(-1)?.id ?? ""),
          ),
        )
        .orderBy(asc(agents.id))
        .limit(limit),
    );
    found.push(...page.rows);
    if (page.isLast) return found;
  }
}
