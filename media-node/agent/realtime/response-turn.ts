/**
 * Whose turn it is: a session has one response at a time, and refuses to begin another meanwhile. What is asked for during one
 * is asked for when it is done, once.
 */
export class ResponseTurn {
  readonly #ask: (instructions: string | null) => void;
  /** Under way. */
  #active: string | null = null;
  /** Asked for, and not begun. */
  #isAsked = false;
  #isWanted = false;
  /** Under way, and of no interest any more. */
  #cut: string | null = null;

  constructor(ask: (instructions: string | null) => void) {
    this.#ask = ask;
  }

  request(instructions: string | null = null): void {
    if (this.#active !== null || this.#isAsked) {
      this.#isWanted = true;
      return;
    }
    this.#isAsked = true;
    this.#ask(instructions);
  }

  began(id: string): void {
    this.#active = id;
    this.#isAsked = false;
  }

  isHeard(id: string): boolean {
    return id !== this.#cut;
  }

  /** Nothing more of the response is played; false when none is under way that was. */
  cut(): boolean {
    const wasHeard = this.#active !== null && this.#active !== this.#cut;
    this.#cut = this.#active;
    return wasHeard;
  }

  done(id: string): void {
    if (this.#active === id) this.#active = null;
    if (this.#isWanted && this.#active === null) this.#askAgain();
  }

  /** What was asked for was refused; `isBusy`: because of a response that had begun by itself. */
  refused(isBusy: boolean): void {
    this.#isAsked = false;
    if (isBusy && this.#active !== null) this.#isWanted = true;
    else if (this.#isWanted && this.#active === null) this.#askAgain();
  }

  #askAgain(): void {
    this.#isWanted = false;
    this.request();
  }
}
