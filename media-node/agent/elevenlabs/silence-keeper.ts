export const TICK_MS = 100;
/** Less than the shortest time after which an agent asks whether anybody is there. */
const ACTIVITY_TICKS = 10;

interface SilenceKeeperDeps {
  /** Silence for `TICK_MS`. */
  readonly say: () => void;
  /** Nobody can speak, and nobody is to be asked why. */
  readonly excuse: () => void;
}

/**
 * Keeps a caller's audio going where there is none: before the answer, on hold, and from peers that send nothing in silence. An
 * agent that hears nothing at all neither knows that its turn has come nor stays for more than a minute.
 */
export class SilenceKeeper implements Disposable {
  /** Nobody is at the other end: before the answer, and on hold. */
  isAlone = true;
  readonly #deps: SilenceKeeperDeps;
  readonly #timer: NodeJS.Timeout;
  #wasHeard = false;
  #ticks = 0;

  constructor(deps: SilenceKeeperDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Audio of the caller has been sent. */
  heard(): void {
    this.#wasHeard = true;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (!this.#wasHeard) this.#deps.say();
    this.#wasHeard = false;
    this.#ticks += 1;
    if (this.isAlone && this.#ticks % ACTIVITY_TICKS === 1) this.#deps.excuse();
  }
}
