/**
 * What grows, and for how long it is kept (docs/design/retention.md, which a test holds to this table).
 * `isSettable`: `RETENTION_DAYS` may say otherwise. The others are promises of their own: an
 * `Idempotency-Key` is good for a day, and a node may be away for weeks.
 */
export const RETENTION = {
  conversations: { days: 730, isSettable: true },
  transcripts: { days: 730, isSettable: true },
  sip_messages: { days: 30, isSettable: true },
  quality_series: { days: 30, isSettable: true },
  rejected_attempts: { days: 7, isSettable: true },
  events: { days: 30, isSettable: true },
  webhook_deliveries: { days: 30, isSettable: true },
  batch_calls: { days: 730, isSettable: true },
  outbound_orders: { days: 30, isSettable: false },
  erased_calls: { days: 30, isSettable: false },
  join_tokens: { days: 30, isSettable: false },
  routing_changes: { days: 7, isSettable: false },
  idempotency_keys: { days: 1, isSettable: false },
  write_ids: { days: 1, isSettable: false },
} as const satisfies Record<string, { readonly days: number; readonly isSettable: boolean }>;

export type RetentionKind = keyof typeof RETENTION;

/** Days of the kinds that a deployment has set. */
export type RetentionDays = Readonly<Partial<Record<RetentionKind, number>>>;

const DAY_MS = 86_400_000;
const MAX_DAYS = 3_650;

export function retentionMs(set: RetentionDays, kind: RetentionKind): number {
  return (set[kind] ?? RETENTION[kind].days) * DAY_MS;
}

/** `kind=days`, separated by commas; null for anything else. */
export function parseRetentionDays(text: string): RetentionDays | null {
  const set: Partial<Record<RetentionKind, number>> = {};
  for (const part of text.split(",").filter(Boolean)) {
    const [name = "", days = ""] = part.trim().split("=");
    const isDays = /^[1-9]\d{0,3}$/.test(days) && Number(days) <= MAX_DAYS;
    if (!isSettableKind(name) || !isDays) return null;
    set[name] = Number(days);
  }
  return set;
}

function isSettableKind(name: string): name is RetentionKind {
  return Object.hasOwn(RETENTION, name) && RETENTION[name as RetentionKind].isSettable; // its own key
}
