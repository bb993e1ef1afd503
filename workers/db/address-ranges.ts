import { asc, desc } from "drizzle-orm";
import { addressRanges, networkVersions } from "../../schema/tables/address-ranges.ts";
import { mediaNodes } from "../../schema/tables/media-nodes.ts";
import type { Database } from "./client.ts";
import { statementBuilder, statementOf } from "./statements.ts";
import { guard, type Statement } from "./write-unit.ts";

export type AddressRangeRow = typeof addressRanges.$inferSelect;
export type NetworkVersionRow = typeof networkVersions.$inferSelect;

export async function readRanges(db: Database): Promise<AddressRangeRow[]> {
  return db.read((reader) => reader.select().from(addressRanges).orderBy(asc(addressRanges.id)));
}

/** Oldest first. */
export async function readNetworkVersions(db: Database): Promise<NetworkVersionRow[]> {
  return db.read((reader) =>
    reader.select().from(networkVersions).orderBy(asc(networkVersions.version)),
  );
}

/** 0 before the first. */
export async function readNetworkHead(db: Database): Promise<number> {
  const [row] = await db.read((reader) =>
    reader
      .select({ version: networkVersions.version })
      .from(networkVersions)
      .orderBy(desc(networkVersions.version))
      .limit(1),
  );
  return row?.version ?? 0;
}

/** Where nodes are, those that are revoked as well. */
export interface NodeAddress {
  readonly name: string;
  readonly region: string;
  readonly publicAddress: string;
  readonly revokedAtMs: number | null;
}

export async function readNodeAddresses(db: Database): Promise<NodeAddress[]> {
  return db.read((reader) =>
    reader
      .select({
        name: mediaNodes.name,
        region: mediaNodes.region,
        publicAddress: mediaNodes.publicAddress,
        revokedAtMs: mediaNodes.revokedAtMs,
      })
      .from(mediaNodes)
      .orderBy(asc(mediaNodes.id)),
  );
}

/** One version and what it changes; fails with guard `network_version` when another came first. */
export function insertNetworkVersion(
  version: NetworkVersionRow,
  ranges: readonly AddressRangeRow[],
  versionBefore: number,
): Statement[] {
  return [
    guard("network_version", "(SELECT COALESCE(MAX(version), 0) FROM network_versions) = ?", [
      versionBefore,
    ]),
    statementOf(statementBuilder.insert(networkVersions).values(version)),
    ...ranges.map((row) =>
      statementOf(
        statementBuilder
          .insert(addressRanges)
          .values(row)
          .onConflictDoUpdate({ target: addressRanges.id, set: row }),
      ),
    ),
  ];
}
