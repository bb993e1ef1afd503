import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { startGuard } from "./guard.ts";
import { openLogFile } from "./log-file.ts";
import { isRunning } from "./process-identity.ts";
import { lockStateDirectory, openStateDirectory } from "./state-directory.ts";
import type { ChildName } from "./stop-in-order.ts";
import { createSupervisor, type Service, type SupervisorEvent } from "./supervisor.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-supervisor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A program that says it is ready on descriptor 3 and then runs `script`. */
function service(name: ChildName, script: string): Service {
  const ready =
    'import { writeSync } from "node:fs"; console.log("hello"); writeSync(3, "ready\\n");';
  return {
    name,
    command: process.execPath,
    args: ["--input-type=module", "-e", `${ready} ${script}`],
    env: {},
    cwd: "/",
    hasControlPipe: true,
    async ready(control) {
      for await (const _chunk of control ?? []) return;
      throw new Error("it closed its pipe");
    },
  };
}

function supervise(folder: string) {
  const events: SupervisorEvent[] = [];
  let heard: (() => void) | null = null;
  const guard = startGuard(join(folder, "guardian.log"));
  const supervisor = createSupervisor({
    logsFolder: folder,
    guard,
    onChildren: () => {},
    report: (event) => {
      events.push(event);
      heard?.();
    },
  });
  onTestFinished(async () => {
    await supervisor.stop(AbortSignal.abort());
    guard[Symbol.dispose]();
  });
  return {
    supervisor,
    events,
    async until(count: number): Promise<void> {
      while (events.length < count) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
  };
}

const IDLE = "setInterval(() => {}, 1000);";

test("a child that dies unasked is reported with its last words and started again", async () => {
  const { supervisor, events, until } = supervise(temporaryFolder());
  await supervisor.run(service("workerd", IDLE));
  const [first] = supervisor.children();
  process.kill(first?.pid ?? 0, "SIGKILL");
  await until(2);
  expect(events[0]).toMatchObject({ kind: "died", name: "workerd", retryMs: 250 });
  expect(events[0]).toMatchObject({ why: expect.stringContaining("ended by SIGKILL") });
  expect(events[0]).toMatchObject({ why: expect.stringContaining("hello") });
  const [second] = supervisor.children();
  expect(events[1]).toEqual({ kind: "back", name: "workerd", pid: second?.pid });
  expect(second?.pid).not.toBe(first?.pid);
});

test("a child that keeps dying is retried after delays that grow", async () => {
  const { supervisor, events, until } = supervise(temporaryFolder());
  await supervisor.run(service("sqld", "process.exit(3);"));
  await until(5);
  const delays = events.flatMap((event) => (event.kind === "died" ? [event.retryMs] : []));
  expect(delays.slice(0, 3)).toEqual([250, 500, 1_000]);
});

test("a first start that fails says why and leaves nothing running", async () => {
  const { supervisor } = supervise(temporaryFolder());
  const broken = {
    ...service("media-node", ""),
    args: ["-e", 'console.error("no port"); process.exit(1)'],
  };
  await expect(supervisor.run(broken)).rejects.toMatchObject({
    code: "service_failed",
    why: expect.stringContaining("no port"),
  });
  expect(supervisor.children()).toEqual([]);
  await expect(
    supervisor.run({ ...service("media-node", ""), command: "/nonexistent" }),
  ).rejects.toMatchObject({ why: expect.stringContaining("ENOENT") });
});

test("stop ends every child and starts none again", async () => {
  const { supervisor, events } = supervise(temporaryFolder());
  await supervisor.run(service("sqld", IDLE));
  await supervisor.run(service("media-node", IDLE));
  const children = supervisor.children();
  expect(children.every(isRunning)).toBe(true);
  await supervisor.stop();
  expect(children.filter(isRunning)).toEqual([]);
  expect(events).toEqual([]);
});

test("a state directory is for its owner alone and is held by one process at a time", async () => {
  const state = openStateDirectory(join(temporaryFolder(), "state"));
  const lock = await lockStateDirectory(state);
  await expect(lockStateDirectory(state)).rejects.toThrow(/already running/);
  lock[Symbol.dispose]();
  (await lockStateDirectory(state))[Symbol.dispose]();
});

test("a log is begun anew, tells its last lines, and is moved away when it has grown", () => {
  const path = join(temporaryFolder(), "child.log");
  appendFileSync(path, "yesterday\n");
  using log = openLogFile(path);
  expect(log.lastLines(3)).toEqual([]);
  appendFileSync(log.descriptor, "one\ntwo\nthree\nfour\n");
  expect(log.lastLines(3)).toEqual(["two", "three", "four"]);
  log.bound(1_000);
  expect(log.lastLines(1)).toEqual(["four"]);
  log.bound(10);
  expect(log.lastLines(1)).toEqual([]);
  appendFileSync(log.descriptor, "five\n");
  expect(log.lastLines(9)).toEqual(["five"]);
  expect(readFileSync(`${path}.1`, "utf8")).toBe("one\ntwo\nthree\nfour\n");
});
