import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import { placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
import { connectSipPeer, sdpOffer, sipRequest } from "../support/sip-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const KNOWN = "127.0.0.31";
const UNKNOWN = "127.0.0.99";
const OPEN_NUMBER = "+14155550601";
const SHUT_NUMBER = "+14155550602";
const PASSWORD = "correct-horse-battery-staple";
const PATIENCE_MS = 15_000;

interface SipMessage {
  readonly raw_message: string;
  readonly direction: "in" | "out";
}

describe("the log of calls", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let agentId: string;
  let openId: string;
  let shutId: string;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    agentId = await createAgent(api, "Agent", agent.url);
    openId = await importNumber(api, OPEN_NUMBER, agentId);
    shutId = await importNumber(api, SHUT_NUMBER, agentId, { allowed_addresses: [KNOWN] });
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  const testRoute = async (body: Record<string, unknown>) => {
    const answer = await api.post("/v1/route-tests", body);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  /** Every message of the path's log, once there are some. */
  async function messagesAt(path: string): Promise<SipMessage[]> {
    return eventually(
      async () => {
        const messages: SipMessage[] = [];
        for (let cursor: string | null = ""; cursor !== null; ) {
          const page = await api.get(`${path}/sip-messages?page_size=4&cursor=${cursor}`);
          if (page.status !== 200) return null;
          messages.push(...page.body.sip_messages);
          cursor = page.body.next_cursor;
        }
        return messages.length === 0 ? null : messages;
      },
      PATIENCE_MS,
      `no messages at ${path}`,
    );
  }

  const ladder = (messages: readonly SipMessage[]) =>
    messages.map(({ raw_message: text, direction }) => {
      const [first = "", second = ""] = text.split(" ");
      return `${direction} ${first === "SIP/2.0" ? second : first}`;
    });

  it("has every SIP message of a call, and no key", async () => {
    await eventually(
      async () => {
        const view = await testRoute({ source_address: UNKNOWN, phone_number: OPEN_NUMBER });
        return view.accepted ? true : null;
      },
      PATIENCE_MS,
      "the node does not know the number",
    );
    const session = agent.nextSession();
    const call = await placeCall(trunkline, [OPEN_NUMBER, "--duration", "1"]);
    expect(call.report).toMatchObject({ status: 200, srtp: "AES_CM_128_HMAC_SHA1_80" });
    const { start } = await session;
    const messages = await messagesAt(`/v1/convai/conversations/${start.conversation_id}`);
    expect(ladder(messages)).toEqual([
      "in INVITE",
      "out 100",
      "out 180",
      "out 200",
      "in ACK",
      "in BYE",
      "out 200",
    ]);
    const texts = messages.map(({ raw_message: text }) => text).join("\n");
    const keys = [...texts.matchAll(/a=crypto:.*/g)].map(([line]) => line);
    expect(keys).toHaveLength(2);
    for (const line of keys) {
      expect(line).toMatch(/^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:\[redacted\]/);
    }
    expect(await messagesAt(`/v1/convai/phone-numbers/${openId}`)).toEqual(messages);
  });

  it("has no credentials, though the caller sent some, and tells a refused call to its tenant", async () => {
    await using peer = await connectSipPeer(trunkline.sipPort, UNKNOWN);
    const request = (user: string, body: string) => {
      const uri = `sip:${user}@127.0.0.1:${trunkline.sipPort};transport=tcp`;
      const headers = [`Proxy-Authorization: Digest username="pbx", response="${PASSWORD}"`];
      return sipRequest({ method: "INVITE", uri, peer, localAddress: UNKNOWN, headers, body });
    };
    // Refused for its media: the caller's messages are kept, and nobody's agent is asked.
    const offer = sdpOffer(40_000, { formats: "18", lines: ["a=rtpmap:18 G729/8000"] });
    peer.send(request(OPEN_NUMBER, offer));
    expect((await peer.next("488")).header("Warning")).not.toBe("");
    peer.send(request(SHUT_NUMBER, sdpOffer(40_000)));
    await peer.next("403");

    const listed = async (query: string) =>
      eventually(
        async () => {
          const { body, status } = await api.get(`/v1/rejected-attempts?${query}`);
          return status === 200 && body.data.length > 0 ? body.data : null;
        },
        PATIENCE_MS,
        `no rejected attempt with ${query}`,
      );
    expect(await listed(`phone_number_id=${shutId}`)).toMatchObject([
      {
        phone_number_id: shutId,
        conversation_id: null,
        code: "source_unknown",
        sip_status: 403,
        hint: `Add ${UNKNOWN} to allowed_addresses of the number's inbound trunk.`,
        source_address: UNKNOWN,
        source_port: peer.localPort,
        transport: "tcp",
        request_user: SHUT_NUMBER,
        to_user: expect.any(String),
        from_user: expect.any(String),
        attempts: 1,
      },
    ]);
    expect(await listed("code=no_common_codec")).toMatchObject([
      { phone_number_id: openId, sip_status: 488, hint: expect.stringContaining("PCMU") },
    ]);

    const refused = await eventually(
      async () => {
        const messages = await messagesAt(`/v1/convai/phone-numbers/${openId}`);
        return ladder(messages).includes("out 488") ? messages : null;
      },
      PATIENCE_MS,
      "the refused call has no log",
    );
    const invite = refused.find(({ raw_message: text }) => text.includes("Proxy-Authorization"));
    expect(invite?.raw_message).toContain("Proxy-Authorization: [redacted]\r\n");
    const everything = JSON.stringify([
      refused,
      (await api.get("/v1/rejected-attempts")).body,
      (await api.get("/v1/convai/conversations")).body,
    ]);
    expect(everything).not.toContain(PASSWORD);
  });

  it("a route test says what an INVITE would meet, before it is sent", async () => {
    const offer = sdpOffer(40_000);
    const refused = await testRoute({
      source_address: UNKNOWN,
      phone_number: SHUT_NUMBER,
      sdp: offer,
    });
    expect(refused).toMatchObject({ accepted: false, code: "source_unknown", sip_status: 403 });
    expect(refused.rules.find(({ rule }: { rule: string }) => rule === "source")).toMatchObject({
      outcome: "refused",
      hint: `Add ${UNKNOWN} to allowed_addresses of the number's inbound trunk.`,
    });
    const taken = await testRoute({
      source_address: KNOWN,
      phone_number: SHUT_NUMBER,
      sdp: offer,
    });
    expect(taken).toMatchObject({
      accepted: true,
      phone_number_id: shutId,
      agent_id: agentId,
      media: { codec: "PCMU", srtp_suite: null },
    });
  });
});
