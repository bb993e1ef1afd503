import { routingRowText } from "../../schema/contracts/routing.ts";
import type { ReplacedChange } from "../db/routing-changes.ts";

/**
 * The hash of a routing table: XOR over the SHA-256 of each row's `routingRowText`, so that a change
 * costs two digests whatever the size of the table.
 */
export interface TableHash {
  readonly version: number;
  /** Lower-case hex. */
  readonly hash: string;
}

export const EMPTY_TABLE_HASH: TableHash = { version: 0, hash: "0".repeat(64) };

/** The hash after `changes`, which follow `hash.version` without a gap. */
export async function hashAfter(
  hash: TableHash,
  changes: readonly ReplacedChange[],
): Promise<TableHash> {
  const bytes = fromHex(hash.hash);
  let version = hash.version;
  for (const change of changes) {
    await toggle(bytes, change.kind, change.entityId, change.previousValue);
    await toggle(bytes, change.kind, change.entityId, change.value);
    version = change.version;
  }
  return { version, hash: bytes.toHex() };
}

async function toggle(
  hash: Uint8Array,
  kind: string,
  entityId: string,
  value: unknown,
): Promise<void> {
  if (value === null) return;
  const text = new TextEncoder().encode(routingRowText(kind, entityId, value));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  for (const [index, byte] of digest.entries()) hash[index] = (hash[index] ?? 0) ^ byte;
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16),
  );
}
