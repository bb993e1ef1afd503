import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import { echoReportSchema } from "../../schema/contracts/echo-report.ts";
import { dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import {
  createNatNetwork,
  dropPhoneUdp,
  fetchWithin,
  type NatHost,
  type NatNetwork,
} from "../support/nat-network.ts";
import { placeCall, runCli, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing =
  whyNoNamespaces() ?? (hasBaresip() ? null : "Debian's baresip-core is not installed");

describe.skipIf(skipsFor(missing))(suiteName("behind 1:1 NAT", missing), () => {
  let network: NatNetwork;
  let host: NatHost;
  let trunkline: Trunkline;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-nat-"));
    network = createNatNetwork();
    const [only] = network.hosts;
    if (only === undefined) throw new Error("no host");
    host = only;
    trunkline = await startTrunkline({
      namespace: host.namespace,
      args: ["--bind", host.privateAddress, "--advertise", host.publicAddress],
    });
  });
  afterAll(async () => {
    await trunkline.stop();
    network[Symbol.dispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    { transport: "tls", srtp: "required" },
    { transport: "tcp", srtp: "disabled" },
  ] as const)("a call over $transport from outside has audio both ways", async (path) => {
    const port = path.transport === "tls" ? trunkline.sipsPort : trunkline.sipPort;
    const call = await placeCall(
      trunkline,
      [
        trunkline.ready.number,
        ...["--proxy", `${host.publicAddress}:${port}`, "--ca", trunkline.ready.tls_ca],
        ...["--transport", path.transport, "--srtp", path.srtp],
        ...["--bind", network.phoneAddress],
      ],
      { namespace: network.outside },
    );
    expect(call.report).toMatchObject({ ok: true, echo_ok: true });
    expect(call.report.ladder.length).toBeGreaterThan(4);
    expect(JSON.stringify(call.report.ladder)).not.toContain(host.privateAddress);
  });

  it("a firewall that lets no media out is named by the doctor, and by the report of the node", async () => {
    using _firewall = dropPhoneUdp(host);
    const target = `sip:${host.publicAddress}:${trunkline.sipsPort};transport=tls`;
    const { exitCode, stdout } = await runCli(
      ["doctor", target, "--ca", trunkline.ready.tls_ca, "--json"],
      { namespace: network.outside },
    );
    const { stages } = JSON.parse(stdout);
    const echo = stages.find(({ stage }: { stage: string }) => stage === "echo");
    expect(exitCode).toBe(5);
    expect(echo).toMatchObject({
      status: "failed",
      failure: { code: "echo_not_heard", side: "your_firewall" },
    });
    // The API listens on loopback here: who cannot reach it is told where the report is.
    const url = /http:\S+\/v1\/network\/echo-reports\/[\w-]{22}/.exec(echo.warning)?.[0] ?? "";
    const report = echoReportSchema.parse(JSON.parse(fetchWithin(host, url)));
    expect(report).toMatchObject({
      verdict: "failed",
      signalling: { observed: { address: network.phoneAddress } },
      media: { observed: null, packets_received: 0 },
    });
    expect(report.findings[0]).toMatchObject({ code: "audio_not_heard", rules: [4] });
  });

  it("baresip outside hears its own tone come back, and every address is the public one", async () => {
    const phone = await dialWithBaresip({
      folder: join(folder, "phone"),
      target: `sip:${trunkline.ready.number}@${host.publicAddress}:${trunkline.sipsPort}`,
      transport: "tls",
      srtp: true,
      toneHz: 437,
      caFile: trunkline.ready.tls_ca,
      localAddress: network.phoneAddress,
      namespace: network.outside,
    });
    try {
      await phone.heardMs(5_000);
    } finally {
      await phone.hangUp();
    }
    const { presentMs, longestGapMs } = analyseTone(await phone.recorded(), 8000, 437);
    expect(presentMs).toBeGreaterThan(1_500);
    expect(longestGapMs).toBeLessThanOrEqual(60);
    expect(phone.output()).not.toContain(host.privateAddress);
  });
});
