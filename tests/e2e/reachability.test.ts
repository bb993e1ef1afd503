import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callPageSchema } from "../../schema/contracts/call-control.ts";
import { echoReportSchema } from "../../schema/contracts/echo-report.ts";
import {
  type TrunkTestLine,
  trunkTestLineSchema,
  trunkTestViewSchema,
} from "../../schema/contracts/trunk-test.ts";
import { eventually } from "../support/deadline.ts";
import { nodeLog, runCli, startTrunkline, type Trunkline } from "../support/processes.ts";
import { connectSipPeer, sdpOffer, sipRequest } from "../support/sip-peer.ts";
import { startTcpRelay } from "../support/tcp-relay.ts";

/** As a SIP ALG: another address in Contact and SDP, and a Content-Length that is right. */
function rewriteInvite(text: string): string {
  if (!text.startsWith("INVITE ")) return text;
  const changed = text
    .replace(/^(Contact: <sip:[^@]+@)127\.0\.0\.1/im, "$1127.0.0.77")
    .replace(/^c=IN IP4 127\.0\.0\.1/m, "c=IN IP4 127.0.0.77");
  const body = changed.slice(changed.indexOf("\r\n\r\n") + 4);
  return changed.replace(/^(Content-Length[ \t]*:[ \t]*)\d+/im, `$1${Buffer.byteLength(body)}`);
}

describe("reachability", () => {
  let trunkline: Trunkline;
  beforeAll(async () => {
    trunkline = await startTrunkline();
  });
  afterAll(async () => {
    await trunkline.stop();
  });

  const doctor = async (...args: string[]) => {
    const { exitCode, stdout } = await runCli(["doctor", "--json", ...args]);
    const report = JSON.parse(stdout);
    const stage = (name: string) =>
      report.stages.find((one: { stage: string }) => one.stage === name);
    return { exitCode, report, stage };
  };

  it("by sip:echo@ is answered by the node over SRTP without a number or a key, and the doctor tells what it saw", async () => {
    const { exitCode, report: examined, stage } = await doctor("--state", trunkline.stateDir);
    expect(examined).toMatchObject({ ok: true, failed_stage: null });
    expect(stage("tls")).toMatchObject({ status: "ok", facts: { tls: { version: "TLSv1.3" } } });
    expect(stage("options")).toMatchObject({ status: "ok" });
    expect(stage("alg")).toMatchObject({ status: "ok" });
    const echo = stage("echo");
    expect(echo).toMatchObject({ status: "ok", failure: null, warning: null });
    const report = echoReportSchema.parse(echo.report);
    expect(report).toMatchObject({ verdict: "passed", ended_by: "caller_hung_up" });
    expect(report.signalling).toMatchObject({
      transport: "tls",
      observed: { address: "127.0.0.1" },
    });
    expect(report.media).toMatchObject({
      srtp_suite: "AES_CM_128_HMAC_SHA1_80",
      observed: report.media?.offered,
      not_authentic: 0,
    });
    expect(report.media?.packets_received).toBeGreaterThanOrEqual(50);
    expect(JSON.stringify(echo)).not.toMatch(/inline:/);
    expect(exitCode).toBe(0);
  });

  it("through an ALG that rewrites Contact and SDP is named as such", async () => {
    await using alg = await startTcpRelay(() => trunkline.sipPort, rewriteInvite);
    const { exitCode, stage } = await doctor(`sip:127.0.0.1:${alg.port};transport=tcp`);
    expect(exitCode).toBe(5);
    const found = stage("alg");
    expect(found).toMatchObject({
      status: "failed",
      failure: { code: "alg_rewrites", side: "your_firewall" },
    });
    expect(found.detail).toMatch(/Contact \(127\.0\.0\.1:\d+ became 127\.0\.0\.77:\d+\)/);
    expect(found.detail).toContain("c=IN IP4 127.0.0.1 became c=IN IP4 127.0.0.77");
  });

  it("by sip:echo@ has two places for a source, and refuses the third call with 486", async () => {
    const source = "127.0.0.9";
    await using peer = await connectSipPeer(trunkline.sipPort, source);
    const uri = `sip:echo@127.0.0.1:${trunkline.sipPort};transport=tcp`;
    const invite = { method: "INVITE", uri, peer, localAddress: source, body: sdpOffer(40_000) };
    peer.send(sipRequest(invite));
    const ok = await peer.next("SIP/2.0 200");
    expect(ok.header("Call-Info")).toMatch(
      /^<http:\/\/[^>]+\/v1\/network\/echo-reports\/[\w-]{22}>;purpose=info$/,
    );
    peer.send(sipRequest(invite));
    await peer.next("SIP/2.0 200");
    peer.send(sipRequest(invite));
    const refused = await peer.next("SIP/2.0 486");
    expect(refused.header("Call-Info")).toBe("");
    const lines = await nodeLog(trunkline);
    expect(lines.find(({ event, msg }) => (event ?? msg) === "echo_refused")).toMatchObject({
      code: "echo_limit",
      sourceAddress: source,
    });
    // Nobody's number is called, and nobody's record is kept.
    expect(lines.some(({ event, msg }) => (event ?? msg) === "call_started")).toBe(false);
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
