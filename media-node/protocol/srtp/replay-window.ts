/** Which packet indices have been seen (RFC 3711 §3.3.2, which asks for a window of at least 64). */
export const REPLAY_WINDOW_SIZE = 128;

export interface ReplayWindow {
  /** -1 before the first packet. */
  highest: number;
  /** One byte per index, at the index modulo the size. */
  readonly seen: Uint8Array;
}

export function createReplayWindow(): ReplayWindow {
  return { highest: -1, seen: new Uint8Array(REPLAY_WINDOW_SIZE) };
}

/** True for an index that was marked or is too old to tell. */
export function isReplay(window: ReplayWindow, index: number): boolean {
  if (index > window.highest) return false;
  if (window.highest - index >= REPLAY_WINDOW_SIZE) return true;
  return window.seen[index % REPLAY_WINDOW_SIZE] === 1;
}

/** Called for authentic packets only, which `isReplay` has let pass. */
export function markSeen(window: ReplayWindow, index: number): void {
  if (index > window.highest) {
    if (index - window.highest >= REPLAY_WINDOW_SIZE) {
      window.seen.fill(0);
    } else {
      for (let i = window.highest + 1; i < index; i++) window.seen[i % REPLAY_WINDOW_SIZE] = 0;
    }
    window.highest = index;
  }
  window.seen[index % REPLAY_WINDOW_SIZE] = 1;
}
