import { type FeedFile, jsonFile } from "../network/document.ts";
import { type FeedPublicKey, feedPublicKey } from "../network/siblings.ts";

export const JWKS_PATH = "/.well-known/jwks.json";
/** A key is told this long before it signs, and this long after. */
const KEY_NOTICE_MS = 30 * 86_400_000;

/** The keys of the feed's signatures: the one that signs, the one that is to come, and those that did lately. */
export class FeedKeys {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS keys (x TEXT PRIMARY KEY, used_at_ms INTEGER) WITHOUT ROWID",
    );
  }

  /** The key set (RFC 7517 §5) as a file, in the order of the keys' names. */
  async announce(current: FeedPublicKey, nextX: string | null, nowMs: number): Promise<FeedFile> {
    this.#sql.exec(
      "INSERT INTO keys VALUES (?, ?) ON CONFLICT (x) DO UPDATE SET used_at_ms = excluded.used_at_ms",
      current.x,
      nowMs,
    );
    this.#sql.exec("DELETE FROM keys WHERE used_at_ms < ?", nowMs - KEY_NOTICE_MS);
    const used = this.#sql.exec<{ x: string }>("SELECT x FROM keys").toArray();
    const all = new Set([...used.map(({ x }) => x), ...(nextX === null ? [] : [nextX])]);
    const keys = await Promise.all([...all].map(feedPublicKey));
    keys.sort((a, b) => (a.kid < b.kid ? -1 : 1));
    return { ...jsonFile(JWKS_PATH, { keys }), contentType: "application/jwk-set+json" };
  }
}
