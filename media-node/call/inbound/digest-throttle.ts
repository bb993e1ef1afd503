import { createHash } from "node:crypto";
import ipaddr from "ipaddr.js";

/** Wrong passwords after which there is a pause, by what they have in common. */
const LIMITS = { pair: 5, user: 20, source: 20 } as const;
type Kind = keyof typeof LIMITS;

/** The first pause; each further wrong password after one doubles it. */
const FIRST_PAUSE_MS = 60_000;
const MAX_PAUSE_MS = 15 * 60_000;
/** Without another wrong password for so long, what came before is forgotten. */
const FORGET_MS = 30 * 60_000;
/** How long a source that has proved a user's password is not held up by what others do to the user. */
const GOOD_FOR_MS = 24 * 3_600_000;
const MAX_ENTRIES = 20_000;

/** Who tries: as claimed, whether or not there is such a user. */
export interface DigestTry {
  readonly sourceAddress: string;
  /** A source that trunks name carries the calls of many: it is held up by user only. */
  readonly isSourceNamed: boolean;
  readonly username: string;
}

export interface DigestThrottle {
  /** Not now, whatever the password. */
  isPaused(attempt: DigestTry): boolean;
  /** A wrong password. */
  failed(attempt: DigestTry): void;
  /** The right one, for a nonce that was still good. */
  succeeded(attempt: DigestTry): void;
}

interface Failures {
  readonly count: number;
  readonly lastAtMs: number;
}

/**
 * Holds up whoever guesses passwords: by source, by user, and by both together. A pair that was right before is held
 * up by its own mistakes only, so that nobody can lock a customer out by guessing at the customer's user name.
 */
export function createDigestThrottle(nowMs: () => number): DigestThrottle {
  const failures = {
    pair: new BoundedMap<Failures>(),
    user: new BoundedMap<Failures>(),
    source: new BoundedMap<Failures>(),
  };
  const good = new BoundedMap<number>();

  function keysOf(attempt: DigestTry): [Kind, string][] {
    const pair = pairOf(attempt);
    const keys: [Kind, string][] = [["pair", pair]];
    const provedAtMs = good.get(pair);
    if (provedAtMs !== undefined && nowMs() - provedAtMs < GOOD_FOR_MS) return keys;
    keys.push(["user", keyOf(attempt.username)]);
    if (!attempt.isSourceNamed) keys.push(["source", sourceKey(attempt.sourceAddress)]);
    return keys;
  }

  function isPaused([kind, key]: [Kind, string]): boolean {
    const known = failures[kind].get(key);
    if (known === undefined || known.count < LIMITS[kind]) return false;
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (known.count - LIMITS[kind]));
    return nowMs() - known.lastAtMs < pauseMs;
  }

  return {
    isPaused: (attempt) => keysOf(attempt).some(isPaused),
    failed(attempt) {
      const lastAtMs = nowMs();
      for (const [kind, key] of keysOf(attempt)) {
        const known = failures[kind].get(key);
        const isForgotten = known === undefined || lastAtMs - known.lastAtMs > FORGET_MS;
        failures[kind].set(key, { count: isForgotten ? 1 : known.count + 1, lastAtMs });
      }
    },
    succeeded(attempt) {
      // What others have done to the user or from the source is not forgiven by it.
      const pair = pairOf(attempt);
      failures.pair.delete(pair);
      good.set(pair, nowMs());
    },
  };
}

function pairOf({ sourceAddress, username }: DigestTry): string {
  return keyOf(`${sourceKey(sourceAddress)} ${username}`);
}

/** An IPv6 host has a /64 to choose its address from. */
function sourceKey(address: string): string {
  const bare = address.split("%", 1)[0] ?? "";
  if (!ipaddr.isValid(bare)) return bare;
  const parsed = ipaddr.process(bare);
  const bytes = parsed.toByteArray();
  return parsed.kind() === "ipv4" ? parsed.toString() : bytes.slice(0, 8).join(".");
}

/** A user name is as long as its sender likes; what is kept of it is not. */
function keyOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** Forgets what was set longest ago when it is full. */
class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
