import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FRAME } from "../../tests/support/answered-call.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { mediaOverChannel } from "../../tests/support/media-channel.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import { handleInbound } from "../call/inbound/inbound.ts";
import type { MediaPorts } from "../call/media-ports.ts";
import { createRemoteMedia } from "./remote-media.ts";

/** A call whose media are in another process, and that process. */
const { reachMedia } = FakeNode;
let channel: ReturnType<typeof mediaOverChannel>;

beforeEach(() => {
  FakeNode.reachMedia = (ports, node) => {
    channel = mediaOverChannel(ports, node);
    return channel.ports;
  };
});
afterEach(() => {
  FakeNode.reachMedia = reachMedia;
});

function call(node = new FakeNode()) {
  const invite = new FakeInvite(node.journal, offerSdp());
  return { node, invite, handled: handleInbound(invite, node) };
}

describe("a media process that is gone", () => {
  test("ends its answered calls as media_lost, with a BYE and a record that claims no packets", async () => {
    const { node, invite, handled } = call();
    await settle();
    node.session.sink?.audio(FRAME);
    channel.remote.lose("exit 1");
    await handled;
    expect(invite.dialog.byes).toMatchObject([{ cause: 500 }]);
    expect(node.record).toMatchObject({ end: { code: "media_lost" }, media: null });
    expect(node.calls.count).toBe(0);
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("refuses a call that rings as media_lost, at once", async () => {
    const node = new FakeNode();
    node.connectAgent = node.neverReady;
    const { invite, handled } = call(node);
    await settle();
    channel.remote.lose("exit 1");
    await handled;
    expect(invite.rejections).toEqual(["media_lost"]);
    expect(node.record?.end.code).toBe("media_lost");
    expect(node.clock.pendingTimers).toBe(0);
  });

  test("does not make the end of a call wait that is being heard to its end", async () => {
    const { node, invite, handled } = call();
    await settle();
    node.session.queued = 20_000;
    node.agent.sink?.hangUp("done");
    await settle();
    expect(invite.dialog.byes).toEqual([]);
    channel.remote.lose("no answer for 3 s");
    await handled;
    expect(node.record?.end.code).toBe("agent_hung_up");
    expect(invite.dialog.byes).toHaveLength(1);
  });

  test("opens nothing more, and says that it is gone", async () => {
    const { handled, invite } = call();
    await settle();
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    channel.remote.lose("exit 1");
    const node = new FakeNode();
    const settings = { callId: node.newCallId(), digitInput: null };
    expect(await channel.remote.open(settings, silentEvents)).toEqual({ kind: "lost" });
  });
});

const silentEvents: Parameters<MediaPorts["open"]>[1] = {
  agentHungUp() {},
  agentAway() {},
  agentBack() {},
  agentLost() {},
  lost() {},
  failed() {},
};

describe("a media process that does not answer", () => {
  test("keeps the end of a call for 500 ms, and its release for 2 s", async () => {
    const node = new FakeNode();
    const said: string[] = [];
    const remote = createRemoteMedia({ clock: node.clock, post: ({ kind }) => said.push(kind) });
    const opening = remote.open({ callId: node.newCallId(), digitInput: null }, silentEvents);
    remote.receive({
      kind: "opened",
      request: 1,
      opened: { leg: 0, address: "192.0.2.7", rtpPort: 10_000 },
    });
    const opened = await opening;
    if (opened.kind !== "opened") throw new Error(opened.kind);
    const { media } = opened;
    let stats: unknown = "waiting";
    void media.first.stop().then((known) => {
      stats = known;
    });
    await node.clock.advance(499);
    expect(stats).toBe("waiting");
    await node.clock.advance(1);
    expect(stats).toBeNull();
    let isReleased = false;
    void media[Symbol.asyncDispose]().then(() => {
      isReleased = true;
    });
    await node.clock.advance(1_999);
    expect([isReleased, remote.calls]).toEqual([false, 1]);
    await node.clock.advance(1);
    expect([isReleased, remote.calls]).toEqual([true, 0]);
    expect(said).toEqual(["open", "stop", "release"]);
  });
});

test("SRTP keys and an agent's headers cross as they are, once each", async () => {
  const node = new FakeNode();
  const headers = { authorization: "Bearer secret" };
  node.agents.target = async () => ({ protocol: "native", url: "wss://agent.example", headers });
  const invite = new FakeInvite(
    node.journal,
    offerSdp({
      lines: [
        "m=audio 4000 RTP/SAVP 0",
        `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, 9).toString("base64")}`,
      ],
    }),
  );
  const handled = handleInbound(invite, node);
  await settle();
  expect(node.session.plans[0]?.srtp?.receive).toEqual(new Uint8Array(30).fill(9));
  const targets = channel.said.filter(({ kind }) => kind === "agent_target");
  expect(targets).toMatchObject([{ target: { headers } }]);
  expect(channel.said.filter((message) => "plan" in message)).toHaveLength(1);
  invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await handled;
});
