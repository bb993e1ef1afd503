import { type FoundApiKey, findApiKey } from "../db/api-keys.ts";
import type { Database } from "../db/client.ts";
import type { Writer } from "../db/write-unit.ts";

/** API keys as requests look them up. */
export interface KeyCache {
  /** Null for a key that does not exist. @throws DatabaseUnavailable */
  find(sha256: string): Promise<FoundApiKey | null>;
}

/** How long another isolate may still accept a key after it was revoked. */
const KEPT_MS = 2_000;
const MAX_KEPT = 1_000;
/** What a found key is made of: a write to either may change it. */
const KEY_TABLES = /\b(?:api_keys|workspaces)\b/;

/**
 * Keeps keys that were found for two seconds, so that a request costs one look-up less. A key that was
 * not found is asked for again: a new one works at once. Whatever this isolate writes through `writer`
 * to the tables of keys empties the cache, so that the isolate that has revoked a key refuses its next
 * request; others do within two seconds.
 */
export function createKeyCache(
  db: Database,
  writer: Writer,
  clock: () => number,
): { readonly keys: KeyCache; readonly writer: Writer } {
  const kept = new Map<string, { readonly found: FoundApiKey; readonly readAtMs: number }>();
  /** Rises with each emptying: a look-up that began before it is not kept. */
  let generation = 0;
  const empty = (): void => {
    kept.clear();
    generation += 1;
  };
  return {
    keys: {
      async find(sha256) {
        const nowMs = clock();
        const known = kept.get(sha256);
        if (known !== undefined && nowMs - known.readAtMs < KEPT_MS && nowMs >= known.readAtMs) {
          return known.found;
        }
        const began = generation;
        const found = await findApiKey(db, sha256);
        kept.delete(sha256);
        if (found !== null && began === generation) {
          if (kept.size >= MAX_KEPT) kept.clear();
          kept.set(sha256, { found, readAtMs: nowMs });
        }
        return found;
      },
    },
    writer: {
      async write(unit) {
        if (!unit.statements.some(({ sql }) => KEY_TABLES.test(sql))) return writer.write(unit);
        try {
          return await writer.write(unit);
        } finally {
          empty();
        }
      },
    },
  };
}
