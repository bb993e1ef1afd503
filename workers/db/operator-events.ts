import { and, eq, isNull, ne, or, sql } from "drizzle-orm";
import { webhookEndpoints } from "../../schema/tables/webhooks.ts";
import type { Database } from "./client.ts";
import { insertEvent } from "./events.ts";
import type { Statement } from "./write-unit.ts";

/** Events that are of no call, and who is told of them. */

/** An endpoint, and whose it is. */
export interface Subscriber {
  readonly id: string;
  readonly workspaceId: string;
}

/**
 * Enabled endpoints that are told events of this type: those that name it, and those that want everything in our own
 * style. One in the vendor's style was made for the vendor's types.
 */
export async function findSubscribers(
  db: Database,
  eventType: string,
  /** Absent: of every workspace. */
  within?: { readonly workspaceId: string; readonly exceptId: string },
): Promise<readonly Subscriber[]> {
  const { eventTypes, id, isDisabled, signatureStyle, workspaceId } = webhookEndpoints;
  const names = sql`EXISTS (SELECT 1 FROM json_each(${eventTypes}) WHERE value = ${eventType})`;
  return db.read((reader) =>
    reader
      .select({ id, workspaceId })
      .from(webhookEndpoints)
      .where(
        and(
          eq(isDisabled, false),
          or(and(isNull(eventTypes), eq(signatureStyle, "standard")), names),
          within === undefined ? undefined : eq(workspaceId, within.workspaceId),
          within === undefined ? undefined : ne(id, within.exceptId),
        ),
      ),
  );
}

/** An event of no call with its outbox rows. */
export function insertOperatorEvent(event: {
  /** An event of each, with those that have a subscriber. */
  readonly workspaceIds: readonly string[];
  readonly subscribers: readonly Subscriber[];
  readonly eventType: string;
  /** What its order is kept among, in the place of a conversation. */
  readonly subject: string;
  readonly data: unknown;
  /** Told once of each subject; false: as often as it is inserted. */
  readonly isToldOnce: boolean;
  readonly nowMs: number;
}): readonly Statement[] {
  const { data, subscribers, workspaceIds, ...told } = event;
  const ofSubscribers = subscribers.map(({ workspaceId }) => workspaceId);
  return insertEvent({
    ...told,
    workspaceIds: [...new Set([...workspaceIds, ...ofSubscribers])],
    endpointIds: subscribers.map(({ id }) => id),
    body: JSON.stringify({
      type: told.eventType,
      event_timestamp: Math.floor(told.nowMs / 1000),
      data,
    }),
  });
}
