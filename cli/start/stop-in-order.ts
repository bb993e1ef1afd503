import { setTimeout as delay } from "node:timers/promises";
import { isRunning, type ProcessIdentity, signalGroup } from "./process-identity.ts";

/** The node first, so that its calls' records still find a control plane; the database last. */
export const STOP_ORDER = ["media-node", "workerd", "sqld"] as const;
export type ChildName = (typeof STOP_ORDER)[number];

export const STOP_GRACE_MS = 5_000;
const POLL_MS = 20;

export interface StopOptions {
  readonly graceMs: number;
  /** Aborted: no more grace for anybody. */
  readonly atOnce?: AbortSignal;
  /** Told of each process that had to be killed. */
  readonly onKilled?: (identity: ProcessIdentity) => void;
}

/** Ends each process group in `STOP_ORDER`: SIGTERM, `graceMs`, then SIGKILL; returns when all are gone. */
export async function stopInOrder(
  processes: readonly ProcessIdentity[],
  options: StopOptions,
): Promise<void> {
  const names: readonly string[] = STOP_ORDER;
  const rank = (name: string): number => {
    const index = names.indexOf(name);
    return index === -1 ? STOP_ORDER.length : index;
  };
  const ordered = processes.toSorted((a, b) => rank(a.name) - rank(b.name));
  for (const identity of ordered) await stopOne(identity, options);
}

async function stopOne(identity: ProcessIdentity, options: StopOptions): Promise<void> {
  signalGroup(identity, "SIGTERM");
  const deadline = performance.now() + options.graceMs;
  while (isRunning(identity)) {
    if (options.atOnce?.aborted || performance.now() >= deadline) {
      signalGroup(identity, "SIGKILL");
      options.onKilled?.(identity);
      break;
    }
    await delay(POLL_MS);
  }
  // SIGKILL cannot be refused; what is left is the kernel's own time.
  while (isRunning(identity)) await delay(POLL_MS);
}
