import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient, importRoutedNumber } from "../support/api-client.ts";
import { answerWithBaresip, dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { issueCertificate, makeTestCa, type TestCa } from "../support/certificates.ts";
import { eventually } from "../support/deadline.ts";
import { expectTone } from "../support/expect-tone.ts";
import {
  CUSTOMER,
  createFirewalledNetwork,
  type FirewalledNetwork,
  PROVIDER_ADDRESS,
} from "../support/firewalled-network.ts";
import { enrolFurtherNode } from "../support/further-node.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import { type NodeProcess, startNodeProcess } from "../support/node-process.ts";
import { CALLED, numberWithTrunk, placeOutboundCall } from "../support/outbound-client.ts";
import { startPreCallServer } from "../support/pre-call-server.ts";
import { operatorTokenOf, runCli, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";
import { signatureVerifies, startWebhookReceiver } from "../support/webhook-receiver.ts";

const AGENT_HZ = 1037;
const PHONE_HZ = 437;
const NUMBER = "+493012345699";
/** The node's, and another of the same region. */
const [OWN_PREFIX, OTHER_PREFIX] = ["25.10.20.0/25", "25.10.21.0/25"];
const SIPS_PORT = 5061;

const missing =
  whyNoNamespaces() ?? (hasBaresip() ? null : "Debian's baresip-core is not installed");

describe.skipIf(skipsFor(missing))(suiteName("a customer's firewall", missing), () => {
  const resources = new AsyncDisposableStack();
  let network: FirewalledNetwork;
  let trunkline: Trunkline;
  let folder: string;
  let ca: TestCa;
  let caFile: string;
  let api: ApiClient;
  /** Within the provider's namespace. */
  let apiInside: string;
  let node: NodeProcess;
  let agent: ToneAgent;
  let agentId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-firewall-"));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    network = resources.use(createFirewalledNetwork(folder));
    ca = await makeTestCa();
    caFile = join(folder, "ca.pem");
    await writeFile(caFile, ca.certificatePem);
    const started = await startTrunkline({
      namespace: network.provider,
      args: ["--bind", PROVIDER_ADDRESS],
    });
    resources.defer(() => started.stop());
    apiInside = started.ready.api;
    const apiPort = await network.reachProvider(Number(new URL(apiInside).port));
    const ready = { ...started.ready, api: `http://127.0.0.1:${apiPort}` };
    trunkline = { ...started, ready };
    api = createApiClient(ready.api, ready.api_key);
    await publish();
    // A node that trusts the customer's servers and takes public addresses only, in the place of the embedded one.
    started.pauseSupervisor();
    await started.kill("media-node");
    node = await startNode();
    agent = resources.use(await startToneAgent(AGENT_HZ));
    await serve(CUSTOMER.agent, new URL(agent.url).port);
  });
  afterAll(() => resources.disposeAsync());

  /** The deployment's block, of which everything that the customer knows is made. */
  async function publish(): Promise<void> {
    const range = (prefix: string) => ({
      prefix,
      region: "local",
      geo: { country: "DE", subdivision: "DE-HE", city: "Frankfurt" },
      services: ["sip", "rtp", "webhook", "agent", "probe"],
      form: "brought_block",
      holder: "Example, Inc.",
      asn: 64_500,
    });
    const answer = await fetch(new URL("/v1/admin/network/ranges", trunkline.ready.api), {
      method: "POST",
      headers: {
        authorization: `Bearer ${await operatorTokenOf(trunkline)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        notice: "initial",
        ranges: [range(OWN_PREFIX), range(OTHER_PREFIX)],
      }),
    });
    if (!answer.ok) throw new Error(`ranges: ${await answer.text()}`);
  }

  const published = async (path: string): Promise<string> => {
    const answer = await fetch(new URL(path, trunkline.ready.api));
    if (!answer.ok) throw new Error(`${path}: status ${answer.status}`);
    return await answer.text();
  };

  async function startNode(): Promise<NodeProcess> {
    const identity = await enrolFurtherNode(trunkline, PROVIDER_ADDRESS);
    const started = await startNodeProcess(
      {
        TRUNKLINE_CONTROL_PLANE_URL: apiInside,
        TRUNKLINE_NODE_IDENTITY: JSON.stringify(identity),
        TRUNKLINE_STATE_DIR: join(folder, "node"),
        TRUNKLINE_BIND_ADDRESS: PROVIDER_ADDRESS,
        TRUNKLINE_SIP_PORT: "5060",
        TRUNKLINE_SIPS_PORT: String(SIPS_PORT),
        TRUNKLINE_TLS_CERT_FILE: join(trunkline.stateDir, "node-cert.pem"),
        TRUNKLINE_TLS_KEY_FILE: join(trunkline.stateDir, "node-key.pem"),
        TRUNKLINE_TLS_CA_FILE: caFile,
        TRUNKLINE_RTP_PORTS: "10000-10099",
        TRUNKLINE_ADMIN_PORT: "0",
        TRUNKLINE_SIP_DOMAIN: "sip.localhost",
        TRUNKLINE_SIP_ADDRESSES: "public",
        TRUNKLINE_AGENT_ADDRESSES: "public",
        NODE_EXTRA_CA_CERTS: caFile,
      },
      [],
      network.provider,
    );
    resources.defer(() => started.kill());
    return started;
  }

  async function serve(address: string, port: number | string): Promise<readonly string[]> {
    const certificate = await issueCertificate(ca, { dnsNames: [], ipAddresses: [address] });
    return network.serveAtCustomer(address, Number(port), certificate);
  }

  it("generated from the feed lets calls both ways, agent, pre-call webhook and webhooks pass", async () => {
    const rules = await published("/network/snippets/nftables");
    expect(rules).toContain("policy drop");
    network.loadFirewall(rules);

    await using preCall = await startPreCallServer();
    await serve(CUSTOMER.preCall, preCall.port);
    await using hooks = await startWebhookReceiver();
    const hookSources = await serve(CUSTOMER.webhooks, new URL(hooks.url).port);
    const hook = await api.post("/v1/webhook-endpoints", {
      name: "CRM",
      url: `https://${CUSTOMER.webhooks}/hook`,
      signature_style: "elevenlabs",
      egress: "static",
    });
    expect(hook.status).toBe(201);
    const settings = { url: `https://${CUSTOMER.preCall}/pre-call` };
    const key = "conversation_initiation_client_data_webhook";
    expect((await api.patch("/v1/convai/settings", { [key]: settings })).status).toBe(200);
    const made = await api.post("/v1/convai/agents/create", {
      name: "Behind the firewall",
      connection: { protocol: "native", url: `wss://${CUSTOMER.agent}/agent` },
      platform_settings: {
        overrides: { enable_conversation_initiation_client_data_from_webhook: true },
      },
    });
    agentId = made.body.agent_id;
    const { routingVersion } = await importRoutedNumber(api, NUMBER, agentId);
    await eventually(
      () => (node.output().includes(`"version":${routingVersion},`) ? true : null),
      10_000,
      "the node does not know the number",
    );

    // Inbound: from the customer's PBX, TLS and SRTP, to an agent of the customer's.
    const answered = agent.nextSession();
    const caller = await dialWithBaresip({
      ...phoneOf("caller"),
      target: `sip:${NUMBER}@${PROVIDER_ADDRESS}:${SIPS_PORT}`,
      caFile: trunkline.ready.tls_ca,
    });
    const inbound = await answered;
    await Promise.all([inbound.heardMs(3_000), caller.heardMs(3_000)]);
    await caller.hangUp();
    expectTone(inbound.heard(), PHONE_HZ);
    expectTone(await caller.recorded(), AGENT_HZ);
    expect(preCall.asked.length).toBeGreaterThan(0);

    // Outbound: to the customer's PBX.
    const issued = await issueCertificate(ca, { dnsNames: [], ipAddresses: [CUSTOMER.phone] });
    const certificateFile = join(folder, "pbx.pem");
    await writeFile(certificateFile, `${issued.certificatePem}\n${issued.keyPem}`);
    const callee = await answerWithBaresip({
      ...phoneOf("callee"),
      sipPort: SIPS_PORT - 1,
      user: CALLED,
      caFile,
      certificateFile,
    });
    const { order } = await numberWithTrunk(api, agentId, {
      address: CUSTOMER.phone,
      transport: "tls",
      media_encryption: "required",
    });
    const opened = agent.nextSession();
    const placed = await placeOutboundCall(api, order);
    expect(placed).toMatchObject({ status: 200, body: { success: true } });
    const outbound = await opened;
    await outbound.heardMs(3_000);
    outbound.send({ type: "clear" });
    outbound.send({ type: "hangup" });
    await callee.said("session closed");
    await callee.hangUp();
    expectTone(outbound.heard(), PHONE_HZ);
    expectTone(await callee.recorded(), AGENT_HZ);

    // Webhooks of both calls, from the static block.
    const secret: string = hook.body.secret;
    await eventually(
      () => (hooks.received.length >= 2 ? true : null),
      15_000,
      `no two webhooks came: ${node.output()}`,
    );
    expect(hooks.received.every((one) => signatureVerifies(secret, one))).toBe(true);
    expect(new Set(hookSources)).toEqual(new Set([PROVIDER_ADDRESS]));
  });

  it("that lacks one published prefix is told so by the doctor, which names it", async () => {
    const rules = await published("/network/snippets/nftables");
    const feed = join(folder, "ip-ranges.json");
    await writeFile(feed, await published("/network/ip-ranges.json"));
    const examine = async (firewall: string) => {
      network.loadFirewall(firewall);
      const target = `${PROVIDER_ADDRESS}:${SIPS_PORT}`;
      const ranges = ["--feed", feed, "--ca", trunkline.ready.tls_ca];
      const { stdout } = await runCli(
        ["doctor", target, "--transport", "tls", ...ranges, "--json"],
        { namespace: network.customer },
      );
      return JSON.parse(stdout);
    };
    expect(await examine(rules)).toMatchObject({ ok: true });
    expect(rules).toContain(`{ ${OWN_PREFIX}, ${OTHER_PREFIX} }`);
    const report = await examine(rules.replaceAll(`${OWN_PREFIX}, `, ""));
    expect(report).toMatchObject({ ok: false, failed_stage: "tcp" });
    const failure = report.stages.find((one: { stage: string }) => one.stage === "tcp").failure;
    expect(failure).toMatchObject({
      side: "your_firewall",
      allow: { to: [OWN_PREFIX], to_port: SIPS_PORT, protocol: "tcp", rules: [1] },
    });
  });

  function phoneOf(name: string) {
    return {
      folder: join(folder, name),
      transport: "tls",
      srtp: true,
      toneHz: PHONE_HZ,
      localAddress: CUSTOMER.phone,
      namespace: network.customer,
    } as const;
  }
});
