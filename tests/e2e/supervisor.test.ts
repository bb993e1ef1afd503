import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiClient } from "../support/api-client.ts";
import { deadline, eventually } from "../support/deadline.ts";
import {
  isRunning,
  makeStateDir,
  runCli,
  spawnCall,
  startTrunkline,
  type Trunkline,
} from "../support/processes.ts";

/** Every process of the system is gone within 10 s of its supervisor's end. */
async function expectAllGone(pids: readonly number[]): Promise<void> {
  await eventually(
    () => (pids.some(isRunning) ? null : true),
    10_000,
    `processes of ${pids.join(" ")} still run`,
  );
}

async function expectReadyAgain(stateDir: string, withinMs: number): Promise<Trunkline> {
  return deadline(startTrunkline({ stateDir }), withinMs, "the next start was not ready");
}

/** One state directory throughout, whose system each test leaves running for the next. */
describe("the supervisor", () => {
  let state: Awaited<ReturnType<typeof makeStateDir>>;
  let running: Trunkline;
  beforeAll(async () => {
    state = await makeStateDir();
    running = await startTrunkline({ stateDir: state.path });
  });
  afterAll(async () => {
    await running.stop();
    await state[Symbol.asyncDispose]();
  });

  it("says in one sentence that the state directory is in use, and that a port is", async () => {
    await using other = await makeStateDir();
    const same = await runCli(["start", "--state", state.path]);
    expect(same).toMatchObject({ exitCode: 1 });
    expect(same.stderr.trim().split("\n")).toHaveLength(1);
    const taken = new URL(running.ready.api).port;
    const port = await runCli(["start", "--state", other.path, "--api-port", taken]);
    expect(port).toMatchObject({ exitCode: 1 });
    expect(port.stderr).toContain(taken);
    expect(port.stderr.trim().split("\n")).toHaveLength(1);
  });

  it.each(["SIGKILL", "SIGHUP"] as const)(
    "ended by %s leaves no process, and starts again",
    async (signal) => {
      const pids = await running.pids();
      expect(pids.length).toBeGreaterThanOrEqual(4);
      running.signal(signal);
      await running.exited;
      await expectAllGone(pids);
      running = await expectReadyAgain(state.path, 5_000);
    },
  );

  it("interrupted during a call keeps the call's record for the next start", async () => {
    const pids = await running.pids();
    const call = spawnCall(running, [running.ready.number, "--duration", "60"]);
    await call.answered;
    running.signal("SIGINT");
    await running.exited;
    await call.exited;
    await expectAllGone(pids);

    running = await expectReadyAgain(state.path, 5_000);
    const api = createApiClient(running.ready.api, running.ready.api_key);
    const conversation = await eventually(
      async () => {
        const list = await api.get("/v1/convai/conversations");
        return list.body.conversations[0] ?? null;
      },
      10_000,
      "the call's record did not arrive",
    );
    expect(conversation).toMatchObject({
      direction: "inbound",
      status: "done",
      termination_reason: "The node was stopped.",
    });
  });

  it("stopped in order leaves no process; interrupted twice it stops at once", async () => {
    const stopped = await running.pids();
    await running.stop();
    await expectAllGone(stopped);
    running = await expectReadyAgain(state.path, 5_000);
    const pids = await running.pids();
    running.signal("SIGINT");
    running.signal("SIGINT");
    await deadline(running.exited, 10_000, "the supervisor did not end");
    await expectAllGone(pids);
  });
});
