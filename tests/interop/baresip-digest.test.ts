import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAgent, createApiClient, importNumber } from "../support/api-client.ts";
import { dialWithBaresip, hasBaresip } from "../support/baresip.ts";
import { eventually } from "../support/deadline.ts";
import { nodeLog, placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const credentials = { username: "pbx", password: "correct-horse-battery" };
const BY_401 = "+14155550311";
const BY_407 = "+14155550312";

const missing = hasBaresip() ? null : "Debian's baresip-core is not installed";

describe.skipIf(skipsFor(missing))(suiteName("baresip with a password", missing), () => {
  let trunkline: Trunkline;
  let agent: ToneAgent;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trunkline-baresip-digest-"));
    trunkline = await startTrunkline();
    const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    const agentId = await createAgent(api, "Tone", agent.url);
    const trunk = { media_encryption: "allowed", credentials };
    await importNumber(api, BY_401, agentId, trunk);
    await importNumber(api, BY_407, agentId, { ...trunk, digest_challenge: 407 });
    await eventually(
      async () => {
        const { report } = await placeCall(trunkline, [BY_407, "--duration", "1"]);
        return report.status === 407 ? true : null;
      },
      10_000,
      "the node does not ask for the password",
    );
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const dial = (name: string, number: string, transport: "tcp" | "tls", password: string) => {
    const port = transport === "tls" ? trunkline.sipsPort : trunkline.sipPort;
    return dialWithBaresip({
      folder: join(folder, name),
      target: `sip:${number}@127.0.0.1:${port}`,
      transport,
      srtp: transport === "tls",
      toneHz: 437,
      caFile: trunkline.ready.tls_ca,
      credentials: { ...credentials, password },
    });
  };

  it.each([
    { name: "401 over TCP", number: BY_401, transport: "tcp" },
    { name: "407 over TLS", number: BY_407, transport: "tls" },
  ] as const)("answers $name, and the agent hears it", async ({ name, number, transport }) => {
    const opened = agent.nextSession();
    const phone = await dial(name.slice(0, 3), number, transport, credentials.password);
    try {
      const session = await opened;
      await session.heardMs(1_000);
      await phone.hangUp();
      await session.closed;
    } catch (cause) {
      throw new Error(`${String(cause)}\nbaresip:\n${phone.output()}`, { cause });
    } finally {
      await phone.hangUp();
    }
  });

  it("is refused with 403 when its password is wrong", async () => {
    const phone = await dial("wrong", BY_401, "tcp", "another");
    try {
      await phone.said("403 Forbidden");
    } finally {
      await phone.hangUp();
    }
    const refused = await eventually(
      async () => (await nodeLog(trunkline)).find(({ code }) => code === "digest_rejected") ?? null,
      5_000,
      "no refusal in the log",
    );
    expect(refused).toMatchObject({
      sipStatus: 403,
      detail: expect.stringContaining("wrong password"),
    });
  });
});
