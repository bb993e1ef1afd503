import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CALL_ENDS } from "../../media-node/call/call-ends.ts";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { mediaChildren } from "../support/media-children.ts";
import {
  nodeLog,
  nodeStatus,
  operatorTokenOf,
  placeCall,
  spawnCall,
  startTrunkline,
  type Trunkline,
} from "../support/processes.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

/** One system, which has recovered from each before the next; the last leaves a node that takes no calls. */
describe("outages", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
  });
  beforeEach(async () => {
    await eventually(
      async () => ((await nodeStatus(trunkline)).ready ? true : null),
      15_000,
      "the node has not recovered from the outage before",
    );
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  const refusals = async () =>
    (await nodeLog(trunkline)).filter((line) => line["event"] === "routing_file_refused");

  async function conversations(): Promise<Record<string, unknown>[]> {
    const answer = await api.get("/v1/convai/conversations?page_size=100");
    return answer.status === 200 ? answer.body.conversations : [];
  }

  it("of the control plane: calls go on, new ones are answered, each record arrives once", async () => {
    const running = spawnCall(trunkline, [trunkline.ready.number, "--duration", "6"]);
    await running.answered;
    trunkline.pauseSupervisor();
    await trunkline.kill("workerd");
    const during = await placeCall(trunkline, [trunkline.ready.number]);
    expect(during.report).toMatchObject({ ok: true, echo_ok: true });
    expect(await running.exited).toBe(0);
    trunkline.resumeSupervisor();

    const done = await eventually(
      async () => {
        const list = await conversations().catch(() => []);
        return list.filter((one) => one["status"] === "done").length >= 2 ? list : null;
      },
      30_000,
      "the records did not arrive",
    );
    expect(done).toHaveLength(2);
    expect(new Set(done.map((one) => one["conversation_id"])).size).toBe(2);
  });

  it("of a media process: its calls end and say so in the conversation, and the next is heard again", async () => {
    const [media = 0] = mediaChildren(trunkline.pidOf("media-node"));
    const running = spawnCall(trunkline, [trunkline.ready.number, "--duration", "60"]);
    await running.answered;
    process.kill(media, "SIGKILL");
    await deadline(running.exited, 10_000, "the call did not end");
    await eventually(
      async () => {
        const [first] = await conversations().catch(() => []);
        if (first?.["status"] !== "done") return null;
        const view = await api.get(`/v1/convai/conversations/${first["conversation_id"]}`);
        return view.body.metadata.termination_reason === CALL_ENDS.media_lost.reason ? true : null;
      },
      15_000,
      "the conversation does not say media_lost",
    );
    await eventually(
      async () => ((await nodeStatus(trunkline)).ready ? true : null),
      10_000,
      "no media process was started again",
    );
    const next = await placeCall(trunkline, [trunkline.ready.number]);
    expect(next.report).toMatchObject({ ok: true, echo_ok: true });
  });

  it("of the control plane during a node's restart: it answers from its sealed file", async () => {
    await trunkline.freeze("workerd");
    await trunkline.kill("media-node");
    await eventually(
      async () => ((await nodeStatus(trunkline)).ready ? true : null),
      10_000,
      "the node was not ready from its file",
    );
    const call = await placeCall(trunkline, [trunkline.ready.number]);
    expect(call.report).toMatchObject({ ok: true, echo_ok: true });
    await trunkline.thaw("workerd");
  });

  it.each([
    ["truncated", "truncated", (now: Buffer) => now.subarray(0, Math.floor(now.length / 2))],
    ["with a byte changed", "altered", (now: Buffer) => flipByte(now, now.length >> 1)],
    [
      "older than its high-water mark",
      "older_than_high_water",
      (_now: Buffer, older: Buffer) => older,
    ],
  ])(
    "a sealed file %s is refused by name (%s), and the node is not ready",
    async (_name, code, damage) => {
      const file = join(trunkline.stateDir, "node", "routing-table.sealed");
      const { length: before } = await refusals();
      const older = await readFile(file);
      await createAgent(api, "Changes the table", agent.url);
      await eventually(
        async () => ((await readFile(file)).equals(older) ? null : true),
        5_000,
        "the changed table was not written",
      );
      await trunkline.freeze("workerd");
      trunkline.pauseSupervisor();
      await trunkline.kill("media-node");
      await writeFile(file, damage(await readFile(file), older));
      trunkline.resumeSupervisor();
      const refusal = await eventually(
        async () => (await refusals())[before] ?? null,
        10_000,
        "the refusal was not logged",
      );
      expect(refusal["code"]).toBe(code);
      expect((await nodeStatus(trunkline)).ready).toBe(false);
      await trunkline.thaw("workerd");
      await eventually(
        async () => ((await nodeStatus(trunkline)).ready ? true : null),
        10_000,
        "the node did not recover",
      );
    },
  );

  it("a database restored from a backup: the node has its table within 5 s, no call refused", async () => {
    const agentId = await createAgent(api, "Kept", agent.url);
    await importNumber(api, "+14155550401", agentId);
    await eventually(
      async () => ((await placed("+14155550401")) ? true : null),
      5_000,
      "the number did not answer",
    );
    const database = join(trunkline.stateDir, "database");
    const backup = join(trunkline.stateDir, "backup");
    const beforeRestore = await nodeStatus(trunkline);

    trunkline.pauseSupervisor();
    await trunkline.kill("sqld");
    await cp(database, backup, { recursive: true });
    trunkline.resumeSupervisor();
    const lostId = await eventually(
      async () => {
        const answer = await api
          .post("/v1/convai/phone-numbers", {
            provider: "sip_trunk",
            phone_number: "+14155550402",
            label: "made after the backup",
            agent_id: agentId,
          })
          .catch(() => null);
        return answer?.status === 200 ? answer.body.phone_number_id : null;
      },
      15_000,
      "the database did not come back",
    );
    expect(lostId).toMatch(/^phnum_/);
    await eventually(
      async () => ((await placed("+14155550402")) ? true : null),
      5_000,
      "the number made after the backup did not answer",
    );

    trunkline.pauseSupervisor();
    await trunkline.kill("sqld");
    await rm(database, { recursive: true });
    await cp(backup, database, { recursive: true });
    trunkline.resumeSupervisor();
    await eventually(
      async () =>
        (await api.get("/v1/convai/agents").catch(() => null))?.status === 200 ? true : null,
      15_000,
      "the restored database did not come up",
    );
    const callsMeanwhile = (async () => {
      for (let call = 0; call < 3; call += 1) expect(await placed("+14155550401")).toBe(true);
    })();
    await eventually(
      async () => {
        const now = await nodeStatus(trunkline);
        return now.routingHash === beforeRestore.routingHash ? true : null;
      },
      5_000,
      "the node does not have the restored table",
    );
    await callsMeanwhile;
    expect((await nodeStatus(trunkline)).epoch).toBeGreaterThan(beforeRestore.epoch);
    expect(await placed("+14155550402")).toBe(false);
  });

  it("of the database: the published addresses are served on, also by a control plane that has just started", async () => {
    const list = () => fetch(new URL("/network/v4.txt", trunkline.ready.api));
    expect((await list()).status).toBe(503);
    const range = {
      prefix: "25.10.20.0/24",
      region: "local",
      geo: { country: "DE" },
      services: ["sip", "rtp"],
      form: "brought_block",
      holder: "Example, Inc.",
    };
    const proposed = await fetch(new URL("/v1/admin/network/ranges", trunkline.ready.api), {
      method: "POST",
      headers: {
        authorization: `Bearer ${await operatorTokenOf(trunkline)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ ranges: [range], notice: "initial" }),
    });
    expect(await proposed.json()).toMatchObject({ version: 1, published_version: 1 });
    const etag = (await list()).headers.get("etag");
    // The embedded node is on loopback, which is in no published range.
    await eventually(
      async () => ((await nodeStatus(trunkline)).ready ? null : true),
      5_000,
      "the node still takes calls",
    );

    await trunkline.freeze("sqld");
    await trunkline.kill("workerd");
    const served = await eventually(
      async () => {
        const answer = await list().catch(() => null);
        return answer?.status === 200 ? answer : null;
      },
      15_000,
      "the list was not served again",
    );
    expect([served.headers.get("etag"), await served.text()]).toEqual([etag, "25.10.20.0/24\n"]);
    await trunkline.thaw("sqld");
  });

  async function placed(number: string): Promise<boolean> {
    const call = await deadline(
      placeCall(trunkline, [number, "--duration", "1"]),
      20_000,
      "the call did not end",
    );
    return call.report.status === 200;
  }
});

function flipByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at);
  return changed;
}
