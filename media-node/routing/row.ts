import { createHash } from "node:crypto";
import {
  type RoutingChange,
  type RoutingEntry,
  type RoutingKind,
  routingEntrySchema,
  routingRowText,
} from "../../schema/contracts/routing.ts";

const KNOWN_KINDS: Readonly<Record<RoutingKind, true>> = {
  phone_number: true,
  inbound_trunk: true,
  outbound_trunk: true,
  agent: true,
  workspace: true,
  address_block: true,
};

/** One row of the table. `value` is as it came, for the hash and the file; `entry` is what it means. */
export interface RoutingRow {
  readonly kind: string;
  readonly entityId: string;
  readonly value: unknown;
  /** Null for a kind that this software does not know: kept and hashed, never used. */
  readonly entry: RoutingEntry | null;
  /** SHA-256 of the row's text: XOR over all rows is the table hash. */
  readonly digest: Buffer;
}

/** Rows are flat; what nests deeper is no row of ours and could exhaust the stack of whoever walks it. */
const MAX_DEPTH = 32;

export type RowResult =
  | { readonly ok: true; readonly row: RoutingRow }
  | { readonly ok: false; readonly detail: string };

/** The detail of a failure names paths and rules, never values: a row may hold a tenant's data. */
export function parseRow(change: Pick<RoutingChange, "kind" | "entityId" | "value">): RowResult {
  const { kind, entityId, value } = change;
  if (isDeeper(value, MAX_DEPTH)) {
    return { ok: false, detail: `${kind} ${entityId}: nested more than ${MAX_DEPTH} deep` };
  }
  const digest = digestOf(kind, entityId, value);
  if (!Object.hasOwn(KNOWN_KINDS, kind)) {
    return { ok: true, row: { kind, entityId, value, entry: null, digest } };
  }
  const parsed = routingEntrySchema.safeParse({ kind, entityId, value });
  if (!parsed.success) {
    const issues = parsed.error.issues
      .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
      .slice(0, 5)
      .join("; ");
    return { ok: false, detail: `${kind} ${entityId}: ${issues}` };
  }
  const entry = parsed.data;
  if (entry.value !== null && entry.value.id !== entry.entityId) {
    return { ok: false, detail: `${kind} ${entityId}: its value names another entity` };
  }
  return { ok: true, row: { kind, entityId, value, entry, digest } };
}

/** What a row is filed under. */
export function rowKey(row: Pick<RoutingRow, "kind" | "entityId">): string {
  return `${row.kind}\n${row.entityId}`;
}

function digestOf(kind: string, entityId: string, value: unknown): Buffer {
  return createHash("sha256")
    .update(routingRowText(kind, entityId, value))
    .digest();
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeper(member, depth - 1));
}
