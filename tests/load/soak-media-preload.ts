import childProcess from "node:child_process";
import { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded into a media node (`node --expose-gc --import`) and by it into its media processes: on SIGUSR2 each says on its
 * standard error what is alive.
 */
export interface LiveHeap {
  readonly liveHeapOf: number;
  /** After a collection: objects, and what they hold outside. */
  readonly bytes: number;
}

/** Media processes are given arguments of their own, and no environment. */
function followIntoMediaProcesses(): void {
  const { fork } = childProcess;
  const flags = ["--expose-gc", "--import", import.meta.url];
  childProcess.fork = ((module: string, args: string[], options: childProcess.ForkOptions) =>
    fork(module, args, {
      ...options,
      execArgv: [...(options.execArgv ?? []), ...flags],
    })) as typeof fork; // of its two forms the node uses this one
  syncBuiltinESMExports();
}

function sayHeap(): void {
  // The second waits for what the first has left to be swept.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const said: LiveHeap = { liveHeapOf: process.pid, bytes: heapUsed + external };
  writeSync(2, `${JSON.stringify(said)}\n`);
}

if (isMainThread) {
  followIntoMediaProcesses();
  process.on("SIGUSR2", sayHeap);
}
