import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { eventually } from "../support/deadline.ts";
import { expectTone } from "../support/expect-tone.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const CALLER_HZ = 437;
const AGENT_HZ = 1037;

const missing = hasBaresip() ? null : "Debian's baresip-core is not installed";

describe.skipIf(skipsFor(missing))(suiteName("baresip", missing), () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-baresip-"));
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(AGENT_HZ);
    const agentId = await createAgent(api, "Tone", agent.url);
    await importNumber(api, "+14155550301", agentId, { media_encryption: "required" });
    await importNumber(api, "+14155550302", agentId, { media_encryption: "disabled" });
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    { name: "TLS and SDES-SRTP", transport: "tls", srtp: true, number: "+14155550301" },
    { name: "TCP and plain RTP", transport: "tcp", srtp: false, number: "+14155550302" },
  ] as const)("over $name hears the agent's tone, and the agent its tone", async (path) => {
    const port = path.transport === "tls" ? trunkline.sipsPort : trunkline.sipPort;
    const opened = agent.nextSession();
    const phone = await dialWithBaresip({
      folder: join(folder, path.transport),
      target: `sip:${path.number}@127.0.0.1:${port}`,
      transport: path.transport,
      srtp: path.srtp,
      toneHz: CALLER_HZ,
      caFile: trunkline.ready.tls_ca,
    });
    try {
      const session = await opened;
      await session.heardMs(4_000);
      await phone.hangUp();
      await session.closed;
      expectTone(session.heard(), CALLER_HZ);
      expectTone(await phone.recorded(), AGENT_HZ);
    } catch (cause) {
      throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
    } finally {
      await phone.hangUp();
    }
  });

  it("reads our SRTCP and we read its: both count the same packets within a few, and the round trip is known", async () => {
    const opened = agent.nextSession();
    const phone = await dialWithBaresip({
      folder: join(folder, "quality"),
      target: `sip:+14155550301@127.0.0.1:${trunkline.sipsPort}`,
      transport: "tls",
      srtp: true,
      toneHz: CALLER_HZ,
      caFile: trunkline.ready.tls_ca,
    });
    try {
      const session = await opened;
      // It reports every 5 s, and the second of its reports names one of ours.
      await session.heardMs(8_500);
      await phone.hangUp();
      await session.closed;
      const { quality } = await eventually(
        async () => {
          const path = `/v1/convai/conversations/${session.start.conversation_id}`;
          const { body } = await api.get(path);
          return body?.quality == null ? null : body;
        },
        15_000,
        "the conversation has no quality",
      );
      expect(quality.round_trip_ms.max).toBeLessThan(500);
      expect(quality.send).toMatchObject({ packets_lost: 0, mos: { max: expect.any(Number) } });
      // Its own account at the end: packets sent and received, and how many of them were reported on.
      const [, sent, received] = /packets:\s+(\d+)\s+(\d+)/.exec(phone.output()) ?? [];
      const [, reported] = /pkt.report:\s+(\d+)/.exec(phone.output()) ?? [];
      expect(Math.abs(quality.receive.packets - Number(sent))).toBeLessThan(5);
      expect(Math.abs(quality.send.packets - Number(received))).toBeLessThan(5);
      expect(Number(reported)).toBeGreaterThan(0);
    } catch (cause) {
      throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
    } finally {
      await phone.hangUp();
    }
  });
});
