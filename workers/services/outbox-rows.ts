import { insertEvent } from "../db/events.ts";
import type { Statement } from "../db/write-unit.ts";

/** What is told of a call once: the event, whether anybody is told or not, and an outbox row for each endpoint. */
export function outboxRows(
  eventType: string,
  call: { readonly workspaceId: string; readonly conversationId: string },
  body: string,
  endpointIds: readonly string[],
  nowMs: number,
): readonly Statement[] {
  return insertEvent({
    workspaceIds: [call.workspaceId],
    endpointIds,
    eventType,
    subject: call.conversationId,
    body,
    // An event may come twice, and a provisional end before its node's own record.
    isToldOnce: true,
    nowMs,
  });
}
