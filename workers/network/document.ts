import type {
  Notice,
  RangeChange,
  RangeDirection,
  RangeForm,
  RangeGeo,
  RangeState,
} from "../../schema/contracts/network.ts";
import type { Cidr } from "../../schema/values/cidr.ts";
import {
  aggregateCidrs,
  cidrBounds,
  compareCidrs,
  specialRangeIn,
} from "../../schema/values/cidr-set.ts";
import type { PortSettings, RangeService } from "../../schema/values/port-rules.ts";

/** What every format is rendered from: the block at one version, and what the deployment is called. */
export interface FeedDocument {
  readonly version: number;
  readonly publishedAtMs: number;
  /** In the order of `compareCidrs`; removed ones are not among them. */
  readonly ranges: readonly FeedRange[];
  /** Oldest first. */
  readonly versions: readonly FeedVersion[];
  /** By region: the last version that changed it, removals included. */
  readonly regionVersions: Readonly<Record<string, number>>;
  readonly settings: FeedSettings;
}

export interface FeedRange {
  readonly id: string;
  readonly prefix: Cidr;
  readonly region: string;
  readonly geo: RangeGeo;
  readonly services: readonly RangeService[];
  readonly direction: readonly RangeDirection[];
  readonly form: RangeForm;
  readonly holder: string;
  readonly asn: number | null;
  readonly state: Exclude<RangeState, "removed">;
  readonly changedVersion: number;
  readonly announcedAtMs: number;
  readonly activeFromMs: number;
  /** Null unless it is deprecated. */
  readonly removeAfterMs: number | null;
}

export interface FeedVersion {
  readonly version: number;
  readonly publishedAtMs: number;
  readonly notice: Notice;
  readonly reason: string | null;
  readonly changes: readonly RangeChange[];
}

export interface FeedSettings {
  /** Where the feed is: origin, without a slash at the end. */
  readonly url: string;
  readonly provider: string;
  readonly sipDomain: string;
  readonly ports: PortSettings;
  /** Authorities that sign the certificates of nodes and feed; empty: not told. */
  readonly tlsRoots: readonly { readonly pem: string; readonly sha256: string }[];
}

/** One file of the feed, as it is served. */
export interface FeedFile {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** A feed that must not go out: our bug, or a database that was written by other means. */
export class FeedRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "FeedRefused";
    this.code = code;
  }
}

/**
 * Orders the ranges and refuses what is never published, whoever wrote it into the table.
 * @throws FeedRefused
 */
export function createDocument(input: FeedDocument): FeedDocument {
  for (const { prefix } of input.ranges) {
    const special = specialRangeIn(prefix);
    if (special !== null) {
      throw new FeedRefused("range_not_public", `${prefix} touches a ${special} range`);
    }
  }
  const ranges = [...input.ranges].sort((a, b) => compareCidrs(a.prefix, b.prefix));
  return { ...input, ranges };
}

/** Ranges that packets may come from today: what is about to go is allowed until it is gone. */
export function inUse(document: FeedDocument): readonly FeedRange[] {
  return document.ranges.filter(({ state }) => state !== "pending");
}

export interface ListFilter {
  readonly family?: 4 | 6;
  readonly region?: string;
  readonly service?: RangeService;
}

/** The fewest blocks of those ranges that pass. */
export function blocksOf(ranges: readonly FeedRange[], filter: ListFilter = {}): Cidr[] {
  const { family, region, service } = filter;
  return aggregateCidrs(
    ranges
      .filter(
        (range) =>
          (family === undefined || cidrBounds(range.prefix).family === family) &&
          (region === undefined || range.region === region) &&
          (service === undefined || range.services.includes(service)),
      )
      .map(({ prefix }) => prefix),
  );
}

/** Names in order. */
export function regionsOf(ranges: readonly FeedRange[]): string[] {
  return [...new Set(ranges.map(({ region }) => region))].sort();
}

export function familyOf(range: Pick<FeedRange, "prefix">): 4 | 6 {
  return cidrBounds(range.prefix).family;
}

/** `trunkline` of `Trunkline`: names of objects in firewalls. */
export function slugOf({ provider }: Pick<FeedSettings, "provider">): string {
  const slug = provider.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return slug.replaceAll(/^-+|-+$/g, "") || "sip";
}

/** RFC 3339, UTC, whole seconds. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function jsonFile(path: string, value: unknown): FeedFile {
  const body = `${JSON.stringify(value, null, 2)}\n`;
  return { path, contentType: "application/json", body };
}

/** Lines end with LF, the last one too. */
export function textFile(
  path: string,
  lines: readonly string[],
  contentType = "text/plain; charset=utf-8",
): FeedFile {
  return { path, contentType, body: lines.map((line) => `${line}\n`).join("") };
}
