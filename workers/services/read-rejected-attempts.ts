import type {
  RejectedAttemptQuery,
  RejectedAttemptView,
} from "../../schema/contracts/rejected-attempt.ts";
import { retentionMs } from "../../schema/values/retention.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findRejectedAttempts, type RejectedAttemptRow } from "../db/rejected-attempts.ts";
import { type Outcome, succeed } from "../errors/refusal.ts";
import { pageOf, readNumberCursor, writeCursor } from "./cursor.ts";

interface RejectedAttemptPage {
  readonly data: RejectedAttemptView[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

/** The workspace's own, whoever made them. */
export async function pageRejectedAttempts(
  deps: Pick<AppDeps, "config" | "db" | "clock">,
  principal: Principal,
  query: RejectedAttemptQuery,
): Promise<Outcome<RejectedAttemptPage>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readNumberCursor(cursor, filters);
  if (!position.ok) return position;
  const oldestMs = deps.clock() - retentionMs(deps.config.retentionDays, "rejected_attempts");
  const afterMs = query.after === undefined ? 0 : Date.parse(query.after);
  const rows = await findRejectedAttempts(deps.db, {
    workspaceId: principal.workspaceId,
    phoneNumberId: query.phone_number_id,
    code: query.code,
    sinceMs: Math.max(oldestMs, afterMs),
    after: position.value,
    limit: size + 1,
  });
  const { last, page } = pageOf(rows, size);
  return succeed({
    data: page.map(viewOf),
    has_more: last !== null,
    next_cursor: last === null ? null : writeCursor([last.firstAtMs, last.id], filters),
  });
}

function viewOf(row: RejectedAttemptRow): RejectedAttemptView {
  return {
    id: row.id,
    phone_number_id: row.phoneNumberId,
    conversation_id: row.conversationId,
    code: row.code,
    sip_status: row.sipStatus,
    reason: row.reason,
    hint: row.hint,
    source_address: row.sourceAddress,
    source_port: row.sourcePort,
    transport: row.transport,
    request_user: row.requestUser,
    request_host: row.requestHost,
    to_user: row.toUser,
    from_user: row.fromUser,
    sip_call_id: row.sipCallId,
    attempts: row.attempts,
    first_at: new Date(row.firstAtMs).toISOString(),
    last_at: new Date(row.lastAtMs).toISOString(),
  };
}
