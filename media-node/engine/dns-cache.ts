import type { EngineClock } from "./clock.ts";
import { type DnsAnswer, DnsFault } from "./dns-queries.ts";

/** A look-up that takes longer has failed; its answer is kept when it comes after all. */
const LOOKUP_LIMIT_MS = 2_000;
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 300_000;
const UNKNOWN_TTL_MS = 30_000;
/** For "there is no such thing" and for "no answer": what is not there may come at any moment. */
const NEGATIVE_TTL_MS = 5_000;
/** While the DNS is down an answer is used for this long after its end. */
const GRACE_MS = 3_600_000;
/** Names are tenants' words: they may not fill the memory. */
const MAX_ENTRIES = 10_000;

interface Entry<Rec> {
  /** Or why nothing is known: the server has not answered within memory. */
  readonly known: readonly Rec[] | DnsFault;
  /** Until then nothing is asked. */
  readonly quietUntilMs: number;
  readonly graceUntilMs: number;
}

/** The answers of one kind of query: kept as long as they say, asked for once at a time, outliving a DNS outage. */
export class DnsCache<Rec> {
  readonly #kind: string;
  readonly #query: (name: string) => Promise<DnsAnswer<Rec>>;
  readonly #clock: EngineClock;
  readonly #onOutage: (detail: string) => void;
  readonly #entries = new Map<string, Entry<Rec>>();
  readonly #inFlight = new Map<string, Promise<readonly Rec[]>>();

  constructor(parts: {
    /** Record type, for the fault's text. */
    kind: string;
    query: (name: string) => Promise<DnsAnswer<Rec>>;
    clock: EngineClock;
    onOutage: (detail: string) => void;
  }) {
    this.#kind = parts.kind;
    this.#query = parts.query;
    this.#clock = parts.clock;
    this.#onOutage = parts.onOutage;
  }

  /** Empty when the name or type does not exist; rejects with DnsFault when that cannot be known. */
  async find(name: string): Promise<readonly Rec[]> {
    const key = name.toLowerCase();
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.#clock.nowMs() < entry.quietUntilMs) {
      if (entry.known instanceof DnsFault) throw entry.known;
      return entry.known;
    }
    const known = this.#inFlight.get(key);
    if (known !== undefined) return known;
    const asking = this.#ask(key).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, asking);
    return asking;
  }

  #ask(key: string): Promise<readonly Rec[]> {
    return new Promise((resolve, reject) => {
      let hasFailed = false;
      const limit = this.#clock.after(LOOKUP_LIMIT_MS, () => failed("ETIMEOUT", null));
      const failed = (code: string, cause: unknown): void => {
        if (hasFailed) return;
        hasFailed = true;
        const fault = new DnsFault(`${this.#kind} ${key}: ${code}`, { code, cause });
        const known = this.#afterOutage(key, fault);
        if (known instanceof DnsFault) reject(known);
        else resolve(known);
      };
      this.#query(key).then(
        (answer) => {
          limit.cancel();
          this.#keep(key, answer);
          resolve(answer.records);
        },
        (error: unknown) => {
          limit.cancel();
          failed(error instanceof DnsFault ? error.code : "EDNS", error);
        },
      );
    });
  }

  #keep(key: string, { records, ttlS }: DnsAnswer<Rec>): void {
    const toldMs = ttlS === null ? UNKNOWN_TTL_MS : ttlS * 1_000;
    const ttlMs =
      records.length === 0 ? NEGATIVE_TTL_MS : Math.min(Math.max(toldMs, MIN_TTL_MS), MAX_TTL_MS);
    const quietUntilMs = this.#clock.nowMs() + ttlMs;
    const graceMs = records.length === 0 ? 0 : GRACE_MS;
    this.#store(key, { known: records, quietUntilMs, graceUntilMs: quietUntilMs + graceMs });
  }

  /** The last answer while its grace lasts, else the fault. Nothing is asked for a moment either way. */
  #afterOutage(key: string, fault: DnsFault): readonly Rec[] | DnsFault {
    const nowMs = this.#clock.nowMs();
    const entry = this.#entries.get(key);
    const isUsable = entry !== undefined && nowMs < entry.graceUntilMs;
    const known = isUsable ? entry.known : fault;
    const graceUntilMs = isUsable ? entry.graceUntilMs : 0;
    this.#store(key, { known, quietUntilMs: nowMs + NEGATIVE_TTL_MS, graceUntilMs });
    const outcome = known === fault ? "nothing is known of it" : "its last answer is used";
    this.#onOutage(`${fault.message}; ${outcome}`);
    return known;
  }

  #store(key: string, entry: Entry<Rec>): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
