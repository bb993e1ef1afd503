import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type MessageLog, messageLogSchema } from "../../schema/contracts/sip-messages.ts";
import { absentAs, TEMPORARY_SUFFIX } from "../routing/durable-file.ts";
import { backoffMs, createAlarm } from "./alarm.ts";
import { type ControlPlaneClient, refusedAnswer } from "./http-client.ts";
import type { ControlDeps } from "./ports.ts";

const DEFAULT_LIMITS = { files: 2_000, bytes: 128 * 1024 * 1024 };
const RETRY = { firstMs: 1_000, maxMs: 60_000 };
/** Nothing is waited for when the spool is empty: an offer rings. */
const IDLE_MS = 60_000;
/** While the records of calls go first. */
const YIELD_MS = 500;
/** The log is wrong, or nobody's: it can never be taken. */
const WRONG_FOR_EVER: ReadonlySet<number> = new Set([400, 404, 413, 422]);
const OWNER_ONLY = 0o600;

export interface MessageSpool {
  /** Keeps the log until it is delivered, if there is room. Never throws. */
  offer(log: MessageLog): void;
  /** Logs that wait. */
  readonly depth: number;
  /** Writes what was offered, tries to deliver until `budgetMs` is over; the rest stays on disk. */
  stop(budgetMs: number): Promise<void>;
}

export interface MessageSpoolDeps extends ControlDeps {
  readonly directory: string;
  readonly client: Pick<ControlPlaneClient, "send">;
  /** More important work waits for the control plane. */
  readonly isBusy: () => boolean;
  /** Absent: 2,000 files, 128 MiB. */
  readonly limits?: { readonly files: number; readonly bytes: number };
}

interface Spooled {
  readonly name: string;
  readonly bytes: number;
}

/**
 * SIP messages of ended calls on their way to the control plane: on disk, oldest first, behind the records of calls.
 * They are for looking into what went wrong: without room, or when they are refused, they are lost and counted.
 * @throws the system's error when the directory cannot be read
 */
export async function startMessageSpool(deps: MessageSpoolDeps): Promise<MessageSpool> {
  const { clock, directory, logger, metrics } = deps;
  const limits = deps.limits ?? DEFAULT_LIMITS;
  const queue = await listSpooled(directory);
  let bytes = queue.reduce((sum, spooled) => sum + spooled.bytes, 0);
  let written = queue.length;
  const alarm = createAlarm(clock);
  const pause = createAlarm(clock);
  const stopping = new AbortController();
  let isStopping = false;
  let writing: Promise<void> = Promise.resolve();
  let failedWith: string | null = null;
  let isDropping = false;

  function drop(fate: "full" | "refused" | "disk_error", detail: string): void {
    metrics.messageLog(fate);
    // A full spool drops every log there is: one line tells of it.
    if (fate !== "full" || !isDropping) logger.warn("sip_messages_dropped", { fate, detail });
    if (fate === "full") isDropping = true;
  }

  async function write(log: MessageLog, text: string): Promise<void> {
    written += 1;
    const position = String(written).padStart(8, "0");
    const name = `${String(clock.nowMs()).padStart(15, "0")}-${position}-${log.callId}.json`;
    const temporary = join(directory, `.${randomUUID()}${TEMPORARY_SUFFIX}`);
    try {
      await writeFile(temporary, text, { flag: "wx", mode: OWNER_ONLY });
      await rename(temporary, join(directory, name));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      bytes -= text.length;
      drop("disk_error", error instanceof Error ? error.message : "failed");
      return;
    }
    queue.push({ name, bytes: text.length });
    alarm.ring();
  }

  async function settle(spooled: Spooled): Promise<void> {
    await rm(join(directory, spooled.name), { force: true });
    queue.splice(queue.indexOf(spooled), 1);
    bytes -= spooled.bytes;
    isDropping = false;
  }

  /** The oldest log; throws when it is to be tried again. */
  async function deliver(spooled: Spooled): Promise<void> {
    const log = await readLog(join(directory, spooled.name));
    if (log === null) {
      drop("disk_error", "the file holds no log");
      await settle(spooled);
      return;
    }
    const response = await deps.client.send({
      method: "POST",
      path: "/v1/nodes/sip-messages",
      body: log,
      signal: stopping.signal,
    });
    const isTaken = response.status === 204;
    if (!isTaken && !WRONG_FOR_EVER.has(response.status)) {
      throw refusedAnswer("SIP messages", response);
    }
    if (isTaken) metrics.messageLog("delivered");
    else drop("refused", `status ${response.status}`);
    await settle(spooled);
  }

  async function run(): Promise<void> {
    let attempt = 0;
    while (!stopping.signal.aborted) {
      const [oldest] = queue;
      if (oldest === undefined) {
        if (isStopping) return;
        await alarm.wait(IDLE_MS);
        continue;
      }
      if (deps.isBusy()) {
        if (isStopping) return;
        await pause.wait(YIELD_MS);
        continue;
      }
      try {
        await deliver(oldest);
        failedWith = null;
        attempt = 0;
      } catch (fault) {
        if (isStopping) return;
        const detail = fault instanceof Error ? fault.message : "failed";
        if (detail !== failedWith) logger.warn("sip_messages_not_delivered", { detail });
        failedWith = detail;
        await pause.wait(backoffMs(attempt, RETRY, deps.random));
        attempt += 1;
      }
    }
  }

  const running = run();
  return {
    get depth() {
      return queue.length;
    },
    offer(log) {
      const text = JSON.stringify(log);
      if (queue.length >= limits.files || bytes + text.length > limits.bytes) {
        drop("full", `${queue.length} logs wait`);
        return;
      }
      bytes += text.length;
      writing = writing.then(() => write(log, text));
    },
    async stop(budgetMs) {
      await writing;
      isStopping = true;
      alarm.ring();
      pause.ring();
      using _ = clock.after(budgetMs, () => stopping.abort());
      await running;
    },
  };
}

/** What an earlier run left, oldest first. Removes files that were never finished. */
async function listSpooled(directory: string): Promise<Spooled[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const spooled: Spooled[] = [];
  for (const name of (await readdir(directory)).sort()) {
    const path = join(directory, name);
    if (name.endsWith(TEMPORARY_SUFFIX)) await rm(path, { force: true });
    else if (name.endsWith(".json")) spooled.push({ name, bytes: (await stat(path)).size });
  }
  return spooled;
}

async function readLog(path: string): Promise<MessageLog | null> {
  const text = await readFile(path, "utf8").catch(absentAs("null"));
  try {
    return messageLogSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // Cut off by a crash: what is left of it helps nobody.
  }
}
