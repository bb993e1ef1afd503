import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CallEndCode } from "../../media-node/call/call-ends.ts";
import { parseMediaNodeConfig } from "../../media-node/config.ts";
import { type MediaNode, startMediaNode } from "../../media-node/node.ts";
import { deadline } from "../support/deadline.ts";
import { freePort } from "../support/free-port.ts";
import { OutboundPlane } from "../support/outbound-plane.ts";
import { importedNumber } from "../support/routing-rows.ts";
import { connectSipPeer, type SipPeer, sdpOffer, sipRequest } from "../support/sip-peer.ts";

/** The rows of CALL_ENDS that the node's own state is the reason of: each is a 503 that says when to come again. */

const NUMBER = "+15005550100";

let plane: OutboundPlane;
let node: MediaNode | null = null;

beforeEach(async () => {
  plane = await OutboundPlane.start();
  for (const { kind, entityId, value } of importedNumber(NUMBER).rows) {
    plane.plane.put(kind, entityId, value);
  }
});

afterEach(async () => {
  await node?.stop({ code: "node_shutdown" });
  node = null;
  await plane[Symbol.asyncDispose]();
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<MediaNode> {
  node = await startMediaNode(parseMediaNodeConfig({ ...plane.environment, ...environment }));
  return node;
}

async function call(peer: SipPeer, { bound }: MediaNode) {
  const uri = `sip:${NUMBER}@127.0.0.1:${bound.sipPort};transport=tcp`;
  const base = { uri, peer, callId: randomUUID(), fromTag: "caller" };
  peer.send(sipRequest({ ...base, method: "INVITE", body: sdpOffer(40_000) }));
  for (;;) {
    const final = await peer.next("SIP/2.0");
    if (/^SIP\/2\.0 1/.test(final.startLine)) continue;
    const toTag = /tag=([^;>\s]+)/.exec(final.header("To"))?.[1] ?? "";
    if (final.startLine.includes(" 200 ")) peer.send(sipRequest({ ...base, method: "ACK", toTag }));
    return final;
  }
}

async function expectRefused(peer: SipPeer, of: MediaNode, code: CallEndCode): Promise<void> {
  const final = await call(peer, of);
  expect(final.startLine).toContain(" 503 ");
  expect(Number(final.header("Retry-After"))).toBeGreaterThan(0);
  const metrics = await fetch(`http://127.0.0.1:${of.bound.adminPort}/metrics`);
  expect(await metrics.text()).toContain(`trunkline_calls_refused_total{end="${code}"} 1`);
}

it("a node that has no table refuses as node_not_ready", async () => {
  await plane.plane.stop();
  const started = await start();
  await using peer = await connectSipPeer(started.bound.sipPort);
  await expectRefused(peer, started, "node_not_ready");
});

it("a node that drains refuses as node_draining", async () => {
  const started = await start();
  await deadline(started.ready, 5_000, "ready");
  started.drain();
  await using peer = await connectSipPeer(started.bound.sipPort);
  await expectRefused(peer, started, "node_draining");
});

it("a node whose one pair of RTP ports is taken refuses as ports_exhausted", async () => {
  // RTP takes the even port of a pair.
  const port = (await freePort()) & ~1;
  const started = await start({
    TRUNKLINE_RTP_PORTS: `${port}-${port + 1}`,
    TRUNKLINE_MEDIA_PROCESSES: "1",
  });
  await deadline(started.ready, 5_000, "ready");
  await using peer = await connectSipPeer(started.bound.sipPort);
  expect((await call(peer, started)).startLine).toContain(" 200 ");
  await expectRefused(peer, started, "ports_exhausted");
});
