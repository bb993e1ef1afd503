import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callPageSchema } from "../../schema/contracts/call-control.ts";
import {
  type TrunkTestLine,
  trunkTestLineSchema,
  trunkTestViewSchema,
} from "../../schema/contracts/trunk-test.ts";
import { eventually } from "../support/deadline.ts";
import { runCli, startTrunkline, type Trunkline } from "../support/processes.ts";

describe("reachability", () => {
  let trunkline: Trunkline;
  beforeAll(async () => {
    trunkline = await startTrunkline();
  });
  afterAll(async () => {
    await trunkline.stop();
  });

  it("is found good by the doctor, of the system that runs here", async () => {
    const { exitCode, stdout } = await runCli(["doctor", "--json", "--state", trunkline.stateDir]);
    const report = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, failed_stage: null });
    const [, , tls, options] = report.stages;
    expect(tls).toMatchObject({
      stage: "tls",
      status: "ok",
      facts: { tls: { version: "TLSv1.3" } },
    });
    expect(options).toMatchObject({ stage: "options", status: "ok" });
  });

  it("of a port where nobody is, is a check that failed", async () => {
    const { exitCode, stderr } = await runCli(["doctor", "sip:127.0.0.1:1;transport=tcp"]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain("allow: tcp from your PBX or SBC to 127.0.0.1:1 (rule 2");
  });

  const post = (more: object, headers: Record<string, string> = {}) =>
    fetch(new URL("/v1/trunk-tests", trunkline.ready.api), {
      method: "POST",
      headers: {
        "xi-api-key": trunkline.ready.api_key,
        "content-type": "application/json",
        ...headers,
      },
      body: JSON.stringify({
        outbound_trunk_config: { address: "127.0.0.1", port: trunkline.sipPort, transport: "tcp" },
        ...more,
      }),
    });

  it("of a trunk is tested by the node itself, up to a call that rings and leaves nothing behind", async () => {
    const answer = await post({ invite: { to: trunkline.ready.number } });
    const lines: TrunkTestLine[] = (await answer.text())
      .trimEnd()
      .split("\n")
      .map((line) => trunkTestLineSchema.parse(JSON.parse(line)));
    expect(lines.at(-1)).toEqual({ type: "end", verdict: "passed", failed_stage: null });
    const stages = lines.flatMap((line) => (line.type === "stage" ? [line] : []));
    expect(stages.map(({ stage, status }) => `${stage} ${status}`)).toEqual([
      "dns ok",
      "tcp ok",
      "tls skipped",
      "options ok",
      "digest skipped",
      "invite ok",
    ]);
    const callsLeft = async () => {
      const live = await fetch(new URL("/v1/calls", trunkline.ready.api), {
        headers: { "xi-api-key": trunkline.ready.api_key },
      });
      return callPageSchema.parse(await live.json()).data.length === 0 ? true : null;
    };
    expect(await eventually(callsLeft, 5_000, "no call is left")).toBe(true);
  });

  it("of a trunk whose number nobody has says so, in one object", async () => {
    const answer = await post({ invite: { to: "+15005550999" } }, { accept: "application/json" });
    expect(trunkTestViewSchema.parse(await answer.json())).toMatchObject({
      verdict: "failed",
      failed_stage: "invite",
    });
  });
});
