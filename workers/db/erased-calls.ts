import { eq, lt } from "drizzle-orm";
import { erasedCalls } from "../../schema/tables/erased-calls.ts";
import { forgetRecipient } from "./batch-recipients.ts";
import type { Database } from "./client.ts";
import { eraseMarks } from "./conversation-marks.ts";
import type { ConversationRow } from "./conversations.ts";
import { guard, guardChangedOne, type Statement } from "./write-unit.ts";

/** An SQL condition with the call's identifier as its one argument: holds while the call has not been erased. */
export const NOT_ERASED = "NOT EXISTS (SELECT 1 FROM erased_calls WHERE call_id = ?)";

/** Fails its unit with `call_not_erased` when the call has been erased. */
export function guardNotErased(callId: string): Statement {
  return guard("call_not_erased", NOT_ERASED, [callId]);
}

/**
 * Removes all that the database has of the call, and remembers that nothing of it is to come back. Fails
 * with guard `conversation_exists` when somebody was quicker.
 */
export function eraseConversation(
  { id, callId, workspaceId }: Pick<ConversationRow, "id" | "callId" | "workspaceId">,
  nowMs: number,
): readonly Statement[] {
  return [
    {
      sql: `INSERT INTO erased_calls (call_id, erased_at_ms) VALUES (?, ?)
            ON CONFLICT (call_id) DO NOTHING`,
      args: [callId, nowMs],
    },
    {
      sql: "DELETE FROM events WHERE conversation_id = ? AND workspace_id = ?",
      args: [id, workspaceId],
    },
    {
      sql: "DELETE FROM webhook_deliveries WHERE conversation_id = ? AND workspace_id = ?",
      args: [id, workspaceId],
    },
    {
      sql: "DELETE FROM sip_message_logs WHERE call_id = ? AND workspace_id = ?",
      args: [callId, workspaceId],
    },
    {
      sql: "DELETE FROM recordings WHERE call_id = ? AND workspace_id = ?",
      args: [callId, workspaceId],
    },
    {
      sql: "DELETE FROM rejected_attempts WHERE workspace_id = ? AND conversation_id = ?",
      args: [workspaceId, id],
    },
    {
      // The order stays for the repetition of its request, which says the number itself.
      sql: "UPDATE outbound_orders SET to_number = '' WHERE call_id = ? AND workspace_id = ?",
      args: [callId, workspaceId],
    },
    ...eraseMarks(id),
    forgetRecipient(callId, nowMs),
    {
      sql: "DELETE FROM conversations WHERE id = ? AND workspace_id = ?",
      args: [id, workspaceId],
    },
    guardChangedOne("conversation_exists"),
  ];
}

export async function isErased(db: Database, callId: string): Promise<boolean> {
  const rows = await db.read((reader) =>
    reader
      .select({ callId: erasedCalls.callId })
      .from(erasedCalls)
      .where(eq(erasedCalls.callId, callId))
      .limit(1),
  );
  return rows.length > 0;
}

/** Whether anything was erased before `beforeMs`. */
export async function hasErasedBefore(db: Database, beforeMs: number): Promise<boolean> {
  const rows = await db.read((reader) =>
    reader
      .select({ callId: erasedCalls.callId })
      .from(erasedCalls)
      .where(lt(erasedCalls.erasedAtMs, beforeMs))
      .limit(1),
  );
  return rows.length > 0;
}

/** The oldest ones first. */
export function forgetErasedBefore(beforeMs: number, limit: number): Statement {
  return {
    sql: `DELETE FROM erased_calls WHERE call_id IN
      (SELECT call_id FROM erased_calls WHERE erased_at_ms < ? ORDER BY erased_at_ms LIMIT ?)`,
    args: [beforeMs, limit],
  };
}
