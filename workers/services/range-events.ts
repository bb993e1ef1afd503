import type { RangeChange } from "../../schema/contracts/network.ts";
import { OPERATOR_EVENTS, type RangesEvent } from "../../schema/contracts/operator-events.ts";
import type { AppDeps } from "../app-type.ts";
import { findSubscribers, insertOperatorEvent } from "../db/operator-events.ts";
import type { Statement } from "../db/write-unit.ts";
import type { Step } from "./range-lifecycle.ts";

/** Its events keep their order among themselves. */
const SUBJECT = "network";

/** The outbox rows of a version of the block, for its own transaction: what it schedules, and what it has changed. */
export async function rangeEvents(
  deps: Pick<AppDeps, "db" | "config">,
  version: number,
  { changes, notice, reason }: Step,
  nowMs: number,
): Promise<readonly Statement[]> {
  const later = changes.filter(({ effective_at_ms }) => effective_at_ms > nowMs);
  const now = changes.filter(({ effective_at_ms }) => effective_at_ms <= nowMs);
  const feed_url = `${deps.config.feed.url}/network/ip-ranges.json`;
  const tell = async (eventType: string, told: readonly RangeChange[]) => {
    if (told.length === 0) return [];
    const subscribers = await findSubscribers(deps.db, eventType);
    if (subscribers.length === 0) return [];
    const data: RangesEvent = { version, notice, reason, feed_url, changes: told.map(changeView) };
    return insertOperatorEvent({
      workspaceIds: [],
      subscribers,
      eventType,
      subject: SUBJECT,
      data,
      isToldOnce: false,
      nowMs,
    });
  };
  return [
    ...(await tell(OPERATOR_EVENTS.rangesScheduled, later)),
    ...(await tell(OPERATOR_EVENTS.rangesChanged, now)),
  ];
}

function changeView({ effective_at_ms, ...change }: RangeChange): RangesEvent["changes"][number] {
  return { ...change, effective_at: new Date(effective_at_ms).toISOString() };
}
