import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAgent, createApiClient, importNumber } from "../support/api-client.ts";
import { dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { expectTone } from "../support/expect-tone.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const AGENT_RATE_HZ = 16_000;
/** What is said to each other in wideband is above what 8 kHz can carry. */
const WIDE = { rateHz: 16_000, callerHz: 4_837, agentHz: 5_637, numbers: "+1415555031" } as const;
const NARROW = { rateHz: 8_000, callerHz: 437, agentHz: 1_037, numbers: "+1415555032" } as const;
const CODECS = { G722: WIDE, PCMA: NARROW, PCMU: NARROW } as const;
/** What the number wants, its last digit, and what the phone does about it. */
const ENCRYPTIONS = {
  required: { digit: 1, transport: "tls", srtp: true },
  allowed: { digit: 2, transport: "tls", srtp: "optional" },
  disabled: { digit: 3, transport: "tcp", srtp: false },
} as const;
const HEARD_MS = 1_500;

const missing = hasBaresip() ? null : "Debian's baresip-core is not installed";

describe.skipIf(skipsFor(missing))(suiteName("baresip's codecs", missing), () => {
  let trunkline: Trunkline;
  let agents: ReadonlyMap<number, ToneAgent>;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-codecs-"));
    trunkline = await startTrunkline();
    const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    const started = new Map<number, ToneAgent>();
    agents = started;
    for (const { agentHz, numbers } of [WIDE, NARROW]) {
      const agent = await startToneAgent(agentHz, 10, AGENT_RATE_HZ);
      started.set(agentHz, agent);
      const agentId = await createAgent(api, `Tone of ${agentHz} Hz`, agent.url);
      for (const [media_encryption, { digit }] of Object.entries(ENCRYPTIONS)) {
        await importNumber(api, `${numbers}${digit}`, agentId, { media_encryption });
      }
    }
  });
  afterAll(async () => {
    for (const agent of agents.values()) await agent[Symbol.asyncDispose]();
    await trunkline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const table = (["G722", "PCMA", "PCMU"] as const).flatMap((codec) =>
    (["required", "allowed", "disabled"] as const).map((encryption) => ({ codec, encryption })),
  );
  it.each(table)(
    "$codec with SRTP $encryption: both hear each other's tone",
    async ({ codec, encryption }) => {
      const { rateHz, callerHz, agentHz, numbers } = CODECS[codec];
      const { digit, transport, srtp } = ENCRYPTIONS[encryption];
      const port = transport === "tls" ? trunkline.sipsPort : trunkline.sipPort;
      const agent = agents.get(agentHz);
      if (agent === undefined) throw new Error("the agent has not started");
      const opened = agent.nextSession();
      const phone = await dialWithBaresip({
        folder: join(folder, `${codec}-${encryption}`),
        target: `sip:${numbers}${digit}@127.0.0.1:${port}`,
        transport,
        srtp,
        codec,
        toneHz: callerHz,
        caFile: trunkline.ready.tls_ca,
      });
      try {
        const session = await opened;
        await session.heardMs(HEARD_MS);
        await phone.heardMs(HEARD_MS);
        await phone.hangUp();
        await session.closed;
        const leastMs = HEARD_MS - 500;
        expectTone(session.heard(), callerHz, { rateHz: AGENT_RATE_HZ, leastMs });
        expectTone(await phone.recorded(), agentHz, { rateHz, leastMs });
        expect(phone.output()).toContain(`Set audio encoder: ${codec}`);
        expect(phone.output().includes("SRTP is Enabled")).toBe(srtp !== false);
      } catch (cause) {
        throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
      } finally {
        await phone.hangUp();
      }
    },
  );
});
