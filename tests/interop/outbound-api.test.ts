import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import {
  answerWithBaresip,
  type BaresipCall,
  dialWithBaresip,
  hasBaresip,
} from "../support/baresip.ts";
import { issueCertificate, makeTestCa, type TestCa } from "../support/certificates.ts";
import { eventually } from "../support/deadline.ts";
import { startKamailio, whyNoKamailio } from "../support/kamailio.ts";
import { loopbackHost } from "../support/loopback-host.ts";
import {
  CALLED,
  conversationWhen,
  numberWithTrunk,
  placeOutboundCall,
} from "../support/outbound-client.ts";
import { nodeStatus, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const CALLEE_HZ = 437;
const CALLER_HZ = 653;
const AGENT_HZ = 1037;

const noBaresip = hasBaresip() ? null : "Debian's baresip-core is not installed";
const missing = noBaresip ?? whyNoKamailio();

describe.skipIf(skipsFor(missing))(suiteName("calls that the API places", missing), () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let agentId: string;
  let folder: string;
  let ca: TestCa;
  let caFile: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-outbound-"));
    ca = await makeTestCa();
    caFile = join(folder, "carriers.pem");
    await writeFile(caFile, ca.certificatePem);
    trunkline = await startTrunkline({ args: ["--carrier-ca", caFile] });
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(AGENT_HZ);
    const answer = await api.post("/v1/convai/agents/create", {
      name: "Caller",
      connection: { protocol: "native", url: agent.url },
      transfer_destinations: [CALLED],
    });
    agentId = answer.body.agent_id;
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  interface Path {
    readonly transport: "tls" | "tcp";
    readonly srtp: boolean;
  }
  const TLS: Path = { transport: "tls", srtp: true };
  const TCP: Path = { transport: "tcp", srtp: false };

  /** An address with a certificate for it, as a carrier has them. */
  async function carrierHost() {
    const address = await loopbackHost();
    const issued = await issueCertificate(ca, { dnsNames: [], ipAddresses: [address] });
    const write = async (kind: string, text: string): Promise<string> => {
      const path = join(folder, `${address}.${kind}.pem`);
      await writeFile(path, text);
      return path;
    };
    return {
      address,
      certificateFile: await write("cert", issued.certificatePem),
      keyFile: await write("key", issued.keyPem),
      bothFile: await write("both", `${issued.certificatePem}\n${issued.keyPem}`),
    };
  }

  type Host = Awaited<ReturnType<typeof carrierHost>>;

  const phoneAt = (host: Host, path: Path): Promise<BaresipCall> =>
    answerWithBaresip({
      ...path,
      folder: join(folder, `phone-${host.address}`),
      sipPort: 5060,
      localAddress: host.address,
      toneHz: CALLEE_HZ,
      caFile,
      user: CALLED,
      certificateFile: host.bothFile,
    });

  /** Places the call over a trunk to `address`, and holds it until both have heard the other. */
  async function talk(address: string, path: Path, phone: BaresipCall): Promise<void> {
    const { order } = await numberWithTrunk(api, agentId, {
      address,
      transport: path.transport,
      media_encryption: path.srtp ? "required" : "disabled",
    });
    const opened = agent.nextSession();
    const placed = await placeOutboundCall(api, order);
    expect(placed).toMatchObject({ status: 200, body: { success: true } });
    const session = await opened;
    await session.heardMs(3_000);
    // The BYE would wait for what is still queued of the tone.
    session.send({ type: "clear" });
    session.send({ type: "hangup" });
    const conversation = await conversationWhen(api, placed.body.conversation_id, "done");
    expect(conversation).toMatchObject({
      metadata: { phone_call: { direction: "outbound", external_number: CALLED } },
      end: { code: "agent_hung_up" },
    });
    await phone.said("session closed");
    await phone.hangUp();
    expectTone(session.heard(), CALLEE_HZ);
    expectTone(await phone.recorded(), AGENT_HZ);
  }

  async function withPhone(
    host: Host,
    path: Path,
    during: (phone: BaresipCall) => Promise<void>,
  ): Promise<void> {
    const phone = await phoneAt(host, path);
    try {
      await during(phone);
    } catch (cause) {
      throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
    } finally {
      await phone.hangUp();
    }
  }

  it.each([
    { name: "TLS and SDES-SRTP", path: TLS },
    { name: "TCP and plain RTP", path: TCP },
  ])("to baresip over $name have audio both ways", async ({ path }) => {
    const host = await carrierHost();
    await withPhone(host, path, (phone) => talk(host.address, path, phone));
  });

  it.each([
    { name: "TLS on both sides of it", path: TLS, hidesTopology: false },
    { name: "TCP on both sides of it", path: TCP, hidesTopology: false },
    { name: "TCP, while it hides the topology", path: TCP, hidesTopology: true },
  ])("through Kamailio over $name reach baresip and end", async ({ path, hidesTopology }) => {
    const host = await carrierHost();
    const front = await carrierHost();
    await using proxy = await startKamailio({
      address: front.address,
      hidesTopology,
      nextHop: `sip:${host.address}:${path.transport === "tls" ? 5061 : 5060};transport=${path.transport}`,
      tls: { ...front, caFile },
    });
    await withPhone(host, path, (phone) => talk(front.address, path, phone));
    const bye = await proxy.saw("BYE");
    expect(bye.transport).toBe(path.transport);
    await proxy.saw("SIP/2.0 200", ({ header }) => header("CSeq").includes("BYE"));
  });

  it.each([
    { name: "the caller over TLS and SRTP, the target over TCP and RTP", caller: TLS, target: TCP },
    { name: "the caller over TCP and RTP, the target over TLS and SRTP", caller: TCP, target: TLS },
  ])("of a conference join two phones, $name", async ({ caller, target }) => {
    const host = await carrierHost();
    const { phoneNumber, routingVersion } = await numberWithTrunk(
      api,
      agentId,
      {
        address: host.address,
        transport: target.transport,
        media_encryption: target.srtp ? "required" : "disabled",
      },
      { agent_id: agentId, inbound_trunk_config: { media_encryption: "allowed" } },
    );
    await eventually(
      async () => ((await nodeStatus(trunkline)).routingVersion >= routingVersion ? true : null),
      5_000,
      "the node does not know the number",
    );
    await withPhone(host, target, async (called) => {
      const opened = agent.nextSession();
      const sipPort = caller.transport === "tls" ? trunkline.sipsPort : trunkline.sipPort;
      const phone = await dialWithBaresip({
        ...caller,
        folder: join(folder, `caller-${host.address}`),
        target: `sip:${phoneNumber}@127.0.0.1:${sipPort}`,
        toneHz: CALLER_HZ,
        caFile: trunkline.ready.tls_ca,
      });
      try {
        const session = await opened;
        await session.heardMs(500);
        session.send({ type: "transfer", id: "c", destination: CALLED });
        await session.closed;
        await called.heardMs(3_000);
        await phone.command("hangup");
        await called.said("session closed");
        const { conversation_id: id } = session.start;
        expect(await conversationWhen(api, id, "done")).toMatchObject({
          end: { code: "transferred" },
        });
        await phone.hangUp();
        await called.hangUp();
        expectTone(await called.recorded(), CALLER_HZ);
        expectTone(await phone.recorded(), CALLEE_HZ);
      } catch (cause) {
        throw new Error(`${String(cause)}\ncaller:\n${phone.output()}`, { cause });
      } finally {
        await phone.hangUp();
      }
    });
  });
});

/** The tone over everything else by 20 dB once it has begun, and never away for over 60 ms. */
function expectTone(heard: Int16Array, toneHz: number): void {
  const { snrDb, longestGapMs, presentMs } = analyseTone(heard, 8000, toneHz);
  expect(presentMs).toBeGreaterThan(1_500);
  expect(snrDb).toBeGreaterThan(20);
  expect(longestGapMs).toBeLessThanOrEqual(60);
}
