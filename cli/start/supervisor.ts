import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Guard } from "./guard.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import { identifyProcess, isRunning, type ProcessIdentity } from "./process-identity.ts";
import { type ChildName, STOP_GRACE_MS, stopInOrder } from "./stop-in-order.ts";

const READY_TIMEOUT_MS = 30_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;
/** A child that has been up for this long has recovered: the next retry is quick again. */
const SETTLED_MS = 60_000;
const LOG_CHECK_MS = 10_000;
const LAST_LINES = 5;
const LINE_CHARS = 200;
const END_AFTER_PIPE_MS = 500;

/** A program that runs for as long as the system does. */
export interface Service {
  readonly name: ChildName;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Gives the child a pipe as descriptor 3, which `ready` reads. */
  readonly hasControlPipe: boolean;
  /** Resolves when the child serves; rejects when it never will. `signal` aborts when it has ended. */
  ready(control: Readable | null, signal: AbortSignal): Promise<void>;
}

export interface SupervisorOptions {
  readonly logsFolder: string;
  readonly guard: Guard;
  /** Called with the children after each start and end. */
  readonly onChildren: (children: readonly ProcessIdentity[]) => void;
  readonly report: (event: SupervisorEvent) => void;
}

export type SupervisorEvent =
  | {
      readonly kind: "died";
      readonly name: ChildName;
      readonly why: string;
      readonly retryMs: number;
    }
  | { readonly kind: "back"; readonly name: ChildName; readonly pid: number };

/** A child ended before it served. `why` ends with the last lines of its log. */
export class ServiceFailed extends Error {
  readonly code = "service_failed";
  readonly service: ChildName;
  readonly why: string;

  constructor(service: ChildName, why: string, options?: ErrorOptions) {
    super(`${service} did not start: ${why}`, options);
    this.service = service;
    this.why = why;
  }
}

export interface Supervisor {
  /**
   * Starts a service and keeps it running from then on; `nextService` may differ, for instance in a
   * port that the system chose at the first start.
   * @throws ServiceFailed when the first start fails
   */
  run(service: Service, nextService?: () => Service): Promise<void>;
  /** Ends every child in order. */
  stop(atOnce?: AbortSignal): Promise<void>;
  /** Now running. */
  children(): readonly ProcessIdentity[];
}

interface Run {
  readonly identity: ProcessIdentity;
  readonly startedAt: number;
  /** Resolves with the reason when the process has ended. */
  readonly ended: Promise<string>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const running = new Map<ChildName, Run>();
  const logs = new Map<ChildName, LogFile>();
  const stopping = new AbortController();
  const logCheck = setInterval(() => {
    for (const log of logs.values()) log.bound();
  }, LOG_CHECK_MS);
  logCheck.unref();

  const children = (): ProcessIdentity[] => [...running.values()].map((run) => run.identity);

  function tellChildren(): void {
    options.guard.protect(children());
    options.onChildren(children());
  }

  function logOf(name: ChildName): LogFile {
    const known = logs.get(name);
    if (known !== undefined) return known;
    const log = openLogFile(`${options.logsFolder}/${name}.log`);
    logs.set(name, log);
    return log;
  }

  async function start(service: Service, readyWithinMs: number | null): Promise<Run> {
    const log = logOf(service.name);
    const child = spawn(service.command, service.args, {
      cwd: service.cwd,
      env: { ...service.env },
      detached: true, // a group and session of its own: the terminal's signals stop here
      stdio: ["ignore", log.descriptor, log.descriptor, service.hasControlPipe ? "pipe" : "ignore"],
    });
    const ended = endOf(child);
    const identity = child.pid === undefined ? null : identifyProcess(service.name, child.pid);
    if (identity === null) throw new ServiceFailed(service.name, await ended);
    const run: Run = { identity, startedAt: performance.now(), ended };
    running.set(service.name, run);
    tellChildren();

    const over = new AbortController();
    const deadline = readyWithinMs === null ? null : AbortSignal.timeout(readyWithinMs);
    const failure = ended.then((why): never => {
      throw new ServiceFailed(service.name, withLastLines(why, log));
    });
    const tooLate = new Promise<never>((_, reject) => {
      deadline?.addEventListener("abort", () =>
        reject(new ServiceFailed(service.name, withLastLines("it was not ready in time", log))),
      );
    });
    try {
      const control = service.hasControlPipe ? controlOf(child) : null;
      const ready = service.ready(control, over.signal).catch(async (cause: unknown) => {
        // A dying child closes its pipe before its end is seen: the end says more than the pipe.
        const unseen = cause instanceof Error ? cause.message : String(cause);
        const why = await Promise.race([ended, delay(END_AFTER_PIPE_MS, unseen, { ref: false })]);
        throw new ServiceFailed(service.name, withLastLines(why, log), { cause });
      });
      await Promise.race([ready, failure, tooLate]);
    } catch (error) {
      await stopInOrder([identity], { graceMs: STOP_GRACE_MS });
      running.delete(service.name);
      tellChildren();
      throw error;
    } finally {
      over.abort();
    }
    return run;
  }

  async function keepRunning(first: Run, nextService: () => Service): Promise<void> {
    let run = first;
    let retryMs = FIRST_RETRY_MS;
    for (;;) {
      const why = await run.ended;
      if (stopping.signal.aborted) return;
      const service = nextService();
      running.delete(service.name);
      tellChildren();
      if (performance.now() - run.startedAt > SETTLED_MS) retryMs = FIRST_RETRY_MS;
      options.report({
        kind: "died",
        name: service.name,
        why: withLastLines(why, logOf(service.name)),
        retryMs,
      });
      for (;;) {
        try {
          await delay(retryMs, undefined, { signal: stopping.signal });
        } catch {
          return; // the system stops
        }
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
        try {
          // A child may wait for another one that is down as well: ending it would help nobody.
          run = await start(service, null);
          break;
        } catch (error) {
          if (stopping.signal.aborted) return;
          const reason = error instanceof ServiceFailed ? error.why : String(error);
          options.report({ kind: "died", name: service.name, why: reason, retryMs });
        }
      }
      if (stopping.signal.aborted) return;
      options.report({ kind: "back", name: service.name, pid: run.identity.pid });
    }
  }

  return {
    children,
    async run(service, nextService = () => service) {
      stopping.signal.throwIfAborted();
      const run = await start(service, READY_TIMEOUT_MS);
      void keepRunning(run, nextService);
    },
    async stop(atOnce) {
      stopping.abort();
      clearInterval(logCheck);
      await stopInOrder(children().filter(isRunning), {
        graceMs: STOP_GRACE_MS,
        ...(atOnce === undefined ? {} : { atOnce }),
      });
      running.clear();
      tellChildren();
      for (const log of logs.values()) log[Symbol.dispose]();
      logs.clear();
    },
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      resolve(signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`);
    });
  });
}

function controlOf(child: ChildProcess): Readable | null {
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !("read" in pipe)) return null;
  pipe.on("error", () => {}); // its end is seen by `exit`
  return pipe;
}

function withLastLines(why: string, log: LogFile): string {
  const lines = log.lastLines(LAST_LINES).map((line) => line.slice(0, LINE_CHARS));
  return lines.length === 0 ? why : `${why}; its log ends with:\n    ${lines.join("\n    ")}`;
}
