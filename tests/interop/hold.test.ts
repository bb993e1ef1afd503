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
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const NUMBER = "+14155550311";
const HOLDS = 10;

const missing = hasBaresip() ? null : "Debian's baresip-core is not installed";

describe.skipIf(skipsFor(missing))(suiteName("hold with baresip", missing), () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-hold-"));
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    const agentId = await createAgent(api, "Tone", agent.url);
    await importNumber(api, NUMBER, agentId, { media_encryption: "required" });
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("ten times in one call: the agent is told each, and has audio 100 ms after each resume", async () => {
    const opened = agent.nextSession();
    const phone = await dialWithBaresip({
      folder,
      target: `sip:${NUMBER}@127.0.0.1:${trunkline.sipsPort}`,
      transport: "tls",
      srtp: true,
      toneHz: 437,
      caFile: trunkline.ready.tls_ca,
    });
    try {
      const session = await opened;
      await session.heardMs(500);
      for (let hold = 1; hold <= HOLDS; hold += 1) {
        await phone.command("hold");
        await session.told("held", hold);
        const heardBefore = session.heard().length;
        await phone.command("resume");
        await session.told("resumed", hold);
        await session.heardMs(heardBefore / 8 + 200);
      }
      expect(session.silenceAfterResumeMs).toHaveLength(HOLDS);
      expect(Math.max(...session.silenceAfterResumeMs)).toBeLessThan(100);
      await phone.hangUp();
      await session.closed;
      expect(session.messages.at(-1)).toEqual({ type: "end", reason: "caller_hung_up" });
    } catch (cause) {
      throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
    } finally {
      await phone.hangUp();
    }
  });
});
