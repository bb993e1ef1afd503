/** Calls of one IPv4 address or IPv6 /64: at the same time, and begun in a minute. */
const AT_ONCE_OF_SOURCE = 2;
const A_MINUTE_OF_SOURCE = 6;
/** Of all sources together, begun in a minute: an address costs a forger nothing. */
const A_MINUTE_OF_ALL = 60;
const WINDOW_MS = 60_000;
/** Of the node's places for media. */
const SHARE = 0.02;
const MOST_PLACES = 20;

export interface EchoLimitDeps {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Port pairs of the node. */
  readonly places: () => number;
  /** Who is counted as one. */
  readonly sourceKey: (address: string) => string;
}

/** Who may have a place among the echo calls: a small share of the node, so that calls of customers never wait for it. */
export interface EchoLimit {
  /** Null: not now. Disposing gives the place back. */
  take(sourceAddress: string): Disposable | null;
}

export function createEchoLimit({ nowMs, places, sourceKey }: EchoLimitDeps): EchoLimit {
  const running = new Map<string, number>();
  const begun = new Map<string, number>();
  let total = 0;
  let begunOfAll = 0;
  let windowAtMs = nowMs();
  return {
    take(sourceAddress) {
      if (nowMs() - windowAtMs >= WINDOW_MS) {
        windowAtMs = nowMs();
        begun.clear();
        begunOfAll = 0;
      }
      const key = sourceKey(sourceAddress);
      const mine = running.get(key) ?? 0;
      const mineBegun = begun.get(key) ?? 0;
      if (mine >= AT_ONCE_OF_SOURCE || mineBegun >= A_MINUTE_OF_SOURCE) return null;
      if (total >= placesFor(places()) || begunOfAll >= A_MINUTE_OF_ALL) return null;
      running.set(key, mine + 1);
      begun.set(key, mineBegun + 1);
      total += 1;
      begunOfAll += 1;
      return {
        [Symbol.dispose]() {
          total -= 1;
          const left = (running.get(key) ?? 1) - 1;
          if (left === 0) running.delete(key);
          else running.set(key, left);
        },
      };
    },
  };
}

function placesFor(portPairs: number): number {
  return Math.min(MOST_PLACES, Math.max(1, Math.floor(portPairs * SHARE)));
}
