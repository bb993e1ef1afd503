import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEventOutbox } from "../../media-node/control/event-outbox.ts";
import { createControlPlaneClient } from "../../media-node/control/http-client.ts";
import { parseId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { type Call, type Callers, connectCallers } from "../support/callers.ts";
import { recordedDeps } from "../support/control-deps.ts";
import { eventually } from "../support/deadline.ts";
import { enrolFurtherNode } from "../support/further-node.ts";
import { nodeStatus, startTrunkline, type Trunkline } from "../support/processes.ts";
import { seeded } from "../support/seeded.ts";
import { testFolder } from "../support/test-folder.ts";
import { TOLD_OF_A_CALL, toldCalls } from "../support/told-calls.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

const CALLS = 20;
const PATIENCE_MS = 30_000;

describe("the control plane", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let callers: Callers;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    receiver = await startWebhookReceiver();
    await api.post("/v1/workspace/webhooks", {
      settings: { auth_type: "hmac", name: "calls", webhook_url: receiver.url },
    });
    callers = await connectCallers(trunkline.sipPort);
  });
  afterAll(async () => {
    await callers[Symbol.asyncDispose]();
    await trunkline.stop();
    await receiver[Symbol.asyncDispose]();
  });

  async function isUp(): Promise<true | null> {
    const answer = await api.get("/v1/convai/agents").catch(() => null);
    return answer?.status === 200 ? true : null;
  }

  async function callAll(): Promise<Call[]> {
    const calls = [];
    for (let at = 0; at < CALLS; at += 1) calls.push(await callers.call(trunkline.ready.number));
    expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 200));
    return calls;
  }

  /** How often each conversation was told of. */
  function told(): Map<string, number> {
    const count = new Map<string, number>();
    for (const { body } of receiver.received) {
      const id = String(JSON.parse(body).data.conversation_id);
      count.set(id, (count.get(id) ?? 0) + 1);
    }
    return count;
  }

  it("away from before 20 calls end until after: each has its own end and one webhook, none is lost", async () => {
    const calls = await callAll();
    trunkline.pauseSupervisor();
    await trunkline.kill("workerd");
    for (const call of calls) await call.hangUp();
    trunkline.resumeSupervisor();
    const done = await eventually(
      async () => {
        const answer = await api.get("/v1/convai/conversations?page_size=100").catch(() => null);
        const list: Record<string, unknown>[] = answer?.body?.conversations ?? [];
        const over = list.filter(({ status }) => status === "done");
        return over.length === CALLS && told().size === CALLS ? over : null;
      },
      PATIENCE_MS,
      "the calls were not all told",
    );
    expect(JSON.stringify(done)).not.toContain("node_lost");
    expect([...told().values()]).toEqual(Array.from({ length: CALLS }, () => 1));
  });

  it("killed again and again, and its database, while calls end: every end is delivered", async () => {
    const before = told().size;
    const calls = await callAll();
    const victims = ["sqld", "workerd", "sqld", "workerd"] as const;
    for (const [at, victim] of victims.entries()) {
      const share = calls.slice((at * CALLS) / 4, ((at + 1) * CALLS) / 4);
      for (const call of share) await call.hangUp();
      await trunkline.kill(victim);
      await eventually(isUp, PATIENCE_MS, `${victim} was not started again`);
    }
    await eventually(
      () => (told().size === before + CALLS ? true : null),
      PATIENCE_MS,
      "not every end was delivered",
    );
  });

  it("without its database: 503 that says when to try again, nothing half-written, and writes resume", async () => {
    const answers: { name: string; status: number; retryAfter: string | null }[] = [];
    let isOver = false;
    const write = async (writer: number): Promise<void> => {
      for (let at = 0; !isOver; at += 1) {
        const name = `writer ${writer} ${at}`;
        const answer = await api
          .post("/v1/convai/agents/create", { name, conversation_config: {} })
          .catch(() => null);
        if (answer === null) continue;
        const retryAfter = answer.headers.get("retry-after");
        answers.push({ name, status: answer.status, retryAfter });
      }
    };
    const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    await eventually(() => (count(200) > 20 ? true : null), PATIENCE_MS, "nothing was written");
    trunkline.pauseSupervisor();
    await trunkline.kill("sqld");
    await eventually(() => (count(503) > 7 ? true : null), PATIENCE_MS, "nothing was refused");
    trunkline.resumeSupervisor();
    await eventually(isUp, PATIENCE_MS, "the database did not come back");
    const written = count(200);
    await eventually(
      () => (count(200) > written + 8 ? true : null),
      PATIENCE_MS,
      "no write passed",
    );
    isOver = true;
    await Promise.all(writers);
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    expect(
      answers.filter(({ retryAfter, status }) => status === 503 && retryAfter === null),
    ).toEqual([]);
    const names = await agentNames();
    const lost = answers.filter(({ name, status }) => status === 200 && !names.has(name));
    expect(lost).toEqual([]);
    // Each agent that there is was written with its routing change: the node's table tells of it.
    await eventually(
      async () => ((await nodeStatus(trunkline)).routingVersion >= names.size ? true : null),
      PATIENCE_MS,
      "the node did not hear of every agent",
    );
  });

  async function agentNames(): Promise<Set<string>> {
    const names = new Set<string>();
    for (let cursor = ""; ; ) {
      const { body } = await api.get(`/v1/convai/agents?page_size=100&cursor=${cursor}`);
      for (const { name } of body.agents) names.add(name);
      if (!body.has_more) return names;
      cursor = encodeURIComponent(body.next_cursor);
    }
  }

  it("with every object's state deleted: links, tables, deliveries and calls are there again", async () => {
    const before = told().size;
    const [call] = await callAll();
    const { epoch } = await nodeStatus(trunkline);
    trunkline.pauseSupervisor();
    await trunkline.kill("workerd");
    const folder = join(trunkline.stateDir, "objects");
    // What ObjectShard holds stands for a bucket: it is what others point at.
    const states = (await readdir(folder)).filter((name) => !name.includes("ObjectShard"));
    expect(states.length).toBeGreaterThan(2);
    for (const name of states) await rm(join(folder, name), { recursive: true });
    trunkline.resumeSupervisor();
    await eventually(
      async () => {
        const status = await nodeStatus(trunkline);
        return status.ready && status.epoch > epoch ? true : null;
      },
      PATIENCE_MS,
      "the node has no table of the new hub",
    );
    await call?.hangUp();
    await eventually(
      () => (told().size > before ? true : null),
      PATIENCE_MS,
      "nothing was delivered",
    );
    expect((await callers.call(trunkline.ready.number)).status).toBe(200);
  });
});

/** Who is killed, in this order, each at a moment of its own. */
const VICTIMS = ["workerd", "sqld", "workerd", "sqld", "workerd"] as const;
const SEED = Date.now() % 2 ** 32;

describe("webhook deliveries", () => {
  it(
    `survive SIGKILL of the Worker and of the database: none lost, order kept (seed ${SEED})`,
    async () => {
      const trunkline = await startTrunkline();
      await using stack = new AsyncDisposableStack();
      stack.defer(() => trunkline.stop());
      const random = seeded(SEED);
      const expected = CALLS * TOLD_OF_A_CALL.length;
      // One in each fifth of the deliveries: before its answer, or a moment after it.
      const moments = VICTIMS.map((victim, at) => ({
        victim,
        delivery: Math.floor(((at + random()) * expected) / VICTIMS.length),
        answersFirst: random() < 0.5,
        laterMs: random() * 40,
      }));
      let deliveries = 0;
      const kills: Promise<void>[] = [];
      const receiver = await startWebhookReceiver(async () => {
        deliveries += 1;
        const moment = moments.find(({ delivery }) => delivery === deliveries - 1);
        if (moment === undefined) return 200;
        const kill = (moment.answersFirst ? delay(moment.laterMs) : Promise.resolve()).then(() =>
          trunkline.kill(moment.victim),
        );
        kills.push(kill);
        if (!moment.answersFirst) await kill;
        return 200;
      });
      stack.use(receiver);
      const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
      const endpoint = { name: "calls", url: receiver.url, signature_style: "standard" };
      expect((await api.post("/v1/webhook-endpoints", endpoint)).status).toBe(201);
      const told = { webhooks: { events: ["transcript", "audio"] } };
      expect((await api.patch("/v1/convai/settings", told)).status).toBe(200);

      const { nodeId, credential } = await enrolFurtherNode(trunkline, "192.0.2.1");
      const [workspace] = (await api.get("/v1/workspaces")).body.data;
      const workspaceId = parseId("workspace", String(workspace.workspace_id));
      if (workspaceId === null) throw new Error("there is no workspace");
      const client = createControlPlaneClient({
        baseUrl: trunkline.ready.api,
        credential: new Secret(credential),
        ca: null,
      });
      const outbox = await startEventOutbox({
        ...recordedDeps({ random }),
        directory: testFolder().path,
        client,
      });
      stack.defer(() => outbox.stop(0));
      const events = toldCalls(CALLS, { workspaceId, nodeId, region: "local" });
      for (const event of events) await outbox.save(event);

      const arrived = () =>
        receiver.received.map(({ body }) => {
          const { type, data } = JSON.parse(body);
          return { type: String(type), conversationId: String(data.conversation_id) };
        });
      const kept = () => new Set(arrived().map((one) => `${one.conversationId} ${one.type}`)).size;
      await eventually(
        () => (kept() === expected ? true : null),
        2 * PATIENCE_MS,
        "some were lost",
      );
      await Promise.all(kills);
      const rows = await eventually(
        async () => {
          const answer = await api.get("/v1/webhook-deliveries?page_size=100").catch(() => null);
          const list: { status: string }[] = answer?.body?.data ?? [];
          return list.length === expected && list.every(({ status }) => status === "delivered")
            ? list
            : null;
        },
        PATIENCE_MS,
        "not every delivery is known to have arrived",
      );
      expect(rows).toHaveLength(expected);
      expect(kills).toHaveLength(VICTIMS.length);
      // What comes twice comes before what follows it.
      for (const [conversationId, types] of Map.groupBy(arrived(), (one) => one.conversationId)) {
        const places = types.map(({ type }) => TOLD_OF_A_CALL.indexOf(type));
        expect(places, conversationId).toEqual(places.toSorted());
      }
    },
    3 * PATIENCE_MS,
  );
});
