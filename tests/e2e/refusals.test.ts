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

  it("a stranger cannot tell a number that exists from one that does not, nor what software answers", async () => {
    const tell = async (user: string) => {
      const askedAt = performance.now();
      const answer = await final("INVITE", user, "127.0.0.98");
      const tookMs = performance.now() - askedAt;
      // What is left is what the node has chosen to say.
      const text = answer.text.replace(/^(Via|From|To|Call-ID): .*$/gm, "$1");
      return { text, tookMs };
    };
    const rounds: { exists: number; unknown: number }[] = [];
    for (let round = 0; round < 10; round += 1) {
      const [exists, unknown] = [await tell("+14155550202"), await tell("+14155559999")];
      expect(unknown.text).toBe(exists.text);
      expect(exists.text).toMatch(/^SIP\/2\.0 403 Forbidden\r\n/);
      expect(exists.text).not.toMatch(/^(Server|User-Agent|Organization|Warning):/im);
      rounds.push({ exists: exists.tookMs, unknown: unknown.tookMs });
    }
    const median = (values: number[]) => values.toSorted((one, other) => one - other)[5] ?? 0;
    const apartMs =
      median(rounds.map(({ exists }) => exists)) - median(rounds.map(({ unknown }) => unknown));
    expect(Math.abs(apartMs)).toBeLessThan(20);
  });

  it("a scanner is banned, with one line for it in the log, and the trunk's own source never is", async () => {
    const scanner = "127.0.0.97";
    const scan = async (from: string) => {
      for (let count = 0; count < 40; count += 1) await final("INVITE", `+1415555${count}`, from);
    };
    await scan(KNOWN);
    expect((await final("INVITE", "nobody", KNOWN)).startLine).toContain("404");
    const outcome = await scan(scanner).then(
      () => "served",
      () => "closed",
    );
    expect(outcome).toBe("closed");
    await expect(final("OPTIONS", "x", scanner)).rejects.toThrow();
    expect((await final("OPTIONS", "x", UNKNOWN)).startLine).toContain("200");
    const bans = (await nodeLog(trunkline)).filter(({ code }) => code === "source_banned");
    expect(bans.map(({ detail }) => detail)).toEqual([
      `${scanner}: streams for 60 s, last for refused`,
    ]);
  });

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
