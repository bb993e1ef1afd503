import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import { createWorkspace, startTrunkline, type Trunkline } from "../support/processes.ts";
import { connectSipPeer, type SipPeer, sdpOffer, sipRequest } from "../support/sip-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

describe("numbers", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  let agentId: string;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    agentId = await createAgent(api, "First", agent.url);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  /** Final status of an INVITE to `user` from `localAddress`; an answered call is hung up again. */
  async function dial(
    user: string,
    localAddress = "127.0.0.1",
    host = "127.0.0.1",
  ): Promise<string> {
    await using peer = await connectSipPeer(trunkline.sipPort, localAddress);
    // The peer must live until the call is over, not only until it has begun.
    return await inviteFrom(peer, `${user}@${host}`, localAddress);
  }

  async function inviteFrom(
    peer: SipPeer,
    userAtHost: string,
    localAddress: string,
  ): Promise<string> {
    const uri = `sip:${userAtHost}:${trunkline.sipPort};transport=tcp`;
    const ids = { callId: `call-${peer.localPort}`, fromTag: "caller", branch: "z9hG4bKinvite" };
    peer.send(
      sipRequest({ method: "INVITE", uri, peer, localAddress, ...ids, body: sdpOffer(40_000) }),
    );
    for (;;) {
      const answer = await peer.next("SIP/2.0");
      const status = answer.startLine.split(" ")[1] ?? "";
      if (status.startsWith("1")) continue;
      const toTag = /tag=([^;>\s]+)/.exec(answer.header("To"))?.[1] ?? "";
      const inDialog = { uri, peer, localAddress, callId: ids.callId, fromTag: "caller", toTag };
      if (status !== "200") {
        peer.send(sipRequest({ method: "ACK", ...inDialog, branch: ids.branch }));
        return status;
      }
      peer.send(sipRequest({ method: "ACK", ...inDialog }));
      peer.send(sipRequest({ method: "BYE", ...inDialog, cseq: 2 }));
      await peer.next("SIP/2.0 200");
      return status;
    }
  }

  /** Dials again until the node has the number: at most 2 s after the API's answer. */
  async function untilAnswered(user: string): Promise<void> {
    await eventually(
      async () => ((await dial(user)) === "200" ? true : null),
      2_000,
      `${user} was not answered`,
    );
  }

  it("imported with the default body answer a call within 2 s", async () => {
    const session = agent.nextSession();
    await importNumber(api, "+14155550101", agentId);
    await untilAnswered("+14155550101");
    expect((await session).start.to).toBe("+14155550101");
  });

  it("moved to another agent send the next call there within 1 s", async () => {
    await using second = await startToneAgent(600);
    const secondId = await createAgent(api, "Second", second.url);
    const numberId = await importNumber(api, "+14155550102", agentId);
    await untilAnswered("+14155550102");
    const session = second.nextSession();
    const changed = await api.patch(`/v1/convai/phone-numbers/${numberId}`, { agent_id: secondId });
    expect(changed.status).toBe(200);
    await eventually(
      async () => {
        await dial("+14155550102");
        return second.sessions.length > 0 ? true : null;
      },
      1_000,
      "the other agent was not called",
    );
    expect((await session).start.to).toBe("+14155550102");
  });

  it("deleted refuse the next call", async () => {
    const numberId = await importNumber(api, "+14155550103", agentId);
    await untilAnswered("+14155550103");
    expect((await api.delete(`/v1/convai/phone-numbers/${numberId}`)).status).toBe(200);
    await eventually(
      async () => (["403", "404"].includes(await dial("+14155550103")) ? true : null),
      1_000,
      "the number still answers",
    );
    expect((await api.get(`/v1/convai/phone-numbers/${numberId}`)).status).toBe(404);
  });

  it("are found with and without +, with 00 and in national form, exact first", async () => {
    await importNumber(api, "+493023456789", agentId);
    const exact = await startToneAgent(700);
    await using _exact = exact;
    await importNumber(api, "reception", await createAgent(api, "Exact", exact.url));
    for (const dialled of ["+493023456789", "493023456789", "00493023456789", "03023456789"]) {
      const session = agent.nextSession();
      await untilAnswered(dialled);
      expect((await session).start.to).toBe("+493023456789");
    }
    await untilAnswered("reception");
    expect(exact.sessions.length).toBe(1);
  });

  it("of two workspaces with disjoint ACLs each get their own calls", async () => {
    const other = await createWorkspace(trunkline, "other");
    await using theirs = await startToneAgent(800);
    const theirAgent = await createAgent(other, "Theirs", theirs.url);
    await importNumber(api, "+14155550104", agentId, { allowed_addresses: ["127.0.0.21"] });
    await importNumber(other, "+14155550104", theirAgent, { allowed_addresses: ["127.0.0.22"] });

    const [first, second] = [agent.nextSession(), theirs.nextSession()];
    await eventually(
      async () => ((await dial("+14155550104", "127.0.0.22")) === "200" ? true : null),
      2_000,
      "the second workspace's number did not answer",
    );
    expect(await dial("+14155550104", "127.0.0.21")).toBe("200");
    expect(await dial("+14155550104", "127.0.0.22")).toBe("200");
    expect((await first).start.to).toBe("+14155550104");
    expect((await second).start.to).toBe("+14155550104");
    expect(await dial("+14155550104", "127.0.0.23")).toBe("403");

    const overlapping = await other.post("/v1/convai/phone-numbers", {
      provider: "sip_trunk",
      phone_number: "14155550104",
      label: "overlaps",
      agent_id: theirAgent,
      inbound_trunk_config: { allowed_addresses: ["127.0.0.0/24"] },
    });
    expect(overlapping.status).toBe(409);
    expect(overlapping.body.detail.status).toBe("identifier_ambiguous");
  });

  it("dialled at a workspace's host label are that workspace's only", async () => {
    const labelled = await createWorkspace(trunkline, "labelled");
    await using theirs = await startToneAgent(900);
    const theirAgent = await createAgent(labelled, "Labelled", theirs.url);
    await importNumber(labelled, "+14155550106", theirAgent);
    await eventually(
      async () =>
        (await dial("+14155550106", "127.0.0.1", "labelled.sip.localhost")) === "200" ? true : null,
      2_000,
      "the number did not answer at its workspace's name",
    );
    expect(await dial("+14155550106", "127.0.0.1", "nobody.sip.localhost")).toBe("403");
    expect(await dial("+14155550101", "127.0.0.1", "labelled.sip.localhost")).toBe("403");
  });

  it("of another workspace do not exist", async () => {
    const other = await createWorkspace(trunkline, "stranger");
    const numberId = await importNumber(api, "+14155550105", agentId);
    expect((await other.get(`/v1/convai/phone-numbers/${numberId}`)).status).toBe(404);
    expect((await other.delete(`/v1/convai/phone-numbers/${numberId}`)).status).toBe(404);
    expect((await other.patch(`/v1/convai/phone-numbers/${numberId}`, { label: "x" })).status).toBe(
      404,
    );
  });
});
