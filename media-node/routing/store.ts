import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { regionKeysSchema } from "../../schema/contracts/node-link.ts";
import { routingChangeSchema } from "../../schema/contracts/routing.ts";
import type { Secret } from "../../schema/values/secret.ts";
import { buildTable } from "./apply.ts";
import { type HighWaterMark, isOlder, readHighWater, writeHighWater } from "./high-water.ts";
import { makeNodeKey, type NodeKeys, readNodeKey } from "./node-key.ts";
import { readSealedFile, writeSealedFile } from "./sealed-file.ts";
import type { RoutingTable } from "./table.ts";

/** Region keys as the control plane gave them: wrapped to this node's own key. */
export type WrappedRegionKeys = z.infer<typeof regionKeysSchema>["keys"];

const fileHeadSchema = z.object({
  format: z.literal(1),
  region: z.string(),
  epoch: z.number().int().nonnegative(),
  version: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
  savedAtMs: z.number().int(),
  hash: z.string(),
  regionKeys: regionKeysSchema.shape.keys,
});

const fileRowSchema = routingChangeSchema.omit({ version: true });

/** Why a file was not taken. Every one of them leaves the node without a table until a pull succeeds. */
type RefusedFileCode =
  | "truncated"
  | "altered"
  | "older_than_high_water"
  | "high_water_missing"
  | "high_water_altered"
  | "key_missing"
  | "key_unreadable"
  | "other_region"
  | "unusable";

export type LoadOutcome =
  | {
      readonly kind: "loaded";
      readonly table: RoutingTable;
      readonly regionKeys: WrappedRegionKeys;
      readonly savedAtMs: number;
    }
  /** Nothing was ever written here. */
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly code: RefusedFileCode; readonly detail: string };

export interface RoutingStore {
  load(): Promise<LoadOutcome>;
  /**
   * Writes the table as it is when called, then raises the high-water mark to it. One at a time.
   * @throws the system's error; the file is then the one before
   */
  save(table: RoutingTable, regionKeys: WrappedRegionKeys, savedAtMs: number): Promise<void>;
  /** Null when no table was ever saved, or when the mark could not be believed. */
  highWater(): HighWaterMark | null;
  /** Lets the next table be older than the mark: an operator has said so. */
  forgetHighWater(): void;
}

export interface RoutingStoreSettings {
  /** Made when missing, for its owner only. */
  readonly directory: string;
  readonly nodeId: string;
  readonly region: string;
  readonly credential: Secret;
}

/** The table on disk, sealed: what a node serves from when it starts without its control plane. */
export function createRoutingStore(settings: RoutingStoreSettings): RoutingStore {
  const { directory, nodeId, region, credential } = settings;
  const tablePath = join(directory, "routing-table.sealed");
  const keyPath = join(directory, "node-key.sealed");
  const markPath = join(directory, "routing-high-water.json");
  let keys: NodeKeys | null = null;
  let mark: HighWaterMark | null = null;

  const refused = (code: RefusedFileCode, detail: string): LoadOutcome => ({
    kind: "refused",
    code,
    detail,
  });

  return {
    highWater: () => mark,

    forgetHighWater() {
      mark = null;
    },

    async load() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const key = await readNodeKey(keyPath, nodeId, credential);
      if (key.kind === "unreadable") {
        return refused("key_unreadable", "the node key does not open with this credential");
      }
      if (key.kind === "missing") {
        const probe = await readSealedFile(tablePath, Buffer.alloc(32), nodeId);
        if (probe.kind === "missing") return { kind: "empty" };
        return refused("key_missing", "there is a table and no key for it");
      }
      keys = key.keys;
      const water = await readHighWater(markPath, keys.mac);
      if (water.kind === "read") mark = water.mark;
      const file = await readSealedFile(tablePath, keys.sealing, nodeId);
      if (file.kind === "missing") {
        return mark === null
          ? { kind: "empty" }
          : refused("truncated", `the table of version ${mark.version} is gone`);
      }
      if (file.kind === "truncated") return refused("truncated", "the file was cut off");
      if (file.kind === "altered") return refused("altered", "the file's bytes were changed");
      if (water.kind === "altered") {
        return refused("high_water_altered", "the high-water mark does not verify");
      }
      const head = fileHeadSchema.safeParse(parseJson(file.lines[0] ?? ""));
      if (!head.success) return refused("unusable", "the file's first line is of another format");
      const { epoch, version, regionKeys, savedAtMs } = head.data;
      if (head.data.region !== region) return refused("other_region", head.data.region);
      // Without a mark the file's age cannot be judged: removing the mark must not bring an old one back.
      if (water.kind === "missing") {
        return refused("high_water_missing", `table ${epoch}.${version} has no high-water mark`);
      }
      if (isOlder({ epoch, version }, water.mark)) {
        const newest = `${water.mark.epoch}.${water.mark.version}`;
        return refused("older_than_high_water", `table ${epoch}.${version}, mark ${newest}`);
      }
      const rows = file.lines.slice(1).map((line) => fileRowSchema.safeParse(parseJson(line)));
      const built = await buildTable(
        head.data,
        rows.flatMap((row) => (row.success ? [row.data] : [])),
      );
      if (!built.ok) return refused("unusable", `${built.code}: ${built.detail}`);
      if (built.table.hash !== head.data.hash) return refused("unusable", "the table hash differs");
      return { kind: "loaded", table: built.table, regionKeys, savedAtMs };
    },

    async save(table, regionKeys, savedAtMs) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const { epoch, version, hash } = table;
      const rows = table.rows();
      keys ??= await makeNodeKey(keyPath, nodeId, credential);
      const head: z.input<typeof fileHeadSchema> = {
        format: 1,
        region,
        epoch,
        version,
        rows: rows.length,
        savedAtMs,
        hash,
        regionKeys,
      };
      await writeSealedFile(tablePath, keys.sealing, nodeId, linesOf(head, rows));
      // The mark last: a crash in between leaves a table that is newer than it, and is taken.
      mark = { epoch, version };
      await writeHighWater(markPath, keys.mac, mark);
    },
  };
}

function* linesOf(head: unknown, rows: ReturnType<RoutingTable["rows"]>): Generator<string> {
  yield JSON.stringify(head);
  for (const { kind, entityId, value } of rows) yield JSON.stringify({ kind, entityId, value });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
