import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "./client.ts";

const lastCallSchema = z.object({
  id: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  acceptedAtMs: z.number().nullable(),
  status: z.string(),
  code: z.string().nullable(),
  blame: z.string().nullable(),
  reason: z.string().nullable(),
});
const lastRefusalSchema = z.object({ atMs: z.number(), code: z.string(), reason: z.string() });

/** What the newest rows say of a number. */
export interface NumberActivityRow {
  readonly id: string;
  readonly region: string;
  readonly lastCall: z.infer<typeof lastCallSchema> | null;
  readonly lastRefusal: z.infer<typeof lastRefusalSchema> | null;
  readonly liveCalls: number;
  readonly openBatchCalls: number;
}

interface Found {
  readonly id: string;
  readonly region: string;
  readonly last_call: string | null;
  readonly last_refusal: string | null;
  readonly live_calls: number;
  readonly open_batch_calls: number;
}

/** Of those of the numbers that the workspace has: one step into an index for each fact. */
export async function findNumberActivity(
  db: Database,
  workspaceId: string,
  ids: readonly string[],
): Promise<NumberActivityRow[]> {
  const rows = await db.read((reader) =>
    reader.all<Found>(sql`SELECT n.id AS id, n.region AS region,
      (SELECT json_object('id', c.id, 'startedAtMs', c.started_at_ms, 'endedAtMs', c.ended_at_ms,
                'acceptedAtMs', c.accepted_at_ms, 'status', c.status, 'code', c.end_code,
                'blame', json_extract(c.record, '$.end.blame'), 'reason', c.termination_reason)
         FROM conversations c
        WHERE c.phone_number_id = n.id AND c.workspace_id = n.workspace_id
        ORDER BY c.started_at_ms DESC LIMIT 1) AS last_call,
      (SELECT json_object('atMs', r.last_at_ms, 'code', r.code, 'reason', r.reason)
         FROM rejected_attempts r
        WHERE r.phone_number_id = n.id AND r.workspace_id = n.workspace_id
        ORDER BY r.first_at_ms DESC LIMIT 1) AS last_refusal,
      (SELECT count(*) FROM conversations c INDEXED BY conversations_live
        WHERE c.workspace_id = n.workspace_id AND c.phone_number_id = n.id
          AND c.ended_at_ms IS NULL) AS live_calls,
      (SELECT count(*) FROM batch_calls b
        WHERE b.workspace_id = n.workspace_id AND b.region = n.region
          AND b.phone_number_id = n.id
          AND b.status IN ('draft', 'pending', 'in_progress')) AS open_batch_calls
      FROM phone_numbers n
      WHERE n.workspace_id = ${workspaceId}
        AND n.id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`),
  );
  return rows.map((row) => ({
    id: row.id,
    region: row.region,
    lastCall: row.last_call === null ? null : lastCallSchema.parse(JSON.parse(row.last_call)),
    lastRefusal:
      row.last_refusal === null ? null : lastRefusalSchema.parse(JSON.parse(row.last_refusal)),
    liveCalls: row.live_calls,
    openBatchCalls: row.open_batch_calls,
  }));
}
