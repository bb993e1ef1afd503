import { appendFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { type ProcessIdentity, processIdentitySchema } from "./process-identity.ts";
import { STOP_GRACE_MS, stopInOrder } from "./stop-in-order.ts";

/**
 * The process that outlives a killed supervisor for as long as it takes to stop the children. It reads
 * the current list of children from a pipe, one JSON array a line; the pipe's end is the supervisor's.
 * Arguments: the log file, and optionally the grace in milliseconds.
 */
const [logFile = "/dev/null", graceText = String(STOP_GRACE_MS)] = process.argv.slice(2);
const listSchema = z.array(processIdentitySchema);

// Whoever signals the whole family must not take away its last member.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

let children: ProcessIdentity[] = [];
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  children = listSchema.parse(JSON.parse(line));
});
process.stdin.on("error", () => lines.close());
lines.on("close", () => {
  void stopChildren();
});

async function stopChildren(): Promise<void> {
  if (children.length > 0) note(`the supervisor is gone: stopping ${describe(children)}`);
  await stopInOrder(children, {
    graceMs: Number(graceText),
    onKilled: (child) => note(`killed ${describe([child])}`),
  });
  process.exit(0);
}

function note(text: string): void {
  appendFileSync(logFile, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
}

function describe(list: readonly ProcessIdentity[]): string {
  return list.map((child) => `${child.name} (${child.pid})`).join(", ");
}
