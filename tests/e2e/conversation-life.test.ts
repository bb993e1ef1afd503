import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createAgent, createApiClient } from "../support/api-client.ts";
import { startCarrier } from "../support/carrier.ts";
import { eventually } from "../support/deadline.ts";
import {
  conversationWhen,
  numberWithTrunk,
  placeOutboundCall,
} from "../support/outbound-client.ts";
import { routingReached, startTrunkline, type Trunkline } from "../support/processes.ts";
import { audioPort, openRtpPeer } from "../support/rtp-peer.ts";
import { callIn } from "../support/scripted-caller.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const CALLER_HZ = 437;
const PATIENCE_MS = 15_000;

describe("a conversation", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let agentId: string;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    agentId = await createAgent(api, "Agent", agent.url);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  /** A number that can be called. */
  async function newNumber() {
    const number = await numberWithTrunk(
      api,
      agentId,
      { address: "127.0.0.1" },
      { agent_id: agentId },
    );
    await routingReached(trunkline, number.routingVersion);
    return number;
  }

  async function messagesOf(path: string): Promise<unknown[]> {
    const { body, status } = await api.get(`/v1/convai/${path}/sip-messages`);
    return status === 200 ? body.sip_messages : [];
  }

  it("of a caller is in progress while the agent has the call, done after it, and gone when it is deleted", async () => {
    const { order, phoneNumber } = await newNumber();
    const opened = agent.nextSession();
    await using caller = await callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
    const session = await opened;
    await session.heardMs(200);
    const id = session.start.conversation_id;
    const running = await conversationWhen(api, id, "in-progress");
    expect(running.end).toBeNull();
    const { accepted_time_unix_secs: acceptedAt, phone_call: phone } = running.metadata;
    expect(acceptedAt).toBeGreaterThanOrEqual(running.metadata.start_time_unix_secs);
    expect(phone).toMatchObject({ direction: "inbound", agent_number: phoneNumber });
    const listed = await api.get("/v1/convai/conversations?page_size=100");
    const summary = { conversation_id: id, status: "in-progress", call_duration_secs: 0 };
    expect(listed.body.conversations).toContainEqual(expect.objectContaining(summary));

    await caller.hangUp();
    const done = await conversationWhen(api, id, "done");
    expect(done.metadata.accepted_time_unix_secs).toBe(acceptedAt);
    const ofNumber = `phone-numbers/${order.agent_phone_number_id}`;
    await eventually(
      async () => ((await messagesOf(ofNumber)).length > 0 ? true : null),
      PATIENCE_MS,
      "the SIP messages did not come",
    );
    expect(await messagesOf(`conversations/${id}`)).toHaveLength(7);

    expect((await api.delete(`/v1/convai/conversations/${id}`)).status).toBe(200);
    expect((await api.get(`/v1/convai/conversations/${id}`)).status).toBe(404);
    expect(await messagesOf(ofNumber)).toEqual([]);
  });

  it("of a called phone is initiated while it rings; deleted in mid-call, the call goes on and nothing of it is kept", async () => {
    await using media = await openRtpPeer(CALLER_HZ);
    await using carrier = await startCarrier((call) => call.reply("180 Ringing"));
    const { order } = await numberWithTrunk(api, agentId, { address: carrier.address });
    const opened = agent.nextSession();
    const placed = await placeOutboundCall(api, order);
    const id = placed.body.conversation_id;
    const path = `/v1/convai/conversations/${id}`;
    expect((await api.get(path)).body).toMatchObject({ status: "initiated" });

    const call = await carrier.call(0);
    call.answer(media.port);
    await call.saw("ACK");
    media.talk(audioPort(call.invites[0]?.body ?? ""), null);
    const session = await opened;
    await conversationWhen(api, id, "in-progress");
    expect((await api.delete(path)).status).toBe(200);
    await session.heardMs(1_000);
    session.send({ type: "clear" });
    session.send({ type: "hangup" });
    await call.saw("BYE");
    await session.closed;

    // The node tells in order: behind what it said of this call comes what it says of the next.
    const next = await newNumber();
    const following = agent.nextSession();
    await using caller = await callIn(trunkline.sipPort, next.phoneNumber, CALLER_HZ);
    const { start } = await following;
    await caller.hangUp();
    await conversationWhen(api, start.conversation_id, "done");
    expect((await api.get(path)).status).toBe(404);
    expect(await messagesOf(`phone-numbers/${order.agent_phone_number_id}`)).toEqual([]);
  });

  it("is listed as a live call; keys, refused transfers and the hang-up of the API reach it, and it ends as hung_up_by_api", async () => {
    const { phoneNumber } = await newNumber();
    const opened = agent.nextSession();
    await using caller = await callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
    const { start, closed, messages } = await opened;
    await conversationWhen(api, start.conversation_id, "in-progress");
    const path = `/v1/calls/${start.call_id}`;
    const live = await api.get("/v1/calls?status=in_progress");
    expect(live.body.data).toContainEqual((await api.get(path)).body);

    // The caller has offered no telephone events: keys are tones, in the place of the agent's.
    expect((await api.post(`${path}/dtmf`, { digits: "5" })).status).toBe(200);
    await caller.media.speechAfter(performance.now());
    const refused = await api.post(`${path}/transfer`, { destination: "+19005550100" });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/destination", code: "destination_not_allowed" }] },
    });
    const ended = caller.next("BYE");
    expect((await api.post(`${path}/hangup`, {})).status).toBe(200);
    const bye = await ended;
    expect(bye.header("Reason")).toContain("cause=200");
    caller.reply(bye);
    await closed;
    expect(messages.at(-1)).toEqual({ type: "end", reason: "hung_up_by_api" });
    const done = await conversationWhen(api, start.conversation_id, "done");
    expect(done.end.code).toBe("hung_up_by_api");
    expect(await api.post(`${path}/hangup`, {})).toMatchObject({
      status: 409,
      body: { code: "call_ended" },
    });
  });
});
