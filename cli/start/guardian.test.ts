import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { stopLeftovers } from "./leftovers.ts";
import { identifyProcess, isRunning, type ProcessIdentity } from "./process-identity.ts";
import { stopInOrder } from "./stop-in-order.ts";

/** A child with a grandchild in its group; says "ready", and on SIGTERM notes its name unless stubborn. */
async function dummy(name: string, file: string, isStubborn = false): Promise<ProcessIdentity> {
  const script = `
    import { spawn } from "node:child_process";
    import { appendFileSync } from "node:fs";
    const grandchild = spawn("sleep", ["600"], { stdio: "ignore" });
    process.on("SIGTERM", () => {
      appendFileSync(${JSON.stringify(file)}, ${JSON.stringify(`${name}\n`)});
      if (!${isStubborn}) process.exit(0);
    });
    setInterval(() => {}, 1000);
    process.stdout.write("ready " + grandchild.pid + "\\n");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.setEncoding("utf8");
  await once(child.stdout, "data");
  const identity = identifyProcess(name, child.pid ?? 0);
  if (identity === null) throw new Error("the dummy is not there");
  onTestFinished(() => {
    try {
      process.kill(-identity.pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  });
  return identity;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-guardian-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function startGuardian(folder: string, graceMs: number): ChildProcess {
  const script = fileURLToPath(new URL("./guardian.ts", import.meta.url));
  return spawn(process.execPath, [script, join(folder, "guardian.log"), String(graceMs)], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
}

test("when its pipe closes the guardian stops node, workerd, sqld in that order and ends", async () => {
  const folder = temporaryFolder();
  const order = join(folder, "order");
  const children = [
    await dummy("sqld", order),
    await dummy("media-node", order),
    await dummy("workerd", order),
  ];
  const guardian = startGuardian(folder, 5_000);
  guardian.stdin?.write(`${JSON.stringify(children)}\n`);
  guardian.stdin?.end();
  await once(guardian, "exit");
  expect(children.filter(isRunning)).toEqual([]);
  expect(readFileSync(order, "utf8")).toBe("media-node\nworkerd\nsqld\n");
});

test("a child that ignores SIGTERM is killed when its grace is over", async () => {
  const folder = temporaryFolder();
  const child = await dummy("workerd", join(folder, "order"), true);
  const guardian = startGuardian(folder, 200);
  guardian.stdin?.write(`${JSON.stringify([child])}\n`);
  guardian.stdin?.end();
  await once(guardian, "exit");
  expect(isRunning(child)).toBe(false);
  expect(readFileSync(join(folder, "guardian.log"), "utf8")).toContain(
    `killed workerd (${child.pid})`,
  );
});

test("a guardian that is told of nobody, or of a process that has been replaced, harms nobody", async () => {
  const folder = temporaryFolder();
  const child = await dummy("workerd", join(folder, "order"));
  const guardian = startGuardian(folder, 5_000);
  guardian.stdin?.write(`${JSON.stringify([{ ...child, startTicks: child.startTicks - 1 }])}\n`);
  guardian.stdin?.end();
  await once(guardian, "exit");
  expect(isRunning(child)).toBe(true);
});

test("aborting takes the grace away from everybody", async () => {
  const folder = temporaryFolder();
  const children = [
    await dummy("media-node", join(folder, "order"), true),
    await dummy("sqld", join(folder, "order"), true),
  ];
  await stopInOrder(children, { graceMs: 60_000, atOnce: AbortSignal.abort() });
  expect(children.filter(isRunning)).toEqual([]);
});

test("the next start stops what is left, by number and start time, and forgets the list", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "children.json");
  const left = await dummy("sqld", join(folder, "order"));
  const other = await dummy("workerd", join(folder, "order"));
  const replaced = { ...other, startTicks: other.startTicks - 1 };
  writeFileSync(file, JSON.stringify([left, replaced]));
  const said: string[] = [];
  await stopLeftovers(file, (line) => said.push(line));
  expect(isRunning(left)).toBe(false);
  expect(isRunning(other)).toBe(true);
  expect(said).toEqual([`Stopping what an earlier start has left: sqld (${left.pid}).`]);
  expect(existsSync(file)).toBe(false);
  await stopLeftovers(file, () => expect.unreachable());
});
