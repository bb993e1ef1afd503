import { useSyncExternalStore } from "react";
import { durationWords } from "../model/words.ts";

/** One clock for all that count: they are drawn in one go. */
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    nowMs = Date.now();
    timer = setInterval(() => {
      nowMs = Date.now();
      for (const one of listeners) one();
    }, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** How long ago it was, counting on. */
export function Since({ atMs }: { atMs: number }) {
  const now = useSyncExternalStore(subscribe, () => nowMs);
  return <>{durationWords((now - atMs) / 1_000)}</>;
}
