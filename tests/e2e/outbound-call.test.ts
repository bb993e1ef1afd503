import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import { type ApiClient, createAgent, createApiClient } from "../support/api-client.ts";
import { type CarrierCall, startCarrier } from "../support/carrier.ts";
import {
  CALLED,
  conversationWhen,
  numberWithTrunk,
  placeOutboundCall,
  toldOf,
  toldSoFar,
} from "../support/outbound-client.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { audioPort, openRtpPeer } from "../support/rtp-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

const AGENT_HZ = 1037;
const CALLEE_HZ = 437;
const USERNAME = "trunk-user";
const PASSWORD = "a secret of the trunk";
const REALM = "carrier.test";
const NONCE = "0123456789abcdef";

describe("an outbound call", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let receiver: WebhookReceiver;
  let agent: ToneAgent;
  let agentId: string;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    receiver = await startWebhookReceiver();
    const settings = { auth_type: "hmac", name: "calls", webhook_url: receiver.url };
    expect((await api.post("/v1/workspace/webhooks", { settings })).status).toBe(200);
    agent = await startToneAgent(AGENT_HZ);
    agentId = await createAgent(api, "Caller", agent.url);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  describe.each([
    { name: "without a challenge", challenge: null },
    { name: "by digest after 401", challenge: 401 },
    { name: "by digest after 407", challenge: 407 },
  ])("that is answered $name", ({ challenge }) => {
    it("has audio both ways, and is told as one conversation when it ends", async () => {
      await using phone = await openRtpPeer(CALLEE_HZ);
      await using carrier = await startCarrier((call, invite) => {
        if (challenge !== null && !proves(invite.text, PASSWORD)) return ask(call, challenge);
        call.reply("180 Ringing");
      });
      const { order, phoneNumber } = await numberWithTrunk(api, agentId, {
        address: carrier.address,
        headers: { "X-Customer": "{{customer}}" },
        ...(challenge === null ? {} : { credentials: credentials(PASSWORD) }),
      });
      const opened = agent.nextSession();
      const placed = await placeOutboundCall(api, {
        ...order,
        conversation_initiation_client_data: { dynamic_variables: { customer: 42 }, user_id: "u" },
      });
      const call = await carrier.call(0);
      expect(placed).toMatchObject({
        status: 200,
        body: { success: true, sip_call_id: call.callId },
      });
      const invite = call.invites.at(-1);
      expect(invite?.startLine).toBe(`INVITE sip:${CALLED}@${carrier.address} SIP/2.0`);
      expect(invite?.header("X-Customer")).toBe("42");
      call.answer(phone.port);
      await call.saw("ACK");
      phone.talk(audioPort(invite?.body ?? ""), null);
      const session = await opened;
      expect(session.start).toMatchObject({ direction: "outbound", to: CALLED });
      await session.heardMs(2_000);
      call.send("BYE");
      await call.saw("SIP/2.0 200");

      expectTone(session.heard(), CALLEE_HZ);
      expectTone(phone.heard(), AGENT_HZ);
      const { conversation_id: id } = placed.body;
      const conversation = await conversationWhen(api, id, "done");
      expect(conversation).toMatchObject({
        user_id: "u",
        metadata: {
          phone_call: { direction: "outbound", external_number: CALLED, agent_number: phoneNumber },
          error: null,
        },
        end: { code: "callee_hung_up" },
      });
      expect(await toldOf(receiver, id)).toMatchObject({
        type: "post_call_transcription",
        data: conversation,
      });
      expect(carrier.calls).toHaveLength(1);
      expect(call.invites).toHaveLength(challenge === null ? 1 : 2);
    });
  });

  interface Failing {
    readonly name: string;
    readonly invited: (call: CarrierCall) => void;
    readonly trunk?: Record<string, unknown>;
    readonly ringingTimeoutSecs?: number;
    readonly success?: boolean;
    readonly message: string;
    readonly failureReason: "busy" | "no-answer" | "unknown";
    readonly end: string;
    /** Of the vendor's webhook and of the conversation. */
    readonly status: number;
    readonly phrase?: string;
    readonly invites?: number;
  }

  const refusedWith = (status: number, phrase: string, lines: string[] = []) => ({
    invited: (call: CarrierCall) => call.reply(`${status} ${phrase}`, { lines }),
    message: `INVITE failed: sip status: ${status}: ${phrase} (SIP ${status})`,
    status,
    phrase,
    failureReason: "unknown" as const,
  });

  it.concurrent.each<Failing>([
    {
      name: "that nobody responds to",
      invited: () => undefined,
      success: true,
      message: "The call is being placed.",
      failureReason: "unknown",
      end: "no_response",
      status: 500,
    },
    {
      name: "that rings and is not answered",
      invited: (call) => call.reply("180 Ringing"),
      ringingTimeoutSecs: 2,
      success: true,
      message: "The phone is ringing.",
      failureReason: "no-answer",
      end: "no_answer",
      status: 408,
    },
    {
      name: "that is tried and never rings",
      invited: (call) => call.reply("100 Trying"),
      ringingTimeoutSecs: 1,
      message: "INVITE failed: no_answer",
      failureReason: "no-answer",
      end: "no_answer",
      status: 408,
    },
    {
      ...refusedWith(401, "Unauthorized", [challengeLine(401)]),
      name: "with a wrong password",
      trunk: { credentials: credentials("another password") },
      end: "carrier_auth_failed",
      invites: 2,
    },
    {
      ...refusedWith(407, "Proxy Authentication Required", [challengeLine(407)]),
      name: "that is challenged and has no password",
      end: "carrier_auth_failed",
    },
    { ...refusedWith(403, "Forbidden"), name: "that is forbidden", end: "carrier_refused" },
    { ...refusedWith(404, "Not Found"), name: "to an unknown number", end: "callee_unknown" },
    {
      ...refusedWith(486, "Busy Here"),
      name: "to a busy phone",
      failureReason: "busy",
      end: "busy",
    },
    { ...refusedWith(603, "Decline"), name: "that is declined", end: "declined" },
    {
      ...refusedWith(503, "Service Unavailable", ["Retry-After: 4"]),
      name: "to a carrier that asks to be left alone",
      end: "carrier_unavailable",
    },
    {
      ...refusedWith(302, "Moved Temporarily"),
      // Followed, it would come back here.
      invited: (call) => {
        const [, host = ""] = /@(\S+) SIP/.exec(call.invites[0]?.startLine ?? "") ?? [];
        const lines = [`Contact: <sip:elsewhere@${host};transport=tcp>`];
        call.reply("302 Moved Temporarily", { lines });
      },
      name: "that is redirected",
      end: "redirected",
    },
  ])("$name fails for that reason in the answer, the webhook and the conversation", async (row) => {
    await using carrier = await startCarrier(row.invited);
    const { order, phoneNumber } = await numberWithTrunk(api, agentId, {
      address: carrier.address,
      ...row.trunk,
    });
    const placed = await placeOutboundCall(api, {
      ...order,
      telephony_call_config: { ringing_timeout_secs: row.ringingTimeoutSecs ?? 60 },
    });
    const call = await carrier.call(0);
    expect(placed).toMatchObject({
      status: 200,
      body: { success: row.success ?? false, message: row.message, sip_call_id: call.callId },
    });
    const { conversation_id: id } = placed.body;
    const conversation = await conversationWhen(api, id, "failed");
    expect(conversation).toMatchObject({
      metadata: { error: { code: row.status, reason: conversation.metadata.termination_reason } },
      end: { code: row.end },
    });
    const told = await toldOf(receiver, id);
    const error =
      row.phrase === undefined
        ? `INVITE failed: ${conversation.metadata.termination_reason}`
        : row.message;
    expect(told).toEqual({
      type: "call_initiation_failure",
      event_timestamp: expect.any(Number),
      event_id: expect.stringMatching(/^evt_/),
      sequence: 1,
      data: {
        agent_id: agentId,
        conversation_id: id,
        failure_reason: row.failureReason,
        metadata: {
          type: "sip",
          body: {
            from_number: phoneNumber,
            to_number: CALLED,
            sip_status_code: row.status,
            error_reason: error,
            call_sid: conversation.metadata.phone_call.call_sid,
            twirp_code: expect.any(String),
            ...(row.phrase === undefined ? {} : { sip_status: row.phrase }),
          },
        },
      },
    });
    expect(toldSoFar(receiver, id)).toHaveLength(1);
    expect(carrier.calls).toHaveLength(1);
    expect(call.invites).toHaveLength(row.invites ?? 1);
  });
});

function credentials(password: string) {
  return { username: USERNAME, password };
}

function challengeLine(status: number): string {
  const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  return `${name}: Digest realm="${REALM}", nonce="${NONCE}", algorithm=MD5, qop="auth"`;
}

function ask(call: CarrierCall, status: number): void {
  call.reply(`${status} Prove it`, { lines: [challengeLine(status)] });
}

/** RFC 2617 §3.2.2.1, from the texts alone: MD5 with `qop=auth`. */
function proves(request: string, password: string): boolean {
  const line = /^(?:Proxy-)?Authorization: Digest (.*)$/im.exec(request)?.[1];
  if (line === undefined) return false;
  const param = (name: string): string =>
    new RegExp(`(?:^|[ ,])${name}="?([^",]*)"?`).exec(line)?.[1] ?? "";
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  const secret = md5(`${param("username")}:${REALM}:${password}`);
  const what = md5(`INVITE:${param("uri")}`);
  const fields = [secret, NONCE, param("nc"), param("cnonce"), "auth", what];
  return param("username") === USERNAME && param("response") === md5(fields.join(":"));
}

function expectTone(heard: Int16Array, toneHz: number): void {
  const { snrDb, presentMs } = analyseTone(heard, 8000, toneHz);
  expect(presentMs).toBeGreaterThan(1_000);
  expect(snrDb).toBeGreaterThan(20);
}
