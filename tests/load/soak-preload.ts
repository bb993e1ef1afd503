import { promisify } from "node:util";
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";

/**
 * Loaded into every thread of a node that is soaked (`node --expose-gc --import`): says what is alive, and lets time
 * pass at once, so that what is kept for half a minute or an hour can be seen to go.
 */
export type ToSoaked =
  | { readonly kind: "measure" }
  | { readonly kind: "advance"; readonly byMs: number };

export interface ThreadState {
  readonly kind: "state";
  readonly threadId: number;
  readonly heapBytes: number;
  /** Pending timers of the program's own, those that keep no process alive too. */
  readonly timers: number;
  /** What keeps the thread alive, by kind (`process.getActiveResourcesInfo`). */
  readonly resources: Readonly<Record<string, number>>;
}

export type FromSoaked = ThreadState | { readonly kind: "advanced"; readonly threadId: number };

const CHANNEL = "trunkline-soak";

interface Pending {
  readonly dueAtMs: number;
  readonly fire: () => void;
}

const pending = new Map<unknown, Pending>();
const intervals = new Set<unknown>();
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  dateNow: Date.now,
  performanceNow: performance.now.bind(performance),
};
let aheadMs = 0;

function replaceTimers(): void {
  const setTimer = (fire: (...values: unknown[]) => void, delayMs = 0, ...values: unknown[]) => {
    const run = (): void => {
      pending.delete(timer);
      fire(...values);
    };
    const timer = real.setTimeout(run, delayMs);
    pending.set(timer, { dueAtMs: performance.now() + delayMs, fire: run });
    return timer;
  };
  const setRepeating = (fire: (...values: unknown[]) => void, ...rest: unknown[]) => {
    const [delayMs, ...values] = rest;
    const timer = real.setInterval(fire, Number(delayMs), ...values);
    intervals.add(timer);
    return timer;
  };
  const promised: unknown = Reflect.get(real.setTimeout, promisify.custom);
  Object.defineProperty(setTimer, promisify.custom, { value: promised });
  Object.assign(globalThis, {
    setTimeout: setTimer,
    clearTimeout(timer: NodeJS.Timeout | undefined) {
      pending.delete(timer);
      real.clearTimeout(timer);
    },
    setInterval: setRepeating,
    clearInterval(timer: NodeJS.Timeout | undefined) {
      intervals.delete(timer);
      real.clearInterval(timer);
    },
  });
  Date.now = () => real.dateNow() + Math.floor(aheadMs);
  performance.now = () => real.performanceNow() + aheadMs;
}

/** Fires what falls due, in order; what that sets again counts from the new time. */
function advance(byMs: number): void {
  aheadMs += byMs;
  const nowMs = performance.now();
  const due = [...pending].filter(([, { dueAtMs }]) => dueAtMs <= nowMs);
  due.sort(([, one], [, other]) => one.dueAtMs - other.dueAtMs);
  for (const [timer, entry] of due) {
    if (!pending.has(timer)) continue;
    real.clearTimeout(timer as NodeJS.Timeout); // only timers of setTimeout are kept
    entry.fire();
  }
}

function state(): ThreadState {
  // Compiled code and caches go too: what is left is what the program holds.
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    kind: "state",
    threadId,
    heapBytes: heapUsed + external,
    timers: pending.size + intervals.size,
    resources,
  };
}

replaceTimers();
const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = (event: { readonly data: ToSoaked | FromSoaked }) => {
  const { data } = event;
  if (data.kind === "measure") channel.postMessage(state());
  if (data.kind !== "advance") return;
  advance(data.byMs);
  channel.postMessage({ kind: "advanced", threadId } satisfies FromSoaked);
};
channel.unref();

if (isMainThread) {
  // A channel of its own: none hears itself.
  const asking = new BroadcastChannel(CHANNEL);
  asking.onmessage = (event: { readonly data: ToSoaked | FromSoaked }) => {
    const { data } = event;
    if (data.kind === "state" || data.kind === "advanced") process.send?.(data);
  };
  asking.unref();
  process.on("message", (message) => asking.postMessage(message));
}
