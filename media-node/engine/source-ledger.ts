import type { EngineClock } from "./clock.ts";

/** What a source has done that counts against it; a closed set, because it labels a metric. */
export type Offence =
  | "malformed"
  | "refused"
  | "too_fast"
  | "handshake_failed"
  | "message_unfinished"
  | "method_not_allowed";

export interface LedgerSettings {
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** So many offences at once are borne; each one is forgotten after `OFFENCE_LIFE_MS`. */
  readonly maxOffences: number;
  /** Sources remembered at most, and bans: the longest unseen are forgotten first. */
  readonly maxSources: number;
}

export interface Ban {
  readonly source: string;
  readonly durationMs: number;
  readonly offence: Offence;
}

interface Source {
  tokens: number;
  filledAtMs: number;
  offences: number;
  drainedAtMs: number;
  /** A call of its own came about: it is no scanner until then. */
  provenUntilMs: number;
}

interface BanRecord {
  untilMs: number;
  count: number;
}

const OFFENCE_LIFE_MS = 10_000;
const FIRST_BAN_MS = 60_000;
const BAN_GROWTH = 4;
const MAX_BAN_MS = 3_600_000;
/** A source that has behaved for so long after a ban starts again with the first. */
const BAN_MEMORY_MS = 86_400_000;
const PROVEN_MS = 3_600_000;

/** What is remembered of the sources of one kind of transport, in bounded memory. */
export class SourceLedger {
  readonly #settings: LedgerSettings;
  readonly #clock: EngineClock;
  /** In the order in which they were last seen. */
  readonly #sources = new Map<string, Source>();
  /** In the order in which they were made: a flood of new sources cannot displace them, only other bans can. */
  readonly #bans = new Map<string, BanRecord>();

  constructor(settings: LedgerSettings, clock: EngineClock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  get bannedNow(): number {
    const nowMs = this.#clock.nowMs();
    let count = 0;
    for (const ban of this.#bans.values()) if (ban.untilMs > nowMs) count += 1;
    return count;
  }

  /** How many sources are remembered, banned ones included. */
  get size(): number {
    return this.#sources.size + this.#bans.size;
  }

  isBanned(source: string): boolean {
    const ban = this.#bans.get(source);
    return ban !== undefined && ban.untilMs > this.#clock.nowMs();
  }

  /** Whether the source is within its rate; takes one from its bucket if so. */
  takes(source: string): boolean {
    const { requestBurst, requestsPerSecond } = this.#settings;
    const nowMs = this.#clock.nowMs();
    const entry = this.#touch(source, nowMs);
    const gained = (Math.max(0, nowMs - entry.filledAtMs) * requestsPerSecond) / 1_000;
    entry.tokens = Math.min(requestBurst, entry.tokens + gained);
    entry.filledAtMs = nowMs;
    if (entry.tokens < 1) return false;
    entry.tokens -= 1;
    return true;
  }

  /** Counts against the source; the ban that comes of it, if one does. `isSpared` is asked when one is due. */
  offended(source: string, offence: Offence, isSpared: () => boolean): Ban | null {
    const nowMs = this.#clock.nowMs();
    const entry = this.#touch(source, nowMs);
    const forgotten = Math.max(0, nowMs - entry.drainedAtMs) / OFFENCE_LIFE_MS;
    entry.offences = Math.max(0, entry.offences - forgotten) + 1;
    entry.drainedAtMs = nowMs;
    if (entry.offences <= this.#settings.maxOffences || entry.provenUntilMs > nowMs) return null;
    entry.offences = 0;
    if (isSpared()) return null;
    return { source, offence, durationMs: this.#ban(source, nowMs) };
  }

  /** A call with this source came about, which no scanner gets: it is not banned for an hour. */
  proven(source: string): void {
    const nowMs = this.#clock.nowMs();
    this.#touch(source, nowMs).provenUntilMs = nowMs + PROVEN_MS;
    this.#bans.delete(source);
  }

  #ban(source: string, nowMs: number): number {
    const earlier = this.#bans.get(source);
    const isRemembered = earlier !== undefined && nowMs - earlier.untilMs < BAN_MEMORY_MS;
    const count = isRemembered ? earlier.count + 1 : 1;
    const durationMs = Math.min(MAX_BAN_MS, FIRST_BAN_MS * BAN_GROWTH ** (count - 1));
    this.#bans.delete(source);
    this.#bans.set(source, { untilMs: nowMs + durationMs, count });
    dropOldest(this.#bans, this.#settings.maxSources);
    return durationMs;
  }

  #touch(source: string, nowMs: number): Source {
    const known = this.#sources.get(source);
    const entry = known ?? {
      tokens: this.#settings.requestBurst,
      filledAtMs: nowMs,
      offences: 0,
      drainedAtMs: nowMs,
      provenUntilMs: 0,
    };
    if (known !== undefined) this.#sources.delete(source);
    this.#sources.set(source, entry);
    dropOldest(this.#sources, this.#settings.maxSources);
    return entry;
  }
}

/** Keeps a map that is filled for ever within its limit. */
export function dropOldest(map: Map<string, unknown>, limit: number): void {
  if (map.size <= limit) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
