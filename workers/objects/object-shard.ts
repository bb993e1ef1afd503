import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { ObjectShardRpc } from "../objects-rpc.ts";

/** A value of SQLite in an object is at most 2 MB. */
const CHUNK_BYTES = 1_000_000;

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
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      sql.exec("DELETE FROM chunks WHERE key = ?", key);
      for (let at = 0; at === 0 || at < bytes.length; at += CHUNK_BYTES) {
        // A copy: the view may be of a larger buffer, which would be stored whole.
        const chunk = bytes.slice(at, at + CHUNK_BYTES).buffer;
        sql.exec("INSERT INTO chunks VALUES (?, ?, ?)", key, at / CHUNK_BYTES, chunk);
      }
    });
  }

  async get(key: string): Promise<Uint8Array | null> {
    const rows = this.ctx.storage.sql
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
    this.ctx.storage.sql.exec("DELETE FROM chunks WHERE key = ?", key);
  }
}
