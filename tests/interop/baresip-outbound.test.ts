import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerWithBaresip, hasBaresip } from "../support/baresip.ts";
import { issueCertificate } from "../support/certificates.ts";
import { expectTone } from "../support/expect-tone.ts";
import { freePort } from "../support/free-port.ts";
import { type NodeProcess, startNodeProcess } from "../support/node-process.ts";
import { OutboundPlane } from "../support/outbound-plane.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const CALLEE = "+15005550123";
const CALLEE_HZ = 437;
const AGENT_HZ = 1037;

const missing = hasBaresip() ? null : "Debian's baresip-core is not installed";

describe.skipIf(skipsFor(missing))(suiteName("baresip as the carrier", missing), () => {
  let plane: OutboundPlane;
  let node: NodeProcess;
  let agent: ToneAgent;
  let certificateFile: string;
  beforeAll(async () => {
    plane = await OutboundPlane.start();
    const issued = await issueCertificate(plane.ca, { dnsNames: ["localhost"] });
    certificateFile = join(plane.directory, "carrier.pem");
    await writeFile(certificateFile, `${issued.certificatePem}\n${issued.keyPem}`);
    agent = await startToneAgent(AGENT_HZ);
    node = await startNodeProcess({ ...plane.environment, NODE_EXTRA_CA_CERTS: plane.caFile });
  });
  afterAll(async () => {
    await node.kill();
    await agent[Symbol.asyncDispose]();
    await plane[Symbol.asyncDispose]();
  });

  it.each([
    { name: "TLS and SDES-SRTP", transport: "tls", srtp: true, encryption: "required" },
    { name: "TCP and plain RTP", transport: "tcp", srtp: false, encryption: "disabled" },
    {
      name: "TLS, where it refuses encrypted media that is only wished for,",
      transport: "tls",
      srtp: false,
      encryption: "allowed",
    },
  ] as const)("called over $name hears the agent's tone, and the agent its tone", async (path) => {
    const sipPort = await freePort();
    const phone = await answerWithBaresip({
      sipPort,
      folder: join(plane.directory, `${path.transport}-${path.encryption}`),
      transport: path.transport,
      srtp: path.srtp,
      toneHz: CALLEE_HZ,
      caFile: plane.caFile,
      user: CALLEE,
      certificateFile,
    });
    try {
      const port = path.transport === "tls" ? sipPort + 1 : sipPort;
      const make = await plane.number(
        {
          address: `localhost:${port}`,
          transport: path.transport,
          mediaEncryption: path.encryption,
        },
        agent.url,
      );
      const opened = agent.nextSession();
      const order = await plane.give(make({ toNumber: CALLEE }));
      const session = await opened;
      expect(session.start).toMatchObject({ direction: "outbound", to: CALLEE });
      await session.heardMs(4_000);
      expect(await plane.told(order, "answered")).toMatchObject({ sipStatus: 200 });
      // The BYE would wait for what is still queued of the tone.
      session.send({ type: "clear" });
      session.send({ type: "hangup" });
      const record = await plane.record(order);
      expect(record).toMatchObject({
        end: { code: "agent_hung_up" },
        transport: path.transport,
        media: { codec: "PCMU", srtpSuite: path.srtp ? "AES_CM_128_HMAC_SHA1_80" : null },
      });
      await phone.hangUp();
      expectTone(session.heard(), CALLEE_HZ);
      expectTone(await phone.recorded(), AGENT_HZ);
    } catch (cause) {
      throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}\nnode:\n${node.output()}`, {
        cause,
      });
    } finally {
      await phone.hangUp();
    }
  });
});
