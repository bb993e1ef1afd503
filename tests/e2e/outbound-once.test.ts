import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createAgent, createApiClient } from "../support/api-client.ts";
import { orderOver } from "../support/carried-order.ts";
import { eventually } from "../support/deadline.ts";
import {
  conversationWhen,
  placeAsTheLibraryDoes,
  placeOutboundCall,
  toldOf,
  toldSoFar,
} from "../support/outbound-client.ts";
import { nodeStatus, startTrunkline, type Trunkline } from "../support/processes.ts";
import { audioPort, openRtpPeer } from "../support/rtp-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

describe("an ordered call is dialled once", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let agentId: string;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    receiver = await startWebhookReceiver();
    const settings = { auth_type: "hmac", name: "calls", webhook_url: receiver.url };
    expect((await api.post("/v1/workspace/webhooks", { settings })).status).toBe(200);
    agent = await startToneAgent(1037);
    agentId = await createAgent(api, "Caller", agent.url);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  it("when it is repeated with its Idempotency-Key, at once and afterwards", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("486 Busy Here"));
    const { carrier, order } = set;
    const once = { idempotencyKey: "at-once-and-afterwards" };
    const place = (body: object) => placeAsTheLibraryDoes(trunkline.ready, body, once);
    const answers = await Promise.all(Array.from({ length: 8 }, () => place(order)));
    answers.push(await place(order));
    const first = answers[0];
    expect(first?.body).toMatchObject({ success: false, sip_call_id: carrier.calls[0]?.callId });
    for (const answer of answers) expect(answer).toEqual({ ...first, attempts: 1, status: 200 });
    expect((await place({ ...order, to_number: "+15005550197" })).status).toBe(422);
    await set.expectDialledOnce();
  });

  it.each(["408 Request Timeout", "429 Too Many", "500 Broken", "503 Overloaded", "504 Late"])(
    "by a client that posts again after 408, 429 and 5xx, when the carrier says %s",
    async (status) => {
      await using set = await orderOver(api, agentId, (call) => call.reply(status));
      const answer = await placeAsTheLibraryDoes(trunkline.ready, set.order);
      expect(answer).toMatchObject({ attempts: 1, status: 200, body: { success: false } });
      await conversationWhen(api, answer.body.conversation_id, "failed");
      expect(set.carrier.calls).toHaveLength(1);
      expect(set.carrier.calls[0]?.invites).toHaveLength(1);
    },
  );

  it("by a client whose connection breaks and that posts again with the same key", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("100 Trying"));
    const { carrier, order } = set;
    const answer = await placeAsTheLibraryDoes(trunkline.ready, order, {
      idempotencyKey: "a-broken-connection",
      sent(breakOff, attempt) {
        void carrier.call(0).then((call) => {
          if (attempt <= 2) breakOff();
          else call.reply("180 Ringing");
        });
      },
    });
    const [call] = carrier.calls;
    expect(answer).toMatchObject({
      attempts: 3,
      status: 200,
      body: { success: true, message: "The phone is ringing.", sip_call_id: call?.callId },
    });
    call?.reply("603 Decline");
    await conversationWhen(api, answer.body.conversation_id, "failed");
    await set.expectDialledOnce();
  });

  it("though its node dies while the carrier tries", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("100 Trying"));
    const { carrier, order } = set;
    const placing = placeAsTheLibraryDoes(trunkline.ready, order);
    await carrier.call(0);
    await trunkline.kill("media-node");
    const answer = await placing;
    expect(answer).toMatchObject({ attempts: 1, status: 200, body: { success: false } });
    const id = answer.body.conversation_id;
    expect(await conversationWhen(api, id, "failed")).toMatchObject({
      end: { code: "outcome_unknown" },
    });
    expect(await toldOf(receiver, id)).toMatchObject({ type: "call_initiation_failure" });
    await nodeIsReady();
    carrier.calls[0]?.reply("487 Over");
    await set.expectDialledOnce();
    expect(toldSoFar(receiver, id)).toHaveLength(1);
  });

  it("though its node dies after the answer, and the call is told as one that was answered", async () => {
    await using phone = await openRtpPeer(437);
    await using set = await orderOver(api, agentId, (call) => call.reply("180 Ringing"));
    const { carrier, order } = set;
    const opened = agent.nextSession();
    const placed = await placeOutboundCall(api, order);
    const call = await carrier.call(0);
    call.answer(phone.port);
    await call.saw("ACK");
    phone.talk(audioPort(call.invites[0]?.body ?? ""), null);
    await phone.heardAfter(0);
    const id = placed.body.conversation_id;
    await (await opened).heardMs(500);
    await trunkline.kill("media-node");
    expect(await conversationWhen(api, id, "done")).toMatchObject({
      end: { code: "node_restarted" },
    });
    expect(await toldOf(receiver, id)).toMatchObject({ type: "post_call_transcription" });
    await nodeIsReady();
    await set.expectDialledOnce();
  });

  it("though the control plane dies while it is dialled, and its repetition is answered", async () => {
    await using set = await orderOver(api, agentId, (call) => call.reply("100 Trying"));
    const { carrier, order } = set;
    const placing = placeAsTheLibraryDoes(trunkline.ready, order, {
      idempotencyKey: "a-control-plane-that-dies",
      retries: 80,
    });
    const call = await carrier.call(0);
    await trunkline.kill("workerd");
    await eventually(
      async () =>
        (await api.get("/v1/convai/agents").catch(() => null))?.status === 200 ? true : null,
      20_000,
      "the control plane is not back",
    );
    call.reply("603 Decline");
    const answer = await placing;
    expect(answer.attempts).toBeGreaterThan(1);
    expect(answer).toMatchObject({
      status: 200,
      body: { success: false, message: "INVITE failed: sip status: 603: Decline (SIP 603)" },
    });
    expect(await conversationWhen(api, answer.body.conversation_id, "failed")).toMatchObject({
      end: { code: "declined" },
    });
    await set.expectDialledOnce();
  });

  async function nodeIsReady(): Promise<void> {
    await eventually(
      async () => ((await nodeStatus(trunkline)).ready ? true : null),
      15_000,
      "the node is not back",
    );
  }
});
