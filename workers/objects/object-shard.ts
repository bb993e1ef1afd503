import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { ObjectShardRpc } from "../objects-rpc.ts";

/** A value of SQLite in an object is at most 2 MB. */
const CHUNK_BYTES = 1_000_000;
/** Objects that expire are removed together: an alarm for each would cost more than they do. */
const SWEEP_MS = 3_600_000;
const SWEPT_OBJECTS = 1_000;

/** A part of the residency's object store, named `<residency>/objects/<number>`. */
export class ObjectShard extends DurableObject<Env> implements ObjectShardRpc {
  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    context.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS chunks (
         key TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL,
         PRIMARY KEY (key, position)
       ) WITHOUT ROWID`,
    );
    context.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS expiries (key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID",
    );
    context.storage.sql.exec("CREATE INDEX IF NOT EXISTS expiries_at ON expiries (at_ms)");
  }

  async put(key: string, bytes: Uint8Array, expiresAtMs: number | null): Promise<void> {
    const { sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      this.#remove(key);
      for (let at = 0; at === 0 || at < bytes.length; at += CHUNK_BYTES) {
        // A copy: the view may be of a larger buffer, which would be stored whole.
        const chunk = bytes.slice(at, at + CHUNK_BYTES).buffer;
        sql.exec("INSERT INTO chunks VALUES (?, ?, ?)", key, at / CHUNK_BYTES, chunk);
      }
      if (expiresAtMs !== null) sql.exec("INSERT INTO expiries VALUES (?, ?)", key, expiresAtMs);
    });
    if (expiresAtMs !== null) await this.#wakeAt(expiresAtMs);
  }

  async get(key: string): Promise<Uint8Array | null> {
    const { sql } = this.ctx.storage;
    const expired = sql.exec(
      "SELECT 1 FROM expiries WHERE key = ? AND at_ms <= ?",
      key,
      Date.now(),
    );
    if (expired.toArray().length > 0) return null;
    const rows = sql
      .exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM chunks WHERE key = ? ORDER BY position", key)
      .toArray();
    if (rows.length === 0) return null;
    const whole = new Uint8Array(rows.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
    let at = 0;
    for (const { bytes } of rows) {
      whole.set(new Uint8Array(bytes), at);
      at += bytes.byteLength;
    }
    return whole;
  }

  async delete(key: string): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#remove(key));
  }

  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const expired = sql
      .exec<{ key: string }>(
        "SELECT key FROM expiries WHERE at_ms <= ? ORDER BY at_ms LIMIT ?",
        Date.now(),
        SWEPT_OBJECTS,
      )
      .toArray();
    this.ctx.storage.transactionSync(() => {
      for (const { key } of expired) this.#remove(key);
    });
    const [next] = sql
      .exec<{ at_ms: number | null }>("SELECT MIN(at_ms) AS at_ms FROM expiries")
      .toArray();
    const nextAtMs = next?.at_ms ?? null;
    if (nextAtMs !== null) await this.#wakeAt(nextAtMs);
  }

  #remove(key: string): void {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM chunks WHERE key = ?", key);
    sql.exec("DELETE FROM expiries WHERE key = ?", key);
  }

  /** At the end of the hour in which the object expires, unless there is something to remove before. */
  async #wakeAt(expiresAtMs: number): Promise<void> {
    const sweepAtMs = Math.ceil(expiresAtMs / SWEEP_MS) * SWEEP_MS;
    const plannedAtMs = await this.ctx.storage.getAlarm();
    if (plannedAtMs === null || sweepAtMs < plannedAtMs) {
      await this.ctx.storage.setAlarm(sweepAtMs);
    }
  }
}
