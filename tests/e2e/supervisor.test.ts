import { describe, expect, it } from "vitest";
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

describe("the supervisor", () => {
  it("interrupted during a call keeps the call's record for the next start", async () => {
    await using state = await makeStateDir();
    const first = await startTrunkline({ stateDir: state.path });
    const pids = await first.pids();
    const call = spawnCall(first, [first.ready.number, "--duration", "60"]);
    await call.answered;
    first.signal("SIGINT");
    await first.exited;
    await call.exited;
    await expectAllGone(pids);

    const second = await expectReadyAgain(state.path, 5_000);
    try {
      const api = createApiClient(second.ready.api, second.ready.api_key);
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
    } finally {
      await second.stop();
    }
  });

  it.each(["SIGKILL", "SIGHUP"] as const)(
    "ended by %s leaves no process, and starts again",
    async (signal) => {
      await using state = await makeStateDir();
      const first = await startTrunkline({ stateDir: state.path });
      const pids = await first.pids();
      expect(pids.length).toBeGreaterThanOrEqual(4);
      first.signal(signal);
      await first.exited;
      await expectAllGone(pids);
      const second = await expectReadyAgain(state.path, 5_000);
      await second.stop();
      await expectAllGone(await second.pids());
    },
  );

  it("interrupted twice stops at once", async () => {
    await using state = await makeStateDir();
    const first = await startTrunkline({ stateDir: state.path });
    const pids = await first.pids();
    first.signal("SIGINT");
    first.signal("SIGINT");
    await deadline(first.exited, 10_000, "the supervisor did not end");
    await expectAllGone(pids);
  });

  it("says in one sentence that the state directory is in use, and that a port is", async () => {
    await using state = await makeStateDir();
    await using other = await makeStateDir();
    const first = await startTrunkline({ stateDir: state.path });
    try {
      const same = await runCli(["start", "--state", state.path]);
      expect(same).toMatchObject({ exitCode: 1 });
      expect(same.stderr.trim().split("\n")).toHaveLength(1);
      const port = await runCli([
        "start",
        "--state",
        other.path,
        "--api-port",
        new URL(first.ready.api).port,
      ]);
      expect(port).toMatchObject({ exitCode: 1 });
      expect(port.stderr).toContain(new URL(first.ready.api).port);
      expect(port.stderr.trim().split("\n")).toHaveLength(1);
    } finally {
      await first.stop();
    }
  });
});
