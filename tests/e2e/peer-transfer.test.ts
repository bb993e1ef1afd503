import { randomInt, randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScriptedServer } from "../../media-node/engine/scripted-peer.ts";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { openRtpPeer, type RtpPeer } from "../support/rtp-peer.ts";
import {
  type AgentSocket,
  type ScriptedAgent,
  startScriptedAgent,
} from "../support/scripted-agent.ts";
import { connectSipPeer, type SipText, sdpOffer, sipRequest } from "../support/sip-peer.ts";
import { sine } from "../support/tone-agent.ts";

const NUMBER = "+14155550777";
const TARGET = "+493012340055";
/** The address of a trunk has no port, so the carrier listens on SIP's own, at an address of loopback that nobody else has. */
const CARRIER = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(2, 255)}`;

const portOf = (sdp: string): number => Number(/^m=audio (\d+) /m.exec(sdp)?.[1]);
const uriOf = (message: Pick<SipText, "header">): string =>
  /<([^>]+)>/.exec(message.header("Contact"))?.[1] ?? "";

describe("a caller that transfers the call by REFER", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ScriptedAgent;
  let carrier: ScriptedServer;

  beforeAll(async () => {
    carrier = await ScriptedServer.listen(createServer(), "connection", CARRIER, 5060);
    agent = await startScriptedAgent();
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    const created = await api.post("/v1/convai/agents/create", {
      name: "Reception",
      connection: { protocol: "native", url: agent.url },
      transfer_destinations: ["+4930*"],
    });
    const imported = await api.post("/v1/convai/phone-numbers", {
      phone_number: NUMBER,
      label: "transfers",
      agent_id: created.body.agent_id,
      inbound_trunk_config: { allow_refer: true },
      outbound_trunk_config: { address: CARRIER, transport: "tcp" },
    });
    expect(imported.status).toBe(200);
  });

  afterAll(async () => {
    await trunkline.stop();
    await agent[Symbol.asyncDispose]();
    await carrier[Symbol.asyncDispose]();
  });

  /** The next text message of a type: audio and others are passed over. */
  async function told(session: AgentSocket, type: string) {
    for (;;) {
      const message = await session.next();
      if (!Buffer.isBuffer(message) && message.type === type) return message;
    }
  }

  /** The agent hears a tone and the peer hears the agent, from now on. */
  async function expectBothHear(session: AgentSocket, peer: RtpPeer): Promise<void> {
    session.socket.send(sine(1037, 8000, 8000));
    await peer.speechAfter(performance.now());
    const heard = async (): Promise<true> => {
      for (;;) {
        const message = await session.next();
        if (!Buffer.isBuffer(message)) continue;
        for (let at = 0; at < message.length; at += 2) {
          if (Math.abs(message.readInt16LE(at)) > 4_000) return true;
        }
      }
    };
    await deadline(heard(), 5_000, "the agent hears nothing");
  }

  it("leaves the agent with the target: heard both ways, under one record, until the target hangs up", async () => {
    await using callerMedia = await openRtpPeer(437);
    await using targetMedia = await openRtpPeer(800);
    await using caller = await connectSipPeer(trunkline.sipPort);
    const uri = `sip:${NUMBER}@127.0.0.1:${trunkline.sipPort};transport=tcp`;
    const body = sdpOffer(callerMedia.port);
    // Refused until the node has the number that was imported a moment ago.
    const names = await eventually(
      async () => {
        const tried = { callId: randomUUID(), fromTag: randomUUID(), peer: caller };
        caller.send(sipRequest({ ...tried, method: "INVITE", uri, body }));
        for (;;) {
          const { startLine } = await caller.next("SIP/2.0");
          if (!startLine.includes(" 100 ")) return startLine.includes(" 180 ") ? tried : null;
        }
      },
      10_000,
      "the number does not ring",
    );
    const session = await agent.accepted();
    const start = await told(session, "start");
    session.say({ type: "ready" });
    const ok = await caller.next("SIP/2.0 200");
    expect(ok.header("Allow")).toContain("REFER");
    const toTag = /;tag=([^;]+)/.exec(ok.header("To"))?.[1] ?? "";
    const dialog = { ...names, toTag, uri: uriOf(ok) };
    caller.send(sipRequest({ ...dialog, method: "ACK" }));
    await told(session, "answered");
    callerMedia.talk(portOf(ok.body), null);
    await expectBothHear(session, callerMedia);

    const headers = [`Refer-To: <tel:${TARGET}>`];
    caller.send(sipRequest({ ...dialog, method: "REFER", cseq: 2, headers }));
    const target = await carrier.accept();
    const invite = await target.next(`INVITE sip:${TARGET}@${CARRIER} SIP/2.0`);
    expect(invite.header("From")).toContain(`sip:${NUMBER}@`);
    target.reply(invite, "200 OK", {
      tag: "target",
      lines: [`Contact: <sip:target@${CARRIER};transport=tcp>`, "Content-Type: application/sdp"],
      body: sdpOffer(targetMedia.port, { formats: "0" }),
    });
    await target.next("ACK");
    expect(await told(session, "far_end_changed")).toEqual({
      type: "far_end_changed",
      party: TARGET,
    });
    targetMedia.talk(portOf(invite.body), null);
    await expectBothHear(session, targetMedia);

    // The caller was told of each step, and leaves.
    expect((await caller.next("SIP/2.0 202")).header("CSeq")).toBe("2 REFER");
    for (const [status, state] of [
      ["100 Trying", "active"],
      ["200 OK", "terminated"],
    ] as const) {
      const notify = await caller.next("NOTIFY");
      expect(notify.body).toBe(`SIP/2.0 ${status}\r\n`);
      expect(notify.header("Subscription-State")).toContain(state);
      caller.send(answerTo(notify));
    }
    caller.send(sipRequest({ ...dialog, method: "BYE", cseq: 3 }));
    await caller.next("SIP/2.0 200");
    const quietAtMs = performance.now();
    await targetMedia.heardAfter(quietAtMs + 100);
    expect(callerMedia.arrived.filter(({ atMs }) => atMs > quietAtMs)).toEqual([]);

    target.send([
      `BYE ${uriOf(invite)} SIP/2.0`,
      `Via: SIP/2.0/TCP ${CARRIER};branch=z9hG4bK${randomUUID()}`,
      `From: ${invite.header("To")};tag=target`,
      `To: ${invite.header("From")}`,
      `Call-ID: ${invite.header("Call-ID")}`,
      "CSeq: 9 BYE",
    ]);
    await target.next("SIP/2.0 200");
    expect(await told(session, "end")).toEqual({ type: "end", reason: "callee_hung_up" });
    if (start.type !== "start") throw new Error("no start");
    const path = `/v1/convai/conversations/${start.conversation_id}`;
    await eventually(
      async () => {
        const { body } = await api.get(path);
        return body?.status === "done" ? true : null;
      },
      10_000,
      "the conversation is not done",
    );
  });
});

/** RFC 3261 §8.2.6.2. */
function answerTo(request: SipText): string {
  const vias = request.text.split("\r\n").filter((line) => /^via\s*:/i.test(line));
  const copied = ["From", "To", "Call-ID", "CSeq"].map(
    (name) => `${name}: ${request.header(name)}`,
  );
  return ["SIP/2.0 200 OK", ...vias, ...copied, "Content-Length: 0", "", ""].join("\r\n");
}
