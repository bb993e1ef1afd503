import { readFileSync } from "node:fs";
import process from "node:process";
import { z } from "zod";

/**
 * A process that cannot be mistaken for a later one with the same number: Linux gives numbers out
 * again, so the start time in clock ticks since boot goes with it (proc(5), field 22 of stat).
 */
export const processIdentitySchema = z.object({
  name: z.string(),
  pid: z.number().int().positive(),
  startTicks: z.number().int().nonnegative(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** Null when there is no such process. */
export function identifyProcess(name: string, pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat === null ? null : { name, pid, startTicks: stat.startTicks };
}

/** A zombie has ended: only its parent has not looked yet. */
export function isRunning(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  return stat !== null && stat.startTicks === identity.startTicks && stat.state !== "Z";
}

/** Signals the process group that `identity` leads, if it is still that process. */
export function signalGroup(identity: ProcessIdentity, signal: "SIGTERM" | "SIGKILL"): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(-identity.pid, signal);
  } catch (error) {
    // It ended between the two lines.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function readStat(pid: number): { state: string; startTicks: number } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The name in parentheses may hold anything; the fields that count come after the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const startTicks = Number(fields[19]);
  return Number.isInteger(startTicks) ? { state: fields[0] ?? "", startTicks } : null;
}
