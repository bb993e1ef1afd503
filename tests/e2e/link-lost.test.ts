import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createAgent, createApiClient } from "../support/api-client.ts";
import { orderOver } from "../support/carried-order.ts";
import { type FurtherNode, startFurtherNode } from "../support/further-node.ts";
import {
  conversationWhen,
  placeAsTheLibraryDoes,
  toldOf,
  toldSoFar,
} from "../support/outbound-client.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { startToneAgent } from "../support/tone-agent.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

/** The one node of the system is behind a relay that the test cuts. */
describe("a call whose node loses its link after it has accepted the order", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agentId: string;
  let receiver: WebhookReceiver;
  let dialling: FurtherNode;
  const resources = new AsyncDisposableStack();

  beforeAll(async () => {
    trunkline = await startTrunkline();
    resources.defer(() => trunkline.stop());
    trunkline.pauseSupervisor();
    await trunkline.kill("media-node");
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    receiver = resources.use(await startWebhookReceiver());
    const settings = { auth_type: "hmac", name: "calls", webhook_url: receiver.url };
    expect((await api.post("/v1/workspace/webhooks", { settings })).status).toBe(200);
    const agent = resources.use(await startToneAgent(1037));
    agentId = await createAgent(api, "Caller", agent.url);
    dialling = resources.use(await startFurtherNode(trunkline));
  });
  afterAll(() => resources.disposeAsync());

  it("is told in the end when the link is soon back, and was dialled once", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("100 Trying"));
    const placing = placeAsTheLibraryDoes(trunkline.ready, set.order);
    const call = await set.carrier.call(0);
    await dialling.partition();
    call.reply("180 Ringing");
    await dialling.heal();
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
    await dialling.partition();
    await using _other = await startFurtherNode(trunkline);
    const answer = await placing;
    expect(answer).toMatchObject({ attempts: 1, status: 200 });
    const id = answer.body.conversation_id;
    // Longer than an order may wait to be dialled: another node would have had its turn.
    expect(await conversationWhen(api, id, "failed")).toMatchObject({
      end: { code: "outcome_unknown" },
    });
    await set.expectDialledOnce();
    call.reply("486 Busy Here");
    await dialling.heal();
    expect(await toldOf(receiver, id)).toMatchObject({ type: "call_initiation_failure" });
    await set.expectDialledOnce();
    expect(toldSoFar(receiver, id)).toHaveLength(1);
  }, 90_000);
});
