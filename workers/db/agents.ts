import { and, asc, desc, eq, gt, lt, or, sql } from "drizzle-orm";
import { agents } from "../../schema/tables/agents.ts";
import { conversations } from "../../schema/tables/conversations.ts";
import { phoneNumbers } from "../../schema/tables/phone-numbers.ts";
import { type Database, type RowPage, readRows } from "./client.ts";
import type { PhoneNumberRow } from "./phone-numbers.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type AgentRow = typeof agents.$inferSelect;

export interface AgentPageQuery {
  readonly workspaceId: string;
  readonly search?: string | undefined;
  readonly sortBy: "created_at" | "name";
  readonly direction: "asc" | "desc";
  /** Where the page before ended: the sorted column and the identifier. */
  readonly after: readonly [string | number, string] | null;
  readonly limit: number;
}

export async function findAgent(
  db: Database,
  workspaceId: string,
  id: string,
): Promise<AgentRow | null> {
  const [row] = await db.read((reader) =>
    reader
      .select()
      .from(agents)
      .where(and(eq(agents.id, id), eq(agents.workspaceId, workspaceId)))
      .limit(1),
  );
  return row ?? null;
}

/** Whichever workspace has it: for nodes, which serve all of a region. */
export async function findAgentAnywhere(db: Database, id: string): Promise<AgentRow | null> {
  const [row] = await db.read((reader) =>
    reader.select().from(agents).where(eq(agents.id, id)).limit(1),
  );
  return row ?? null;
}

export interface ListedAgent {
  readonly agent: AgentRow;
  readonly lastCallAtMs: number | null;
}

export async function findAgents(
  db: Database,
  query: AgentPageQuery,
): Promise<RowPage<ListedAgent>> {
  const column = query.sortBy === "name" ? agents.name : agents.createdAtMs;
  const [order, beyond] = query.direction === "asc" ? [asc, gt] : [desc, lt];
  const { after, search } = query;
  return readRows(db, query.limit, (reader, limit) =>
    reader
      .select({
        agent: agents,
        // Columns in full: of a select from one table drizzle writes them without it, and `id` would be the conversation's.
        lastCallAtMs: sql<number | null>`(SELECT MAX(c.started_at_ms)
          FROM ${conversations} c WHERE c.agent_id = agents.id)`,
      })
      .from(agents)
      .where(
        and(
          eq(agents.workspaceId, query.workspaceId),
          search === undefined
            ? undefined
            : sql`instr(lower(${agents.name}), lower(${search})) > 0`,
          after === null
            ? undefined
            : or(beyond(column, after[0]), and(eq(column, after[0]), beyond(agents.id, after[1]))),
        ),
      )
      .orderBy(order(column), order(agents.id))
      .limit(limit),
  );
}

export async function findNumbersOfAgent(
  db: Database,
  workspaceId: string,
  agentId: string,
): Promise<PhoneNumberRow[]> {
  return db.read((reader) =>
    reader
      .select()
      .from(phoneNumbers)
      .where(and(eq(phoneNumbers.agentId, agentId), eq(phoneNumbers.workspaceId, workspaceId)))
      .orderBy(asc(phoneNumbers.id)),
  );
}

export function insertAgent(row: AgentRow): Statement {
  return statementOf(statementBuilder.insert(agents).values(row));
}

/** Fails with guard `agent_unchanged` when the agent was changed after `readAtMs` was its last change. */
export function updateAgent(row: AgentRow, readAtMs: number): Statement[] {
  return [
    guard("agent_unchanged", "EXISTS (SELECT 1 FROM agents WHERE id = ? AND updated_at_ms = ?)", [
      row.id,
      readAtMs,
    ]),
    statementOf(statementBuilder.update(agents).set(row).where(eq(agents.id, row.id))),
  ];
}

/**
 * Unassigns `numbers` and deletes the agent. Fails with guard `assignments_unchanged` when the agent's
 * numbers are no longer exactly these as they were read.
 */
export function deleteAgent(
  agentId: string,
  numbers: readonly PhoneNumberRow[],
  nowMs: number,
): Statement[] {
  const asRead = numbers.map((number) => `${number.id} ${number.updatedAtMs}`).join("\n");
  return [
    guard(
      "assignments_unchanged",
      `(SELECT COALESCE(group_concat(line, char(10)), '') FROM (
        SELECT id || ' ' || updated_at_ms AS line FROM phone_numbers WHERE agent_id = ? ORDER BY id
       )) = ?`,
      [agentId, asRead],
    ),
    {
      sql: `UPDATE phone_numbers SET agent_id = NULL, updated_at_ms = MAX(updated_at_ms + 1, ?)
            WHERE agent_id = ?`,
      args: [nowMs, agentId],
    },
    statementOf(statementBuilder.delete(agents).where(eq(agents.id, agentId))),
  ];
}

/** Fails with guard `agent_exists` unless the workspace has the agent. */
export function guardAgentExists(workspaceId: string, agentId: string): Statement {
  return guard("agent_exists", "EXISTS (SELECT 1 FROM agents WHERE id = ? AND workspace_id = ?)", [
    agentId,
    workspaceId,
  ]);
}
