import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { insertEvent } from "../db/events.ts";
import { findEndpoint, listPending } from "../db/webhooks.ts";
import { commit, deps } from "../hub/test-fixture.ts";

/** Has an endpoint something to be told, behind its object's back; the identifier of its delivery. */
export async function enqueueFor(
  endpointId: string,
  told: {
    readonly eventType?: string;
    readonly conversationId?: string;
    /** Absent: a whole one. */
    readonly body?: string;
  } = {},
): Promise<string> {
  const endpoint = await findEndpoint(deps.db, endpointId);
  if (endpoint === null) throw new Error(`no endpoint ${endpointId}`);
  const eventType = told.eventType ?? "post_call_transcription";
  const conversationId = told.conversationId ?? conversationIdOf(newId("call"));
  const data = { conversation_id: conversationId, agent_id: "agent_x" };
  const known = new Set((await listPending(deps.db, endpointId, 500)).map(({ id }) => id));
  await commit(
    ...insertEvent({
      workspaceIds: [endpoint.workspaceId],
      endpointIds: [endpointId],
      eventType,
      subject: conversationId,
      body: told.body ?? JSON.stringify({ type: eventType, event_timestamp: 1_790_000_000, data }),
      isToldOnce: false,
      nowMs: Date.now(),
    }),
  );
  const pending = await listPending(deps.db, endpointId, 500);
  // An endpoint that is told nothing has none.
  return pending.find(({ id }) => !known.has(id))?.id ?? "";
}
