const HIDDEN = "[secret]";

/** Text that can be passed anywhere and printed nowhere: JSON, templates and inspection show no value. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: only where it is used, never into a variable that outlives the use. */
  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return HIDDEN;
  }

  toString(): string {
    return HIDDEN;
  }

  /** What util.inspect() and console methods ask for in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}
