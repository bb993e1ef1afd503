import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Nonces that every node of a region can verify without having seen them (RFC 7616 §3.3): when it was made, 128 random
 * bits, and an HMAC over both with a key that the nodes of the region share.
 */

const TIME_BYTES = 6;
const RANDOM_BYTES = 16;
const MAC_BYTES = 16;
const NONCE_BYTES = TIME_BYTES + RANDOM_BYTES + MAC_BYTES;

/** Longer than an honest caller needs for its second try, across a slow link. */
const LIFETIME_MS = 60_000;
/** How far the clock of the node that made a nonce may be ahead. */
const MAX_AHEAD_MS = 10_000;
const MAX_REMEMBERED = 50_000;

export interface DigestNonces {
  make(): string;
  /**
   * Uses a nonce for one request whose response was right: `count` is its `nc`, null where the client has none and
   * the nonce is good for one request only. False for one that is not ours, has expired, or has been used so before.
   */
  use(nonce: string, count: number | null): boolean;
}

export interface NonceDeps {
  /** The first signs, all verify: keys change while calls go on. Never empty. */
  readonly keys: () => readonly Uint8Array[];
  readonly random: (bytes: number) => Uint8Array;
  readonly nowMs: () => number;
  /** Of how many nonces the use is remembered at once. */
  readonly maxRemembered?: number;
}

/** What is remembered of a nonce until it expires. */
interface Use {
  readonly madeAtMs: number;
  count: number;
}

export function createDigestNonces(deps: NonceDeps): DigestNonces {
  const { maxRemembered = MAX_REMEMBERED } = deps;
  /** In order of their first use, which is nearly that of their age. */
  const used = new Map<string, Use>();
  /** Nonces from before are refused: what was known of their use has been dropped. */
  let forgottenUntilMs = 0;

  function forgetOld(nowMs: number): void {
    for (const [nonce, { madeAtMs }] of used) {
      const isExpired = nowMs - madeAtMs > LIFETIME_MS;
      if (!isExpired && used.size < maxRemembered) return;
      if (!isExpired) forgottenUntilMs = Math.max(forgottenUntilMs, madeAtMs);
      used.delete(nonce);
    }
  }

  return {
    make() {
      const [key] = deps.keys();
      if (key === undefined) throw new TypeError("there is no key to sign a nonce with");
      const bytes = Buffer.alloc(NONCE_BYTES);
      bytes.writeUIntBE(deps.nowMs(), 0, TIME_BYTES);
      bytes.set(deps.random(RANDOM_BYTES), TIME_BYTES);
      bytes.set(macOf(key, bytes), TIME_BYTES + RANDOM_BYTES);
      return bytes.toString("base64url");
    },
    use(nonce, count) {
      const nowMs = deps.nowMs();
      const madeAtMs = madeAtOf(nonce, deps.keys());
      if (madeAtMs === null || madeAtMs <= forgottenUntilMs) return false;
      if (nowMs - madeAtMs > LIFETIME_MS || madeAtMs - nowMs > MAX_AHEAD_MS) return false;
      const known = used.get(nonce);
      if (known !== undefined && (count === null || count <= known.count)) return false;
      // Without a count there is no second use that could be told from a replay.
      const next = count ?? Number.POSITIVE_INFINITY;
      if (known !== undefined) known.count = next;
      else {
        forgetOld(nowMs);
        used.set(nonce, { madeAtMs, count: next });
      }
      return true;
    },
  };
}

/** Null for a nonce that no node of the region has made. */
function madeAtOf(nonce: string, keys: readonly Uint8Array[]): number | null {
  const bytes = Buffer.from(nonce, "base64url");
  // Decoding is tolerant; what is remembered by its text must have one text only.
  if (bytes.length !== NONCE_BYTES || bytes.toString("base64url") !== nonce) return null;
  const mac = bytes.subarray(TIME_BYTES + RANDOM_BYTES);
  const isOurs = keys.some((key) => timingSafeEqual(macOf(key, bytes), mac));
  return isOurs ? bytes.readUIntBE(0, TIME_BYTES) : null;
}

function macOf(key: Uint8Array, nonce: Buffer): Buffer {
  const signed = nonce.subarray(0, TIME_BYTES + RANDOM_BYTES);
  return createHmac("sha256", key).update(signed).digest().subarray(0, MAC_BYTES);
}
