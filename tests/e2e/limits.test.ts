import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tonePower } from "../../media-node/protocol/audio/tone-analysis.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { type ApiClient, createApiClient, importNumber } from "../support/api-client.ts";
import { type Callers, connectCallers } from "../support/callers.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { openHubBook } from "../support/hub-book.ts";
import { callTo, type PermitNode, startPermitNode } from "../support/permit-node.ts";
import {
  nodeLog,
  nodeStatus,
  spawnCall,
  startTrunkline,
  type Trunkline,
} from "../support/processes.ts";
import { audioPort, openRtpPeer, type RtpPeer } from "../support/rtp-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const LIMIT = 10;
const AGENT_HZ = 1037;
/** The first note of the hold tone. */
const HOLD_HZ = 440;

/** What has come last is that tone rather than the other. */
async function hears(phone: RtpPeer, wantedHz: number): Promise<void> {
  const otherHz = wantedHz === HOLD_HZ ? AGENT_HZ : HOLD_HZ;
  await eventually(
    () => {
      const last = phone.heard().slice(-1_600);
      const [wanted, other] = [wantedHz, otherHz].map((hz) => tonePower(last, 8_000, hz));
      return (wanted ?? 0) > 1_000 * (other ?? 0) && (wanted ?? 0) > 1 ? true : null;
    },
    10_000,
    `${wantedHz} Hz are not heard`,
  );
}

describe("limits", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let nodes: PermitNode[];
  let callers: Callers;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(AGENT_HZ);
  });
  beforeEach(async () => {
    callers = await connectCallers(trunkline.sipPort);
    nodes = [];
  });
  afterEach(async () => {
    for (const node of nodes) {
      while (node.live.length > 0) await node.end();
      await node[Symbol.asyncDispose]();
    }
    await callers[Symbol.asyncDispose]();
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  async function linkNodes(count: number): Promise<PermitNode[]> {
    for (let index = 0; index < count; index += 1) {
      const node = await startPermitNode(trunkline);
      nodes.push(node);
      await node.link();
    }
    return nodes;
  }
  const live = () => nodes.reduce((sum, node) => sum + node.live.length, 0);

  /** The node's table has the number: calls to it are decided by its limits. */
  async function numberWithAgent(number: string, settings: Record<string, unknown>) {
    const made = await api.post("/v1/convai/agents/create", {
      name: "Limited",
      connection: { protocol: "native", url: agent.url },
      platform_settings: settings,
    });
    expect(made.status).toBe(200);
    await importNumber(api, number, made.body.agent_id);
    const first = await eventually(
      async () => {
        const call = await callers.call(number);
        return call.status === 200 ? call : null;
      },
      10_000,
      "the number answers",
    );
    await first.hangUp();
    using book = openHubBook(trunkline);
    const isFree = () => (book.permits() === 0 ? true : null);
    await eventually(isFree, 5_000, "the place of the first call is not free");
    const agentId = parseId("agent", made.body.agent_id);
    if (agentId === null) throw new Error("no agent");
    return agentId;
  }

  it("while the hub is frozen nobody goes above the limit, and what it says late is given back", async () => {
    await linkNodes(3);
    const query = callTo(newId("agent"), LIMIT);
    for (const node of nodes) for (let call = 0; call < 3; call += 1) await node.call(query);
    expect(live()).toBe(9);
    await trunkline.freeze("workerd");
    const taken = await Promise.all(
      nodes.flatMap((node) => Array.from({ length: 20 }, () => node.call(query))),
    );
    expect(taken).not.toContain(true);
    await nodes[0]?.end();
    const again = await Promise.all(nodes.map((node) => node.call(query)));
    expect(again).toEqual([true, false, false]);
    expect(live()).toBe(9);
    await trunkline.thaw("workerd");
    await eventually(
      async () => ((await nodes[1]?.call(query)) === true ? true : null),
      10_000,
      "the tenth place is to be had",
    );
    expect(await nodes[2]?.call(query)).toBe(false);
    expect(live()).toBe(LIMIT);
  });

  it("a restart of the hub with calls up: they keep their places, and a node's killed process loses them", async () => {
    const agentId = await numberWithAgent("+14155550601", {
      call_limits: { agent_concurrency_limit: 1 },
    });
    const [other] = await linkNodes(1);
    const call = spawnCall(trunkline, ["+14155550601", "--duration", "90"]);
    await call.answered;
    expect((await callers.call("+14155550601")).status).toBe(486);
    expect(await other?.call(callTo(agentId, 1))).toBe(false);

    await trunkline.kill("workerd");
    await eventually(
      async () =>
        (await api.get("/v1/convai/agents").catch(() => null))?.status === 200 ? true : null,
      15_000,
      "the control plane is back",
    );
    expect((await callers.call("+14155550601")).status).toBe(486);

    trunkline.pauseSupervisor();
    await trunkline.kill("media-node");
    for (let asked = 0; asked < 5; asked += 1) {
      expect(await other?.call(callTo(agentId, 1))).toBe(false);
    }
    trunkline.resumeSupervisor();
    await eventually(
      async () => ((await nodeStatus(trunkline)).ready ? true : null),
      15_000,
      "the node is back",
    );
    await eventually(
      async () => ((await other?.call(callTo(agentId, 1))) === true ? true : null),
      10_000,
      "the place of the killed process is free",
    );
    await call.kill();
  }, 120_000);

  it("a queued caller hears the hold tone, then the agent; the record says how long it took", async () => {
    const number = "+14155550602";
    const agentId = await numberWithAgent(number, {
      call_limits: { agent_concurrency_limit: 1 },
      queueing_config: { enabled: true, wait_timeout_seconds: 30 },
    });
    const opened = agent.nextSession();
    const first = await callers.call(number);
    await opened;
    await using phone = await openRtpPeer(437);
    const sessionsBefore = agent.sessions.length;
    const waitsSinceMs = performance.now();
    const second = await callers.call(number, { rtpPort: phone.port });
    expect([first.status, second.status]).toEqual([200, 200]);
    phone.talk(audioPort(second.final.body), null);
    await hears(phone, HOLD_HZ);
    expect(agent.sessions).toHaveLength(sessionsBefore);
    const admitted = agent.nextSession();
    const waitedMs = performance.now() - waitsSinceMs;
    await first.hangUp();
    await admitted;
    await hears(phone, AGENT_HZ);
    await second.hangUp();
    const waits = await eventually(
      async () => {
        const list = await api.get(`/v1/convai/conversations?agent_id=${agentId}`);
        const done = list.body.conversations.filter(
          (one: { status: string }) => one.status === "done",
        );
        if (done.length < 3) return null;
        const views = await Promise.all(
          done.map((one: { conversation_id: string }) =>
            api.get(`/v1/convai/conversations/${one.conversation_id}`),
          ),
        );
        return views.map((view) => view.body.metadata.queue_wait_secs);
      },
      10_000,
      "the records arrive",
    );
    const waited = waits.filter((secs) => secs !== undefined);
    expect(waited).toHaveLength(1);
    expect(waited[0]).toBeGreaterThanOrEqual(Math.floor(waitedMs / 1_000));
    expect(waited[0]).toBeLessThanOrEqual(waitedMs / 1_000 + 3);
  });

  it("a queued caller whom nobody can take within the timeout is hung up on", async () => {
    await numberWithAgent("+14155550603", {
      call_limits: { agent_concurrency_limit: 1 },
      queueing_config: { enabled: true, wait_timeout_seconds: 1 },
    });
    const opened = agent.nextSession();
    const first = await callers.call("+14155550603");
    await opened;
    const second = await callers.call("+14155550603");
    expect([first.status, second.status]).toEqual([200, 200]);
    const bye = await deadline(second.ended, 5_000, "no BYE");
    expect(bye.header("Reason")).toContain("SIP;cause=486");
    const line = await eventually(
      async () => (await nodeLog(trunkline)).find((one) => one["code"] === "queue_timeout") ?? null,
      5_000,
      "the timeout is logged",
    );
    expect(line).toMatchObject({ event: "call_ended", durationMs: 0 });
    expect(Number(line["queueWaitMs"])).toBeGreaterThanOrEqual(1_000);
    await first.hangUp();
  });

  it("a call that comes in and one that is ordered share an agent's limit", async () => {
    const agentId = await numberWithAgent("+14155550605", {
      call_limits: { agent_concurrency_limit: 1 },
    });
    const number = await api.post("/v1/convai/phone-numbers", {
      provider: "sip_trunk",
      phone_number: "+14155550606",
      label: "Outbound",
      outbound_trunk_config: { address: "nobody.invalid", transport: "tcp" },
    });
    expect(number.status).toBe(200);
    const order = () =>
      api.post("/v1/convai/sip-trunk/outbound-call", {
        agent_id: agentId,
        agent_phone_number_id: number.body.phone_number_id,
        to_number: "+14155550607",
      });
    const call = await callers.call("+14155550605");
    expect(call.status).toBe(200);
    expect((await order()).body).toMatchObject({
      success: false,
      message: expect.stringContaining("(agent_limit)"),
      sip_call_id: null,
    });
    await call.hangUp();
    // What becomes of a call to a name that does not exist is none of the limit's.
    await eventually(
      async () => (String((await order()).body.message).includes("agent_limit") ? null : true),
      10_000,
      "the place is free",
    );
    await eventually(
      async () => {
        const again = await callers.call("+14155550605");
        if (again.status !== 200) return null;
        await again.hangUp();
        return true;
      },
      20_000,
      "what came of the order has given its place back",
    );
  });
});
