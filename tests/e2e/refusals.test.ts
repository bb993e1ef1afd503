import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import { nodeLog, startTrunkline, type Trunkline } from "../support/processes.ts";
import { connectSipPeer, type SipText, sdpOffer, sipRequest } from "../support/sip-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const KNOWN = "127.0.0.31";
const UNKNOWN = "127.0.0.99";

describe("refusals", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    const agentId = await createAgent(api, "Agent", agent.url);
    await importNumber(api, "+14155550201", agentId, {
      media_encryption: "required",
      allowed_addresses: [KNOWN],
    });
    await importNumber(api, "+14155550202", agentId, { allowed_addresses: [KNOWN] });
    await eventually(
      async () => ((await final("OPTIONS", "x", KNOWN)).startLine.includes("200") ? true : null),
      5_000,
      "the node does not take calls",
    );
    await eventually(
      async () =>
        (await final("INVITE", "nobody", KNOWN)).startLine.includes("404") ? true : null,
      5_000,
      "the node does not know the trunk's source",
    );
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  async function final(
    method: string,
    user: string,
    localAddress: string,
    body?: string,
  ): Promise<SipText> {
    await using peer = await connectSipPeer(trunkline.sipPort, localAddress);
    const uri = `sip:${user}@127.0.0.1:${trunkline.sipPort};transport=tcp`;
    const offer = body ?? (method === "INVITE" ? sdpOffer(40_000) : "");
    peer.send(sipRequest({ method, uri, peer, localAddress, body: offer }));
    for (;;) {
      const answer = await peer.next("SIP/2.0");
      if (!/^SIP\/2\.0 1/.test(answer.startLine)) return answer;
    }
  }

  it.each([
    [
      "an unknown number, from a source in an explicit ACL",
      "404",
      "number_unknown",
      "INVITE",
      "+1999",
      KNOWN,
      undefined,
    ],
    [
      "an unknown number, from any other source",
      "403",
      "source_unknown",
      "INVITE",
      "+1999",
      UNKNOWN,
      undefined,
    ],
    [
      "a source outside allowed_addresses",
      "403",
      "source_unknown",
      "INVITE",
      "+14155550202",
      UNKNOWN,
      undefined,
    ],
    [
      "RTP/AVP where encryption is required",
      "488",
      "encryption_required",
      "INVITE",
      "+14155550201",
      KNOWN,
      undefined,
    ],
    [
      "no common codec",
      "488",
      "no_common_codec",
      "INVITE",
      "+14155550202",
      KNOWN,
      sdpOffer(40_000, { formats: "18", lines: ["a=rtpmap:18 G729/8000"] }),
    ],
    ["REGISTER", "405", "registration_not_supported", "REGISTER", "+14155550202", KNOWN, undefined],
  ] as const)(
    "%s: %s, with its reason in the log",
    async (_name, status, code, method, user, from, body) => {
      const answer = await final(method, user, from, body);
      expect(answer.startLine.split(" ")[1]).toBe(status);
      if (status === "405") expect(answer.header("Allow")).toContain("INVITE");
      if (status === "488") expect(answer.header("Warning")).not.toBe("");
      await eventually(
        async () =>
          (await nodeLog(trunkline)).some((line) => line["code"] === code) ? true : null,
        5_000,
        `no log line with ${code}`,
      );
    },
  );

  it("a wrong API key: 401", async () => {
    const stranger = createApiClient(trunkline.ready.api, "tk_test_wrong");
    expect((await stranger.get("/v1/convai/phone-numbers")).status).toBe(401);
  });

  it("a malformed body: 422 in the shape that the SDKs parse", async () => {
    const answer = await api.post("/v1/convai/phone-numbers", { provider: "sip_trunk", label: 7 });
    expect(answer.status).toBe(422);
    expect(answer.body.detail[0]).toMatchObject({
      loc: expect.any(Array),
      msg: expect.any(String),
      type: expect.any(String),
    });
  });
});
