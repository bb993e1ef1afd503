import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import { dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import { createNatNetwork, type NatHost, type NatNetwork } from "../support/nat-network.ts";
import { placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
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
