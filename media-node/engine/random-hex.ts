import { randomFillSync } from "node:crypto";

const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Random octets in hexadecimal, each used once: asked for 4 kB at a time, because asking costs more than the octets. */
export function randomHex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString("hex", used, used + bytes);
  // What has been given out is not kept.
  pool.fill(0, used, used + bytes);
  used += bytes;
  return text;
}
