import {
  RANGE_DIRECTIONS,
  type RangeChange,
  rangeChangeSchema,
} from "../../schema/contracts/network.ts";
import { RANGE_SERVICES } from "../../schema/values/port-rules.ts";
import type { AppDeps } from "../app-type.ts";
import {
  type AddressRangeRow,
  type NetworkVersionRow,
  readNetworkVersions,
} from "../db/address-ranges.ts";
import type { FeedConfig, WorkerConfig } from "../env.ts";
import {
  createDocument,
  type FeedDocument,
  type FeedRange,
  type FeedSettings,
  type FeedVersion,
} from "../network/document.ts";
import { readNetworkState } from "./change-ranges.ts";
import { cidrOf } from "./range-checks.ts";

/**
 * What the feed is rendered from, as the database has it; null when nothing has ever been published.
 * @throws DatabaseUnavailable; FeedRefused for a table that holds what is never published
 */
export async function readFeedDocument(
  deps: Pick<AppDeps, "db" | "config">,
): Promise<FeedDocument | null> {
  const state = await readNetworkState(deps);
  if (state.version === 0) return null;
  const rows = await readNetworkVersions(deps.db);
  // One that came after the ranges were read is for the next look.
  const versions = rows.filter(({ version }) => version <= state.version).map(versionOf);
  return createDocument({
    version: state.version,
    publishedAtMs: versions.at(-1)?.publishedAtMs ?? 0,
    ranges: state.rows.flatMap(rangeOf),
    versions,
    regionVersions: regionVersions(state.rows),
    settings: await feedSettings(deps.config),
  });
}

function versionOf(row: NetworkVersionRow): FeedVersion {
  return { ...row, changes: changesOf(row) };
}

function changesOf(row: NetworkVersionRow): RangeChange[] {
  return rangeChangeSchema.array().parse(JSON.parse(row.changes));
}

/** None for a range that is gone. */
function rangeOf(row: AddressRangeRow): FeedRange[] {
  const { state } = row;
  if (state === "removed") return [];
  return [
    {
      id: row.id,
      prefix: cidrOf(row),
      region: row.region,
      geo: { country: row.country, subdivision: row.subdivision, city: row.city },
      services: RANGE_SERVICES.filter((service) => row.services.includes(service)),
      direction: RANGE_DIRECTIONS.filter((direction) => row.direction.includes(direction)),
      form: row.form,
      holder: row.holder,
      asn: row.asn,
      state,
      changedVersion: row.changedVersion,
      announcedAtMs: row.announcedAtMs,
      activeFromMs: row.activeFromMs,
      removeAfterMs: row.removeAfterMs,
    },
  ];
}

function regionVersions(rows: readonly AddressRangeRow[]): Record<string, number> {
  const newest: Record<string, number> = {};
  for (const { region, changedVersion } of rows) {
    newest[region] = Math.max(newest[region] ?? 0, changedVersion);
  }
  return newest;
}

async function feedSettings({
  feed,
  sipDomain,
}: Pick<WorkerConfig, "feed" | "sipDomain">): Promise<FeedSettings> {
  const { url, provider, ports } = feed;
  return { url, provider, sipDomain, ports, tlsRoots: await rootsOf(feed) };
}

function rootsOf({ tlsRoots }: FeedConfig): Promise<FeedSettings["tlsRoots"]> {
  return Promise.all(
    tlsRoots.map(async (pem) => {
      const der = Uint8Array.from(atob(pem.replaceAll(/-----[^-]+-----|\s/g, "")), (char) =>
        char.charCodeAt(0),
      );
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
      const sha256 = digest.toHex();
      return { pem, sha256 };
    }),
  );
}
