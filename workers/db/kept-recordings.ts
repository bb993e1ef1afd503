import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";

/** A recording whose bytes are objects of the control plane. */
export interface KeptRecording {
  readonly rowId: number;
  readonly workspaceId: string;
  readonly conversationId: string;
  readonly callId: string;
  readonly parts: number;
  readonly expiresAtMs: number;
}

const COLUMNS = sql.raw(
  `rowid AS rowId, workspace_id AS workspaceId, conversation_id AS conversationId, call_id AS callId,
   json_extract(place, '$.count') AS parts, expires_at_ms AS expiresAtMs`,
);
const IS_KEPT = sql.raw("json_extract(place, '$.kind') = 'parts'");

/** Newest rows first, those before `beforeRowId`; null: from the newest on. */
export async function findKeptRecordings(
  db: Database,
  beforeRowId: number | null,
  limit: number,
): Promise<readonly KeptRecording[]> {
  const before = beforeRowId ?? Number.MAX_SAFE_INTEGER;
  return db.read((reader) =>
    reader.all<KeptRecording>(
      sql`SELECT ${COLUMNS} FROM recordings WHERE ${IS_KEPT} AND rowid < ${before}
          ORDER BY rowid DESC LIMIT ${limit}`,
    ),
  );
}

/** Oldest rows first. */
export async function findOldestKeptRecordings(
  db: Database,
  limit: number,
): Promise<readonly KeptRecording[]> {
  return db.read((reader) =>
    reader.all<KeptRecording>(
      sql`SELECT ${COLUMNS} FROM recordings WHERE ${IS_KEPT} ORDER BY rowid LIMIT ${limit}`,
    ),
  );
}
