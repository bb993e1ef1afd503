import type { EngineClock, EngineTimer } from "./clock.ts";

/** A target from which nothing at all is heard for so long has failed the INVITE. */
const SILENCE_MS = 5_000;

export interface InviteFailoverDeps {
  readonly clock: EngineClock;
  /** No answer of the current target stands against trying the next one. */
  readonly mayMoveOn: () => boolean;
  /**
   * Sends the INVITE to the next target; false when there is none, or `mayMoveOn` does not hold any more when it is
   * connected. `restMs` is what a 503 asked for.
   */
  readonly moveOn: (restMs: number | null) => Promise<boolean>;
  readonly track: (moving: Promise<void>) => void;
}

/** When an INVITE leaves the target that has it (RFC 3263 §4.3), and what happens when there is no other. */
export class InviteFailover {
  readonly #deps: InviteFailoverDeps;
  #silence: EngineTimer | null = null;
  /** While the next target is being connected: what is done if that comes to nothing. */
  #otherwise: (() => void) | null = null;

  constructor(deps: InviteFailoverDeps) {
    this.#deps = deps;
  }

  /** The INVITE is on its way. Without a next target its own timer goes on. */
  waitForAnswer(): void {
    this.#silence?.cancel();
    this.#silence = this.#deps.clock.after(SILENCE_MS, () => this.failed(null, () => undefined));
  }

  heard(): void {
    this.#silence?.cancel();
  }

  /** The target has failed the INVITE. `otherwise` is done when no other target takes it. */
  failed(restMs: number | null, otherwise: () => void): void {
    const isMoving = this.#otherwise !== null;
    if (!isMoving && !this.#deps.mayMoveOn()) {
      otherwise();
      return;
    }
    this.#otherwise = otherwise;
    if (isMoving) return;
    const moving = this.#deps.moveOn(restMs).then((hasMoved) => {
      const stay = this.#otherwise;
      this.#otherwise = null;
      if (!hasMoved) stay?.();
    });
    this.#deps.track(moving);
  }
}
