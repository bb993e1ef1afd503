import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { orderOver } from "../support/carried-order.ts";
import { eventually } from "../support/deadline.ts";
import { type FurtherNode, startFurtherNode } from "../support/further-node.ts";
import {
  conversationWhen,
  placeAsTheLibraryDoes,
  toldOf,
  toldSoFar,
} from "../support/outbound-client.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { connectSipPeer, type SipPeer, sdpOffer, sipRequest } from "../support/sip-peer.ts";
import { startToneAgent } from "../support/tone-agent.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

const SLOW = "+493012345690";
const RELAY = { TRUNKLINE_RELAY_ADDRESS: "127.0.0.1", TRUNKLINE_RELAY_PORT: "0" };
const OFFER = sdpOffer(40_000);

/** A lost node's lease takes its time: what `other` does without its link is tested meanwhile. */
let trunkline: Trunkline;
let api: ApiClient;
let owner: FurtherNode;
let other: FurtherNode;
/** The end that the hub gives to the call of the owner, which is killed, and how long after that. */
let lostCall: Promise<{ readonly code: string; readonly afterMs: number }>;
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  trunkline = await startTrunkline();
  resources.defer(() => trunkline.stop());
  api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
  [owner, other] = await Promise.all([
    startFurtherNode(trunkline, RELAY),
    startFurtherNode(trunkline, RELAY),
  ]);
  resources.use(owner);
  resources.use(other);
});
afterAll(() => resources.disposeAsync());

/** Two nodes of a region beside the system's own; callers reach `owner`, and then `other`. */
describe("requests that reach another node of the region than the call's", () => {
  beforeAll(async () => {
    // An agent that is never there: a call to it rings.
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    resources.defer(() => void silent.close());
    const address = silent.address();
    const port = typeof address === "string" ? 0 : address?.port;
    await importNumber(api, SLOW, await createAgent(api, "Slow", `ws://127.0.0.1:${port}`));
  });

  const peerOf = async (node: FurtherNode): Promise<SipPeer> => connectSipPeer(node.node.sipPort);
  const metric = async ({ node }: FurtherNode, labels: string): Promise<number> => {
    const text = await (await fetch(new URL("/metrics", node.admin))).text();
    const line = text.split("\n").find((each) => each.includes(`relayed_total{${labels}}`));
    return Number(line?.split(" ").at(-1) ?? 0);
  };

  /** A call that the owner has answered, and how its requests are written. */
  async function callAtOwner(number: string) {
    const caller = await peerOf(owner);
    const callId = randomUUID();
    const names = { callId, fromTag: randomUUID(), peer: caller };
    const uri = `sip:${number}@127.0.0.1;transport=tcp`;
    const branch = `z9hG4bK${randomUUID()}`;
    caller.send(sipRequest({ ...names, method: "INVITE", uri, branch, body: OFFER }));
    return { caller, names, uri, branch };
  }

  async function answeredCall() {
    const { caller, names } = await callAtOwner(trunkline.ready.number);
    const ok = await caller.next("SIP/2.0 200");
    const toTag = /;tag=([^;]+)/.exec(ok.header("To"))?.[1] ?? "";
    const uri = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
    const write = (method: string, cseq: number, body = "") =>
      sipRequest({ ...names, toTag, uri, method, cseq, body });
    return { caller, write };
  }

  it("ACK, re-INVITE and BYE are the owner's: it answers, through the node that got them", async () => {
    const { caller, write } = await answeredCall();
    const astray = await peerOf(other);
    astray.send(write("ACK", 1));
    astray.send(write("INVITE", 2, OFFER.replace("o=- 1 1", "o=- 1 2")));
    expect((await astray.next("SIP/2.0 200")).body).toContain("m=audio");
    astray.send(write("ACK", 2));
    astray.send(write("BYE", 3));
    await astray.next("SIP/2.0 200");
    expect(await metric(other, 'direction="out",result="taken"')).toBe(4);
    expect(await metric(owner, 'direction="in",result="taken"')).toBe(4);
    await eventually(
      async () => (owner.node.output().includes('"event":"call_ended"') ? true : null),
      10_000,
      "the call did not end",
    );
    await caller[Symbol.asyncDispose]();
    await astray[Symbol.asyncDispose]();
  });

  it("a CANCEL ends the call that rings at the owner", async () => {
    const { branch, caller, names, uri } = await callAtOwner(SLOW);
    await caller.next("SIP/2.0 180");
    const astray = await peerOf(other);
    // The same Via as its INVITE (RFC 3261 §9.1).
    astray.send(sipRequest({ ...names, method: "CANCEL", uri, branch }));
    await astray.next("SIP/2.0 200");
    await caller.next("SIP/2.0 487");
    await astray[Symbol.asyncDispose]();
    await caller[Symbol.asyncDispose]();
  });

  it("when the owner is gone the answer is 480, which says so", async () => {
    const { number } = trunkline.ready;
    const calls = async () => (await api.get("/v1/calls")).body.data;
    // Those of the tests before are told to have ended.
    await eventually(
      async () => ((await calls()).length === 0 ? true : null),
      10_000,
      "calls are left",
    );
    const { write } = await answeredCall();
    const id = await eventually(
      async () => {
        const ours = (call: { agent_number: string }) => call.agent_number === number;
        return (await calls()).find(ours)?.conversation_id ?? null;
      },
      10_000,
      "the call was not told",
    );
    await owner.node.kill();
    lostCall = endOf(id, performance.now());
    // Whoever waits for it below is told.
    lostCall.catch(() => undefined);
    const astray = await peerOf(other);
    astray.send(write("BYE", 2));
    const refused = await astray.next("SIP/2.0 480");
    expect(refused.header("Warning")).toContain("cannot be reached");
    await astray[Symbol.asyncDispose]();
  });

  async function endOf(conversationId: string, killedAtMs: number) {
    const { code } = await eventually(
      async () => (await api.get(`/v1/convai/conversations/${conversationId}`)).body.end ?? null,
      35_000,
      "the call of the lost node did not end",
    );
    return { code: String(code), afterMs: performance.now() - killedAtMs };
  }
});

/** The one node that is left is behind a relay that the test cuts. */
describe("a call whose node loses its link after it has accepted the order", () => {
  let agentId: string;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    trunkline.pauseSupervisor();
    await trunkline.kill("media-node");
    receiver = resources.use(await startWebhookReceiver());
    const settings = { auth_type: "hmac", name: "calls", webhook_url: receiver.url };
    expect((await api.post("/v1/workspace/webhooks", { settings })).status).toBe(200);
    const agent = resources.use(await startToneAgent(1037));
    agentId = await createAgent(api, "Caller", agent.url);
  });

  it("is told in the end when the link is soon back, and was dialled once", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("100 Trying"));
    const placing = placeAsTheLibraryDoes(trunkline.ready, set.order);
    const call = await set.carrier.call(0);
    await other.partition();
    call.reply("180 Ringing");
    await other.heal();
    const answer = await placing;
    expect(answer).toMatchObject({
      attempts: 1,
      status: 200,
      body: { success: true, message: "The phone is ringing.", sip_call_id: call.callId },
    });
    call.reply("486 Busy Here");
    expect(await conversationWhen(api, answer.body.conversation_id, "failed")).toMatchObject({
      end: { code: "busy" },
    });
    await set.expectDialledOnce();
  });

  it("is given up and not dialled by another node that is ready, while the link stays down", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("100 Trying"));
    const placing = placeAsTheLibraryDoes(trunkline.ready, set.order);
    const call = await set.carrier.call(0);
    await other.partition();
    await using _next = await startFurtherNode(trunkline);
    const answer = await placing;
    expect(answer).toMatchObject({ attempts: 1, status: 200 });
    const id = answer.body.conversation_id;
    // Longer than an order may wait to be dialled: another node would have had its turn.
    expect(await conversationWhen(api, id, "failed")).toMatchObject({
      end: { code: "outcome_unknown" },
    });
    await set.expectDialledOnce();
    call.reply("486 Busy Here");
    await other.heal();
    expect(await toldOf(receiver, id)).toMatchObject({ type: "call_initiation_failure" });
    await set.expectDialledOnce();
    expect(toldSoFar(receiver, id)).toHaveLength(1);
  }, 90_000);
});

it("the call of the node that is gone has ended as node_lost within thirty seconds", async () => {
  const { code, afterMs } = await lostCall;
  expect(code).toBe("node_lost");
  expect(afterMs).toBeLessThan(30_000);
});
