import { type Env, objectNames } from "../env.ts";

/** Large things that grow by the call, each written once: what a bucket holds on the edge of a larger deployment. */
export interface ObjectStore {
  /** Replaces what was there. Nobody need delete what expires; absent: it is kept until it is deleted. */
  put(key: string, bytes: Uint8Array, expiresAtMs?: number): Promise<void>;
  /** Null when there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /** As often as anybody likes. */
  delete(key: string): Promise<void>;
}

/** Never changed: it decides where an object is looked for. */
const SHARDS = 64;

/** Objects in the storage of Durable Objects, which plain workerd has as well. */
export function createObjectStore(env: Env, residency: string): ObjectStore {
  const shardOf = (key: string) => {
    const name = objectNames.objectShard(residency, hashOf(key) % SHARDS);
    return env.OBJECT_SHARD.get(env.OBJECT_SHARD.idFromName(name));
  };
  return {
    put: (key, bytes, expiresAtMs) => shardOf(key).put(key, bytes, expiresAtMs ?? null),
    get: (key) => shardOf(key).get(key),
    delete: (key) => shardOf(key).delete(key),
  };
}

/** FNV-1a, 32 bits: spreads the keys. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
