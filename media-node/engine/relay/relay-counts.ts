const RESULTS = {
  /** Requests of peers that were handed to their owner, or by another node to this one. */
  out: ["taken", "unknown", "unreachable", "busy", "answered", "unanswerable"],
  in: ["taken", "unknown", "malformed"],
} as const;

export type RelayResult<Direction extends keyof typeof RESULTS> =
  (typeof RESULTS)[Direction][number];

export interface RelayCount {
  /** `out`: of this node's peers, to another node; `in`: from another node. */
  readonly direction: string;
  readonly result: string;
  readonly count: number;
}

/** What was relayed, by outcome. */
export class RelayCounts {
  readonly #counts = new Map<string, RelayCount>();

  constructor() {
    for (const direction of ["out", "in"] as const) {
      for (const result of RESULTS[direction]) {
        this.#counts.set(`${direction} ${result}`, { direction, result, count: 0 });
      }
    }
  }

  add<Direction extends keyof typeof RESULTS>(
    direction: Direction,
    result: RelayResult<Direction>,
  ): void {
    const key = `${direction} ${result}`;
    const before = this.#counts.get(key);
    if (before !== undefined) this.#counts.set(key, { ...before, count: before.count + 1 });
  }

  read(): readonly RelayCount[] {
    return [...this.#counts.values()];
  }
}
