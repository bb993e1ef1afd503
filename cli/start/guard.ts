import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ProcessIdentity } from "./process-identity.ts";

const GUARDIAN = fileURLToPath(new URL("./guardian.ts", import.meta.url));
const RESTART_DELAY_MS = 500;

/** The supervisor's end of the guardian: tells it who must not outlive the supervisor. */
export interface Guard extends Disposable {
  /** Call after every start and end of a child. */
  protect(children: readonly ProcessIdentity[]): void;
}

export function startGuard(logFile: string, graceMs?: number): Guard {
  let protectedLine = "[]\n";
  let isOver = false;
  let guardian = launch();

  function launch(): ChildProcess {
    const args = [GUARDIAN, logFile, ...(graceMs === undefined ? [] : [String(graceMs)])];
    const child = spawn(process.execPath, args, {
      detached: true, // a session of its own: no terminal signal reaches it
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.unref();
    child.stdin?.on("error", () => {}); // its end is seen by `exit`
    child.stdin?.write(protectedLine);
    child.on("error", () => replaceLater());
    child.on("exit", () => replaceLater());
    return child;
  }

  function replaceLater(): void {
    if (isOver) return;
    setTimeout(() => {
      if (!isOver) guardian = launch();
    }, RESTART_DELAY_MS).unref();
  }

  return {
    protect(children) {
      protectedLine = `${JSON.stringify(children)}\n`;
      guardian.stdin?.write(protectedLine);
    },
    [Symbol.dispose]() {
      isOver = true;
      guardian.stdin?.end();
    },
  };
}
