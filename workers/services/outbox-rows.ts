import { newId } from "../../schema/values/ids.ts";
import { insertDelivery } from "../db/webhooks.ts";
import type { Statement } from "../db/write-unit.ts";

/** Of what is told of a call once: one body, one row an endpoint. */
export function outboxRows(
  eventType: string,
  conversationId: string,
  body: string,
  endpointIds: readonly string[],
  nowMs: number,
): readonly Statement[] {
  return endpointIds.map((endpointId) =>
    insertDelivery({
      id: newId("delivery"),
      endpointId,
      eventType,
      // An event may come twice, and a provisional end before its node's own record.
      isToldOnce: true,
      conversationId,
      body,
      createdAtMs: nowMs,
    }),
  );
}
