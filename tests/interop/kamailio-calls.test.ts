import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import { createAgent, createApiClient, importNumber } from "../support/api-client.ts";
import { type BaresipCall, dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { eventually } from "../support/deadline.ts";
import { type Kamailio, startKamailio, whyNoKamailio } from "../support/kamailio.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { type PeerFiles, writePeerFiles } from "../support/proxied-node.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const CALLER_HZ = 437;
const AGENT_HZ = 1037;
const NUMBER = "+14155550311";

const missing = whyNoKamailio() ?? (hasBaresip() ? null : "Debian's baresip-core is not installed");

describe.skipIf(skipsFor(missing))(
  suiteName("baresip on TCP, through Kamailio, to a node on TLS", missing),
  () => {
    let files: PeerFiles;
    let trunkline: Trunkline;
    let agent: ToneAgent;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "trunkline-proxied-"));
      files = await writePeerFiles();
      trunkline = await startTrunkline();
      const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
      agent = await startToneAgent(AGENT_HZ);
      const agentId = await createAgent(api, "Tone", agent.url);
      await importNumber(api, NUMBER, agentId, { media_encryption: "allowed" });
    });
    afterAll(async () => {
      await agent[Symbol.asyncDispose]();
      await trunkline.stop();
      await files[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    /** The agent has been told that the call is held, or is not any more. */
    async function told(
      { messages }: Pick<ToneAgent["sessions"][number], "messages">,
      type: "held" | "resumed",
    ): Promise<void> {
      const has = (): true | null => (messages.some((one) => one.type === type) ? true : null);
      await eventually(has, 5_000, `the agent was not told "${type}"`);
    }

    async function proxied<T>(
      hidesTopology: boolean,
      during: (proxy: Kamailio, phone: BaresipCall) => Promise<T>,
    ): Promise<T> {
      await using proxy = await startKamailio({
        hidesTopology,
        nextHop: `sip:127.0.0.1:${trunkline.sipsPort};transport=tls`,
        tls: { ...files, caFile: trunkline.ready.tls_ca },
      });
      const phone = await dialWithBaresip({
        folder: await mkdtemp(join(folder, "phone-")),
        target: `sip:${NUMBER}@127.0.0.1:${proxy.tcpPort}`,
        transport: "tcp",
        srtp: false,
        toneHz: CALLER_HZ,
        caFile: trunkline.ready.tls_ca,
      });
      try {
        return await during(proxy, phone);
      } catch (cause) {
        throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
      } finally {
        await phone.hangUp();
      }
    }

    it.each([
      { name: "record-routing", hidesTopology: false },
      { name: "hiding the topology", hidesTopology: true },
    ])(
      "$name: audio both ways across a hold, and the caller's BYE is answered",
      async ({ hidesTopology }) => {
        const opened = agent.nextSession();
        await proxied(hidesTopology, async (proxy, phone) => {
          const session = await opened;
          await phone.heardMs(1_500);
          await phone.command("hold");
          await told(session, "held");
          await phone.command("resume");
          await told(session, "resumed");
          // It goes on recording nothing, because its player is gone with the hold: its own count says what arrives.
          const resumedAt = phone.output().length;
          await eventually(
            () => /audio=6\d{4}\/6\d{4} /.exec(phone.output().slice(resumedAt)),
            10_000,
            "no audio either way after the hold",
          );
          await phone.command("hangup");
          await session.closed;
          await proxy.saw("SIP/2.0 200", ({ header }) => header("CSeq").includes("BYE"));
          await phone.hangUp();
          expect(analyseTone(session.heard(), 8000, CALLER_HZ).snrDb).toBeGreaterThan(20);
          const heard = analyseTone(await phone.recorded(), 8000, AGENT_HZ);
          expect(heard.snrDb).toBeGreaterThan(20);
          expect(heard.presentMs).toBeGreaterThan(1_000);
        });
      },
    );

    it("the agent's end of the call reaches the phone as a BYE along both of the proxy's routes", async () => {
      const opened = agent.nextSession();
      await proxied(false, async (proxy, phone) => {
        const session = await opened;
        await session.heardMs(500);
        session.send({ type: "clear" });
        session.send({ type: "hangup", reason: "done" });
        await phone.said("session closed");
        const bye = await proxy.saw("BYE");
        expect(bye.transport).toBe("tls");
        expect(bye.headers("Route")).toEqual([
          expect.stringContaining(`sip:127.0.0.1:${proxy.tlsPort};transport=tls;r2=on;lr`),
          expect.stringContaining(`sip:127.0.0.1:${proxy.tcpPort};transport=tcp;r2=on;lr`),
        ]);
        await proxy.saw("SIP/2.0 200", ({ header }) => header("CSeq").includes("BYE"));
      });
    });
  },
);
