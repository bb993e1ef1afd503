import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { type CarrierCall, startCarrier } from "../support/carrier.ts";
import { eventually } from "../support/deadline.ts";
import { heardFor } from "../support/heard-for.ts";
import {
  conversationWhen,
  numberWithTrunk,
  placeOutboundCall,
} from "../support/outbound-client.ts";
import { routingReached, startTrunkline, type Trunkline } from "../support/processes.ts";
import { audioPort, openRtpPeer, type RtpPeer } from "../support/rtp-peer.ts";
import { callIn } from "../support/scripted-caller.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const AGENT_HZ = 1037;
const CALLER_HZ = 437;
const TARGET_HZ = 653;
const TARGET = "+15005550177";
const SUPPORT = "sip:support@pbx.example.com";

describe("an agent that transfers its call", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let agentId: string;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(AGENT_HZ);
    const answer = await api.post("/v1/convai/agents/create", {
      name: "Transfers",
      connection: { protocol: "native", url: agent.url },
      transfer_destinations: [TARGET, "sip:*@pbx.example.com"],
    });
    expect(answer.status).toBe(200);
    agentId = answer.body.agent_id;
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  type Session = Awaited<ReturnType<ToneAgent["nextSession"]>>;

  /** What the agent has been told of its transfer, once it is decided. */
  async function transferred(session: Session) {
    const told = () => session.messages.filter((message) => message.type === "transfer");
    await eventually(
      () => told().find(({ state }) => state === "failed" || state === "succeeded") ?? null,
      10_000,
      "the agent was not told of the transfer",
    );
    return told().map(({ state, sip_status }) => [state, sip_status]);
  }

  function hangUp(session: Session): void {
    // The BYE would wait for what is still queued of the tone.
    session.send({ type: "clear" });
    session.send({ type: "hangup" });
  }

  describe("by REFER", () => {
    /** An outbound call that is up: its called side is asked to call somebody else. */
    async function asked(
      destination: string,
      then: (call: CarrierCall, session: Session, media: RtpPeer) => Promise<void>,
      more: object = {},
      number: { trunk?: Record<string, unknown>; more?: Record<string, unknown> } = {},
    ) {
      await using media = await openRtpPeer(CALLER_HZ);
      await using carrier = await startCarrier((call) => call.answer(media.port));
      const trunk = { address: carrier.address, ...number.trunk };
      const { order } = await numberWithTrunk(api, agentId, trunk, number.more);
      const opened = agent.nextSession();
      const placed = await placeOutboundCall(api, order);
      const call = await carrier.call(0);
      await call.saw("ACK");
      media.talk(audioPort(call.invites[0]?.body ?? ""), null);
      const session = await opened;
      await session.heardMs(200);
      session.send({ type: "transfer", id: "t", destination, method: "refer", ...more });
      await then(call, session, media);
      await session.closed;
      expect(carrier.calls).toHaveLength(1);
      return conversationWhen(api, placed.body.conversation_id, "done");
    }

    function notify(call: CarrierCall, status: string, isLast: boolean): void {
      const state = isLast ? "terminated;reason=noresource" : "active;expires=60";
      const lines = [
        "Event: refer",
        `Subscription-State: ${state}`,
        "Content-Type: message/sipfrag;version=2.0",
      ];
      call.send("NOTIFY", lines, `SIP/2.0 ${status}\r\n`);
    }

    it("follows the new call to its answer, and then hangs up", async () => {
      const conversation = await asked(
        SUPPORT,
        async (call, session) => {
          const refer = await call.saw("REFER");
          expect(refer.header("Refer-To")).toMatch(
            /^<sip:support@pbx\.example\.com\?User-to-User=[0-9a-f]+%3Bencoding%3Dhex>$/,
          );
          expect(refer.header("X-Reason")).toBe("billing");
          expect(refer.header("X-Conversation-ID")).toBe(session.start.conversation_id);
          call.reply("202 Accepted", { request: refer });
          for (const status of ["100 Trying", "180 Ringing"]) notify(call, status, false);
          notify(call, "200 OK", true);
          expect(await transferred(session)).toEqual([
            ["accepted", 100],
            ["ringing", 180],
            ["succeeded", 200],
          ]);
          await call.saw("BYE");
        },
        { headers: { "X-Reason": "billing" }, user_to_user: { data: "customer 42" } },
      );
      expect(conversation.end).toMatchObject({ code: "transferred" });
    });

    it("has succeeded when the peer accepts and hangs up before it says anything", async () => {
      const conversation = await asked(TARGET, async (call, session) => {
        const refer = await call.saw("REFER");
        expect(refer.header("Refer-To")).toBe(`<tel:${TARGET}>`);
        call.reply("202 Accepted", { request: refer });
        call.send("BYE");
        expect(await transferred(session)).toEqual([["succeeded", null]]);
      });
      expect(conversation.end).toMatchObject({ code: "transferred" });
    });

    it("names a phone number, which only the number allows, in the form that the trunk wants", async () => {
      const target = "+4930555123";
      await asked(
        target,
        async (call, session) => {
          const refer = await call.saw("REFER");
          const [, trunk] = /@([^;\s]+)/.exec(call.invites[0]?.startLine ?? "") ?? [];
          expect(refer.header("Refer-To")).toBe(`<sip:${target}@${trunk}>`);
          call.reply("202 Accepted", { request: refer });
          call.send("BYE");
          expect(await transferred(session)).toEqual([["succeeded", null]]);
        },
        {},
        {
          trunk: { phone_transfer_form: "sip" },
          more: { transfer_destinations: ["+49 30 555*"] },
        },
      );
    });

    it("does so for a caller as well, with the host of the number's outbound trunk", async () => {
      const { phoneNumber, routingVersion } = await numberWithTrunk(
        api,
        agentId,
        { address: "pbx.example.com" },
        { agent_id: agentId, inbound_trunk_config: { phone_transfer_form: "sip" } },
      );
      await routingReached(trunkline, routingVersion);
      const opened = agent.nextSession();
      await using caller = await callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
      const session = await opened;
      await session.heardMs(200);
      session.send({ type: "transfer", id: "t", destination: TARGET, method: "refer" });
      const refer = await caller.next("REFER");
      expect(refer.header("Refer-To")).toBe(`<sip:${TARGET}@pbx.example.com>`);
      caller.reply(refer, "202 Accepted");
      await caller.hangUp();
      expect(await transferred(session)).toEqual([["succeeded", null]]);
      await session.closed;
    });

    it.each([
      {
        name: "the REFER is refused",
        status: 603,
        refuse(call: CarrierCall, refer: Awaited<ReturnType<CarrierCall["saw"]>>) {
          call.reply("603 Decline", { request: refer });
        },
      },
      {
        name: "the target is busy",
        status: 486,
        refuse(call: CarrierCall, refer: Awaited<ReturnType<CarrierCall["saw"]>>) {
          call.reply("202 Accepted", { request: refer });
          notify(call, "486 Busy Here", true);
        },
      },
    ])("goes on with the call when $name", async ({ status, refuse }) => {
      const conversation = await asked(TARGET, async (call, session, media) => {
        refuse(call, await call.saw("REFER"));
        expect(await transferred(session)).toEqual([["failed", status]]);
        await heardFor(media, AGENT_HZ);
        hangUp(session);
        await call.saw("BYE");
      });
      expect(conversation.end).toMatchObject({ code: "agent_hung_up" });
    });

    it("asks nobody for a destination that its settings do not name", async () => {
      const conversation = await asked("+15005550178", async (call, session) => {
        expect(await transferred(session)).toEqual([["failed", null]]);
        hangUp(session);
        await call.saw("BYE");
        expect(call.received.filter(({ startLine }) => startLine.startsWith("REFER"))).toEqual([]);
      });
      expect(conversation.end).toMatchObject({ code: "agent_hung_up" });
    });
  });

  describe("by conference", () => {
    type Caller = Awaited<ReturnType<typeof callIn>>;

    /** A call that came in, whose agent asks for the target over the number's outbound trunk. */
    async function asked(
      invited: (call: CarrierCall) => void,
      then: (parts: { caller: Caller; call: CarrierCall; session: Session }) => Promise<void>,
    ) {
      await using carrier = await startCarrier(invited);
      const { phoneNumber, routingVersion } = await numberWithTrunk(
        api,
        agentId,
        { address: carrier.address },
        { agent_id: agentId, inbound_trunk_config: { media_encryption: "allowed" } },
      );
      await routingReached(trunkline, routingVersion);
      const opened = agent.nextSession();
      await using caller = await callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
      const session = await opened;
      await session.heardMs(200);
      session.send({ type: "transfer", id: "t", destination: TARGET });
      const call = await carrier.call(0);
      expect(call.invites[0]?.startLine).toBe(`INVITE sip:${TARGET}@${carrier.address} SIP/2.0`);
      await then({ caller, call, session });
      await session.closed;
      expect(carrier.calls).toHaveLength(1);
      return conversationWhen(api, session.start.conversation_id, "done");
    }

    it.each(["caller", "target"] as const)(
      "joins the two, who hear each other, until the %s hangs up",
      async (first) => {
        await using target = await openRtpPeer(TARGET_HZ);
        const conversation = await asked(
          (call) => {
            call.reply("180 Ringing");
            call.answer(target.port);
          },
          async ({ caller, call, session }) => {
            await call.saw("ACK");
            target.talk(audioPort(call.invites[0]?.body ?? ""), null);
            expect(await transferred(session)).toEqual([
              ["ringing", 180],
              ["succeeded", 200],
            ]);
            await session.told("end", 1);
            await heardFor(caller.media, TARGET_HZ);
            await heardFor(target, CALLER_HZ);
            if (first === "caller") {
              await caller.hangUp();
              await call.saw("BYE");
            } else {
              call.send("BYE");
              caller.reply(await caller.next("BYE"));
            }
          },
        );
        expect(conversation.end).toMatchObject({ code: "transferred" });
      },
    );

    it("joins a called side with the target just so", async () => {
      await using callee = await openRtpPeer(CALLER_HZ);
      await using target = await openRtpPeer(TARGET_HZ);
      await using carrier = await startCarrier((call, { startLine }) =>
        call.answer(startLine.includes(TARGET) ? target.port : callee.port),
      );
      const { order } = await numberWithTrunk(api, agentId, { address: carrier.address });
      const opened = agent.nextSession();
      const placed = await placeOutboundCall(api, order);
      const first = await carrier.call(0);
      await first.saw("ACK");
      callee.talk(audioPort(first.invites[0]?.body ?? ""), null);
      const session = await opened;
      await session.told("answered", 1);
      session.send({ type: "transfer", id: "t", destination: TARGET });
      const second = await carrier.call(1);
      await second.saw("ACK");
      target.talk(audioPort(second.invites[0]?.body ?? ""), null);
      expect(await transferred(session)).toEqual([["succeeded", 200]]);
      await heardFor(callee, TARGET_HZ);
      await heardFor(target, CALLER_HZ);
      second.send("BYE");
      await first.saw("BYE");
      const { conversation_id: id } = placed.body;
      expect((await conversationWhen(api, id, "done")).end).toMatchObject({ code: "transferred" });
    });

    it("gives the caller back to the agent when the target is busy", async () => {
      const conversation = await asked(
        (call) => call.reply("486 Busy Here"),
        async ({ caller, session }) => {
          expect(await transferred(session)).toEqual([["failed", 486]]);
          await heardFor(caller.media, AGENT_HZ);
          await session.heardMs(session.heard().length / 8 + 200);
          hangUp(session);
          caller.reply(await caller.next("BYE"));
        },
      );
      expect(conversation.end).toMatchObject({ code: "agent_hung_up" });
    });

    it("is what becomes of a caller whose agent is lost for good, when its fallback says so", async () => {
      await using target = await openRtpPeer(TARGET_HZ);
      await using carrier = await startCarrier((call) => call.answer(target.port));
      await using lost = await startToneAgent(AGENT_HZ);
      const created = await api.post("/v1/convai/agents/create", {
        name: "Lost",
        connection: { protocol: "native", url: lost.url },
        transfer_destinations: [TARGET],
        fallback: { action: "transfer", destination: TARGET },
      });
      const { agent_id: lostId } = created.body;
      const { phoneNumber, routingVersion } = await numberWithTrunk(
        api,
        lostId,
        { address: carrier.address },
        { agent_id: lostId, inbound_trunk_config: { media_encryption: "allowed" } },
      );
      await routingReached(trunkline, routingVersion);
      const opened = lost.nextSession();
      await using caller = await callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
      const session = await opened;
      await session.heardMs(200);
      await lost[Symbol.asyncDispose]();
      const call = await carrier.call(0);
      await call.saw("ACK");
      target.talk(audioPort(call.invites[0]?.body ?? ""), null);
      await heardFor(caller.media, TARGET_HZ);
      await heardFor(target, CALLER_HZ);
      await caller.hangUp();
      await call.saw("BYE");
      const { end } = await conversationWhen(api, session.start.conversation_id, "done");
      expect(end).toMatchObject({ code: "transferred" });
    });

    it("stops ringing the target when the caller hangs up", async () => {
      const conversation = await asked(
        (call) => call.reply("180 Ringing"),
        async ({ caller, call, session }) => {
          await session.told("transfer", 1);
          await caller.hangUp();
          await call.saw("CANCEL");
        },
      );
      expect(conversation.end).toMatchObject({ code: "caller_hung_up" });
    });
  });
});
