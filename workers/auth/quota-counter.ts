import { errorName, log } from "../log.ts";
import type { CountedRequest } from "../objects-rpc.ts";
import type { Quota } from "./request-quota.ts";

/** The object that counts for every isolate. */
export interface QuotaObject {
  /** Takes one request, if there is one left. */
  take(id: string): Promise<CountedRequest>;
  /** Counts requests that were let in already. */
  add(id: string, count: number): Promise<CountedRequest>;
}

/** What this isolate knows of a key's window. */
interface Account {
  /** As the object said last. */
  remaining: number;
  endsAtMs: number;
  /** Let in since then: not told yet, and told without an answer yet. */
  untold: number;
  told: number;
}

/** Requests are told together, this long after the first of them. */
const TELL_AFTER_MS = 100;
/** Of the limit. With less than this left, each request is counted by the object before it is let in. */
const EXACT_SHARE = 0.1;
/** Of the limit: no more than this is let in that the object has not been told of. */
const UNTOLD_SHARE = 0.05;
const MAX_ACCOUNTS = 10_000;

/**
 * Counts requests in this isolate and tells the object of them afterwards, so that a request waits for
 * nobody. What it says is left is exact as far as this isolate knows: others are heard of a tenth of a
 * second later. Near the end of a quota, and when much is untold, a request asks the object first: an
 * isolate lets in no more than a twentieth of the limit beside what the others do.
 */
export class QuotaCounter {
  readonly #accounts = new Map<string, Account>();
  readonly #object: QuotaObject;
  readonly #policy: Pick<Quota, "limit" | "windowSecs">;
  readonly #clock: () => number;

  constructor(
    object: QuotaObject,
    policy: Pick<Quota, "limit" | "windowSecs">,
    clock: () => number,
  ) {
    this.#object = object;
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Null when the object does not answer. `background` takes what goes on after the request's answer. */
  async take(id: string, background: (work: Promise<void>) => void): Promise<Quota | null> {
    const account = this.#current(id);
    const unheard = account.told + account.untold;
    const left = account.remaining - unheard - 1;
    const { limit } = this.#policy;
    if (left >= limit * EXACT_SHARE && unheard < limit * UNTOLD_SHARE) {
      account.untold += 1;
      if (account.untold === 1) background(this.#tellSoon(id, account));
      return this.#quota({ remaining: left, isExceeded: false }, account);
    }
    try {
      // Both go to one object, which takes them in this order.
      const telling = this.#tell(id, account);
      const counted = await this.#object.take(id);
      await telling;
      this.#heard(account, counted);
      return this.#quota(counted, account);
    } catch (error) {
      // Nobody is refused because nobody counts.
      logUnreachable(error);
      return null;
    }
  }

  #current(id: string): Account {
    const found = this.#accounts.get(id);
    if (found !== undefined && found.endsAtMs > this.#clock()) return found;
    if (this.#accounts.size >= MAX_ACCOUNTS) this.#accounts.clear();
    const account = { remaining: 0, endsAtMs: 0, untold: 0, told: 0 };
    this.#accounts.set(id, account);
    return account;
  }

  async #tellSoon(id: string, account: Account): Promise<void> {
    await scheduler.wait(TELL_AFTER_MS);
    await this.#tell(id, account);
  }

  /** Never rejects: what is not heard is not counted. */
  async #tell(id: string, account: Account): Promise<void> {
    const count = account.untold;
    // Those of a window that is over are not held against the next one.
    if (count === 0 || account.endsAtMs <= this.#clock()) return;
    account.untold = 0;
    account.told += count;
    try {
      this.#heard(account, await this.#object.add(id, count));
    } catch (error) {
      logUnreachable(error);
    } finally {
      account.told -= count;
    }
  }

  #heard(account: Account, { remaining, resetMs }: CountedRequest): void {
    const endsAtMs = this.#clock() + resetMs;
    const isSameWindow = endsAtMs - account.endsAtMs < this.#policy.windowSecs * 500;
    // Answers may overtake one another; within a window the lowest is the newest.
    account.remaining = isSameWindow ? Math.min(account.remaining, remaining) : remaining;
    account.endsAtMs = endsAtMs;
  }

  #quota(
    { remaining, isExceeded }: Pick<CountedRequest, "remaining" | "isExceeded">,
    { endsAtMs }: Account,
  ): Quota {
    const resetSecs = Math.ceil((endsAtMs - this.#clock()) / 1000);
    return { ...this.#policy, remaining, isExceeded, resetSecs };
  }
}

function logUnreachable(error: unknown): void {
  log("warn", "quota_unreachable", { error: errorName(error) });
}
