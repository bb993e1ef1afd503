import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type ByteCall, openByteCall } from "../tests/support/byte-call.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { type NodeProcess, startNodeProcess } from "../tests/support/node-process.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { importedNumber } from "../tests/support/routing-rows.ts";
import { connectSipPeer, sdpOffer, sipRequest } from "../tests/support/sip-peer.ts";

/** What SIGTERM does to a node that may drain: `systemctl stop`, and the end of a virtual machine. */

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const CALLED = "+15005550178";
const PATIENCE_MS = 10_000;

let plane: OutboundPlane;
beforeAll(async () => {
  plane = await OutboundPlane.start();
  for (const row of importedNumber(CALLED).rows) plane.plane.put(row.kind, row.entityId, row.value);
});
afterAll(() => plane[Symbol.asyncDispose]());

/** A node with one call up. */
async function startWithCall(
  drainSeconds: number,
): Promise<AsyncDisposable & { node: NodeProcess; call: ByteCall }> {
  const node = await startNodeProcess({
    ...plane.environment,
    TRUNKLINE_STATE_DIR: join(plane.directory, `drain-${drainSeconds}`),
    TRUNKLINE_MEDIA_PROCESSES: "0",
    TRUNKLINE_LOG_LEVEL: "info",
    TRUNKLINE_DRAIN_SECONDS: String(drainSeconds),
  });
  const call = await openByteCall(node.sipPort, CALLED);
  await call.invite(sdpOffer(40_000));
  return {
    node,
    call,
    async [Symbol.asyncDispose]() {
      await call[Symbol.asyncDispose]();
      await node.kill();
    },
  };
}

async function isDraining(node: NodeProcess): Promise<true> {
  return eventually(
    () => (node.output().includes('"node_draining"') ? true : null),
    PATIENCE_MS,
    "the node drains",
  );
}

it("a call goes on while the node drains, a new one is refused with 503, and its end is the node's", async () => {
  await using started = await startWithCall(600);
  const { node, call } = started;
  const exited = node.stop();
  await isDraining(node);
  await using other = await connectSipPeer(node.sipPort);
  const uri = `sip:${CALLED}@127.0.0.1:${node.sipPort};transport=tcp`;
  const names = { callId: "other", fromTag: "other", peer: other, uri, cseq: 1 };
  other.send(sipRequest({ ...names, method: "INVITE", body: sdpOffer(40_002) }));
  const refused = await other.next("SIP/2.0 503");
  expect(refused.header("Retry-After")).not.toBe("");
  // A re-INVITE of the call that is up is answered as ever.
  expect((await call.invite(sdpOffer(40_000))).startLine).toContain("200");
  await call.bye();
  expect(await exited).toBe(0);
});

it("what is up at the end of the time is ended with a reason", async () => {
  await using started = await startWithCall(1);
  const { node, call } = started;
  const exited = node.stop();
  const bye = await call.ended();
  expect(bye.header("Reason")).toContain("cause=503");
  expect(await exited).toBe(0);
});

it("a second signal waits for nobody", async () => {
  await using started = await startWithCall(600);
  const { node, call } = started;
  const exited = node.stop();
  await isDraining(node);
  process.kill(node.pid, "SIGTERM");
  expect((await call.ended()).header("Reason")).toContain("cause=503");
  expect(await deadline(exited, PATIENCE_MS, "the end")).toBe(0);
});
