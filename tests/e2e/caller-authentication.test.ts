import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseChallenges, writeCredentials } from "../../media-node/protocol/sip/digest.ts";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import {
  createWorkspace,
  nodeLog,
  placeCall,
  startTrunkline,
  type Trunkline,
} from "../support/processes.ts";
import {
  connectSipPeer,
  type SipPeer,
  type SipText,
  sdpOffer,
  sipRequest,
} from "../support/sip-peer.ts";
import { testFolder } from "../support/test-folder.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const PASSWORD = "correct-horse-battery-staple";
const MD5 = "+14155550401";
const SHA256 = "+14155550402";
const SHARED = "+14155550403";
const LISTED = "+14155550404";
const UNKNOWN = "+14155550499";
const KNOWN = "127.0.0.41";

const credentials = (username: string) => ({ username, password: PASSWORD });

describe("callers who prove a password", () => {
  let trunkline: Trunkline;
  let agent: ToneAgent;
  let otherAgent: ToneAgent;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    agent = await startToneAgent(1037);
    otherAgent = await startToneAgent(437);
    const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    const agentId = await createAgent(api, "Agent", agent.url);
    await importNumber(api, MD5, agentId, { credentials: credentials("pbx") });
    await importNumber(api, SHA256, agentId, {
      credentials: credentials("pbx"),
      digest_algorithm: "SHA-256",
      digest_challenge: 407,
    });
    await importNumber(api, SHARED, agentId, { credentials: credentials("first") });
    const other: ApiClient = await createWorkspace(trunkline, "other");
    const otherId = await createAgent(other, "Other", otherAgent.url);
    await importNumber(other, SHARED, otherId, { credentials: credentials("second") });
    // The last: a node that has it has all of them.
    await importNumber(api, LISTED, agentId, {
      credentials: credentials("pbx"),
      allowed_addresses: [KNOWN],
    });
    await eventually(
      async () => (statusOf(await invite(LISTED, { from: KNOWN })) === "401" ? true : null),
      10_000,
      "the node does not have the numbers",
    );
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await otherAgent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  const call = async (number: string, ...args: string[]) => {
    const { report } = await placeCall(trunkline, [
      ...[number, "--expect", "agent", "--duration", "1", ...args],
    ]);
    const answers = report.ladder
      .filter(({ direction, message }) => direction === "in" && message.includes("(INVITE)"))
      .map(({ message }) => message.split(" ")[0])
      .filter((status) => !status?.startsWith("1"));
    return { report, answers };
  };

  const account = (user: string, password: string) => {
    const file = testFolder().file("password", password);
    return ["--user", user, "--password-file", file];
  };

  it.each([
    ["MD5 and 401", MD5, ["401", "200"]],
    ["SHA-256 and 407", SHA256, ["407", "200"]],
  ])("are answered by the agent, with %s", async (_name, number, expected) => {
    const { report, answers } = await call(number, ...account("pbx", PASSWORD));
    expect(report).toMatchObject({ ok: true, status: 200, heard_agent: true });
    expect(answers).toEqual(expected);
  });

  it("reach the workspace whose user name they have, of two with the same number", async () => {
    const reached = [];
    for (const [user, tone] of [
      ["first", agent],
      ["second", otherAgent],
    ] as const) {
      const before = tone.sessions.length;
      const { report } = await call(SHARED, ...account(user, PASSWORD));
      reached.push([report.ok, tone.sessions.length - before]);
    }
    expect(reached).toEqual([
      [true, 1],
      [true, 1],
    ]);
  });

  it("get 403 with a wrong password, a wrong user or no number, and cannot tell which", async () => {
    const refused = [
      await call(MD5, ...account("pbx", "wrong")),
      await call(MD5, ...account("nobody", PASSWORD)),
      await call(UNKNOWN, ...account("pbx", PASSWORD)),
    ];
    expect(refused.map(({ answers }) => answers)).toEqual([
      ["401", "403"],
      ["401", "403"],
      ["401", "403"],
    ]);
    const words = refused.map(({ report }) => {
      return report.ladder.at(-2)?.text.replace(/^(?:Via|From|To|Call-ID|CSeq):.*$/gim, "");
    });
    expect(new Set(words).size).toBe(1);
    expect(words[0]).toMatch(/^SIP\/2\.0 403 Forbidden/);
    const log = await eventually(
      async () => {
        const lines = await nodeLog(trunkline);
        const found = lines.filter(({ event }) => event === "call_refused");
        return found.length >= 3 ? found : null;
      },
      5_000,
      "the refusals are not in the log",
    );
    expect(log.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["digest_rejected", "source_unknown"]),
    );
    expect(log.map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([expect.stringContaining("wrong password")]),
    );
  });

  it("want their listed address besides, where the trunk has both", async () => {
    const answer = (challenge: SipText) => ({ from: KNOWN, answering: challenge, user: "pbx" });
    const asked = await invite(LISTED, { from: KNOWN });
    expect(statusOf(await invite(LISTED, answer(asked)))).toBe("200");
    const elsewhere = await invite(LISTED);
    expect(statusOf(elsewhere)).toBe("401");
    expect(statusOf(await invite(LISTED, { answering: elsewhere, user: "pbx" }))).toBe("403");
  });

  it("are asked anew when somebody repeats what they sent", async () => {
    const asked = await invite(MD5);
    const first = await invite(MD5, { answering: asked, user: "pbx" });
    const repeated = await invite(MD5, { answering: asked, user: "pbx" });
    expect([statusOf(first), statusOf(repeated)]).toEqual(["200", "401"]);
    expect(repeated.header("WWW-Authenticate")).toContain("stale=true");
  });

  it("leave neither password nor response in any log", async () => {
    const log = await readFile(join(trunkline.stateDir, "logs", "media-node.log"), "utf8");
    expect(log).toContain("call_challenged");
    for (const secret of [PASSWORD, "response=", "cnonce"]) expect(log).not.toContain(secret);
  });

  interface Try {
    readonly from?: string;
    readonly answering?: SipText;
    readonly user?: string;
  }

  /** The final response to one INVITE; an answered call is hung up again. */
  async function invite(number: string, { from = "127.0.0.1", answering, user = "" }: Try = {}) {
    await using peer = await connectSipPeer(trunkline.sipPort, from);
    const uri = `sip:${number}@127.0.0.1:${trunkline.sipPort};transport=tcp`;
    const ids = { callId: randomUUID(), fromTag: "caller", branch: `z9hG4bK${randomUUID()}` };
    const [challenge] = parseChallenges([answering?.header("WWW-Authenticate") ?? ""]);
    const answer = { username: user, password: PASSWORD, method: "INVITE", uri, body: "" };
    const value =
      challenge === undefined
        ? null
        : writeCredentials(challenge, { ...answer, cnonce: "0a4f113b", nc: 1 });
    const headers = value === null ? [] : [`Authorization: ${value}`];
    const base = { uri, peer, localAddress: from, callId: ids.callId, fromTag: ids.fromTag };
    peer.send(sipRequest({ method: "INVITE", ...base, ...ids, headers, body: sdpOffer(40_000) }));
    // The peer must live until its call is over.
    return await finish(peer, base, ids.branch);
  }

  async function finish(
    peer: SipPeer,
    base: Omit<Parameters<typeof sipRequest>[0], "method">,
    branch: string,
  ): Promise<SipText> {
    for (;;) {
      const final = await peer.next("SIP/2.0");
      if (statusOf(final).startsWith("1")) continue;
      const toTag = /tag=([^;>\s]+)/.exec(final.header("To"))?.[1] ?? "";
      if (statusOf(final) !== "200") {
        peer.send(sipRequest({ method: "ACK", ...base, toTag, branch }));
        return final;
      }
      peer.send(sipRequest({ method: "ACK", ...base, toTag }));
      peer.send(sipRequest({ method: "BYE", ...base, toTag, cseq: 2 }));
      await peer.next("SIP/2.0 200");
      return final;
    }
  }
});

function statusOf(message: SipText): string {
  return message.startLine.split(" ")[1] ?? "";
}
