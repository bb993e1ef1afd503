import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  createAgent,
  createApiClient,
  importNumber,
  importRoutedNumber,
} from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import {
  makeStateDir,
  nodeStatus,
  placeCall,
  routingReached,
  runCli,
  startTrunkline,
} from "../support/processes.ts";
import { startToneAgent } from "../support/tone-agent.ts";

const PASSWORD = "correct-horse-battery-staple";

it("a key is changed under a call, and a backup of before is restored: nodes neither empty nor diverge", async () => {
  await using state = await makeStateDir();
  await using agent = await startToneAgent(1037);
  const at = ["--state", state.path];
  const backups = `${state.path}-backups`;
  const passwordFile = `${state.path}-password`;
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  const first = await startTrunkline({ stateDir: state.path });
  let epochBefore = 0;
  let file = "";
  try {
    const api = createApiClient(first.ready.api, first.ready.api_key);
    const agentId = await createAgent(api, "Kept", agent.url);
    await importNumber(api, "+14155550601", agentId);
    const guarded = await importRoutedNumber(api, "+14155550602", agentId, {
      credentials: { username: "pbx", password: PASSWORD },
    });

    const rotated = await runCli(["keys", "rotate", ...at]);
    expect(rotated.stderr).toContain("m2 seals from now on");
    await eventually(
      async () =>
        (await api.get("/v1/convai/agents").catch(() => null))?.status === 200 ? true : null,
      10_000,
      "the control plane did not come back",
    );
    const resealed = await runCli(["keys", "reseal", ...at, "--json"]);
    expect(JSON.parse(resealed.stdout)).toMatchObject({ unopened: 0, retirable: ["m1"] });
    // The password and the region's key.
    expect(JSON.parse(resealed.stdout).resealed).toBe(2);
    const early = await runCli(["keys", "retire", "m1", ...at]);
    expect([early.exitCode, early.stderr]).toEqual([
      1,
      expect.stringContaining("less than an hour"),
    ]);

    const made = await runCli(["backup", ...at, "--to", backups]);
    expect([made.exitCode, made.stderr]).toEqual([0, ""]);
    file = made.stdout.trim();
    await importNumber(api, "+14155550603", agentId);
    await routingReached(first, guarded.routingVersion + 1);
    epochBefore = (await nodeStatus(first)).epoch;
    const busy = await runCli(["restore", ...at, "--from", file]);
    expect(busy.stderr).toContain("already running");
  } finally {
    await first.stop();
  }

  const cut = join(backups, "cut.sql.gz");
  await writeFile(cut, (await readFile(file)).subarray(0, -200));
  expect((await runCli(["restore", ...at, "--from", cut])).exitCode).toBe(1);
  const restored = await runCli(["restore", ...at, "--from", file]);
  expect([restored.exitCode, restored.stderr]).toEqual([0, expect.stringContaining("Restored")]);
  expect(await readdir(state.path)).toContainEqual(expect.stringMatching(/^database\.before-/));

  const second = await startTrunkline({ stateDir: state.path });
  try {
    const api = createApiClient(second.ready.api, second.ready.api_key);
    await eventually(
      async () => ((await nodeStatus(second)).epoch > epochBefore ? true : null),
      15_000,
      "the node did not come to a new epoch",
    );
    const { body: numbers } = await api.get("/v1/convai/phone-numbers");
    const known = numbers.map((one: { phone_number: string }) => one.phone_number);
    expect(known).toEqual(expect.arrayContaining(["+14155550601", "+14155550602"]));
    expect(known).not.toContain("+14155550603");
    const call = await placeCall(second, ["+14155550601", "--duration", "1"]);
    expect(call.report.status).toBe(200);
    const secret = await placeCall(second, [
      "+14155550602",
      ...["--user", "pbx", "--password-file", passwordFile, "--duration", "1"],
    ]);
    expect(secret.report.status).toBe(200);
    const gone = await placeCall(second, ["+14155550603", "--duration", "1"]);
    expect(gone.report.status).not.toBe(200);
  } finally {
    await second.stop();
  }
});
