import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { OutboundOrder } from "../../media-node/call/outbound/outbound-facts.ts";
import {
  type ScriptedPeer,
  ScriptedServer,
  type WireText,
} from "../../media-node/engine/scripted-peer.ts";
import { importSealingKey, seal } from "../../schema/sealing/sealing.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { SoakedNode } from "../load/soaked-node.ts";
import { eventually } from "../support/deadline.ts";
import { TRUNK } from "../support/fake-outbound.ts";
import { OutboundPlane } from "../support/outbound-plane.ts";
import { agentRow, numberRow } from "../support/routing-rows.ts";
import { sdpOffer } from "../support/sip-peer.ts";

/** The rows of CALL_ENDS that end an order, on a whole node: those that `outbound-node.test.ts` does not show. */

/** Longer than 64*T1, in which an INVITE has to be answered by anything. */
const TIMER_B_MS = 33_000;

let plane: OutboundPlane;
let node: SoakedNode;

beforeAll(async () => {
  plane = await OutboundPlane.start();
  node = await SoakedNode.start(plane.environment);
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

async function carrier(): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const trunkTo = (server: ScriptedServer) => ({ address: `127.0.0.1:${server.port}` });

function answer(peer: ScriptedPeer, invite: WireText, server: ScriptedServer, sdp: string): void {
  const contact = `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;
  const lines = [contact, "Content-Type: application/sdp"];
  peer.reply(invite, "200 OK", { tag: "b", lines, body: sdp });
}

it("a carrier that fails: carrier_failed", async () => {
  const server = await carrier();
  const order = await plane.give((await plane.number(trunkTo(server)))());
  const peer = await server.accept();
  peer.reply(await peer.next("INVITE"), "500 Server Internal Error", { tag: "b" });
  await peer.next("ACK");
  expect(await plane.record(order)).toMatchObject({
    end: { code: "carrier_failed" },
    refusal: { status: 500 },
  });
});

it.each([
  ["no codec of the offer", sdpOffer(40_000, { formats: "18" })],
  ["a refused audio line", sdpOffer(0)],
])("an answer with %s is acknowledged and ended: answer_unusable", async (_what, sdp) => {
  const server = await carrier();
  const order = await plane.give((await plane.number(trunkTo(server)))());
  const peer = await server.accept();
  answer(peer, await peer.next("INVITE"), server, sdp);
  await peer.next("ACK");
  peer.reply(await peer.next("BYE"), "200 OK");
  expect(await plane.record(order)).toMatchObject({ end: { code: "answer_unusable" } });
});

it("a number that cannot stand in a SIP URI is not dialled: callee_not_dialable", async () => {
  const server = await carrier();
  const make = await plane.number(trunkTo(server));
  const order = await plane.give(make({ toNumber: "x@evil.test" }));
  expect(await plane.record(order)).toMatchObject({ end: { code: "callee_not_dialable" } });
  expect(server.waiting).toBe(0);
});

/** A number with a trunk of the test's making, or with none; the order of a call from it. */
async function orderFrom(trunk: { id: string; value: object } | null): Promise<OutboundOrder> {
  const { workspaceId } = plane;
  const make = await plane.number({ address: "127.0.0.1" });
  const number = numberRow(
    "+15005550199",
    { workspaceId, trunk: null, agent: agentRow(workspaceId) },
    { supportsOutbound: true, outboundTrunkId: trunk?.id ?? null },
  );
  if (trunk !== null) plane.plane.put("outbound_trunk", trunk.id, trunk.value);
  plane.plane.put(number.kind, number.entityId, number.value);
  const phoneNumberId = parseId("phoneNumber", number.entityId);
  if (phoneNumberId === null) throw new Error("id");
  return make({ phoneNumberId });
}

it("a number without an outbound trunk is refused: no_outbound_trunk", async () => {
  const order = await plane.give(await orderFrom(null));
  expect(await plane.told(order, "order_refused")).toMatchObject({ code: "no_outbound_trunk" });
});

it("a password that was sealed with another key is not sent for: credentials_unavailable", async () => {
  const server = await carrier();
  const id = newId("outboundTrunk");
  const { workspaceId } = plane;
  const key = await importSealingKey("rk1", randomBytes(32));
  const password = await seal(key, "open sesame", `${workspaceId}/${id}/password`);
  const credentials = { username: "acme", password };
  const value = { ...TRUNK, ...trunkTo(server), id, workspaceId, transport: "tcp", credentials };
  const order = await plane.give(await orderFrom({ id, value }));
  expect(await plane.record(order)).toMatchObject({ end: { code: "credentials_unavailable" } });
  expect(server.waiting).toBe(0);
});

it("a carrier that takes the INVITE and says nothing: no_response", async () => {
  const server = await carrier();
  const order = await plane.give(
    (await plane.number(trunkTo(server)))({ ringingTimeoutSecs: 300 }),
  );
  const peer = await server.accept();
  await peer.next("INVITE");
  await node.advance(TIMER_B_MS);
  expect(await plane.record(order)).toMatchObject({ end: { code: "no_response" }, refusal: null });
});

it("a node that is killed in mid-call says so when it is back: node_restarted", async () => {
  await using own = await OutboundPlane.start();
  const server = await carrier();
  const make = await own.number(trunkTo(server));
  let order: OutboundOrder;
  {
    await using _first = await SoakedNode.start(own.environment);
    order = await own.give(make());
    const peer = await server.accept();
    answer(peer, await peer.next("INVITE"), server, sdpOffer(40_000));
    await peer.next("ACK");
    await own.told(order, "answered");
    const file = join(own.directory, "state", "orders", `${order.orderId}.json`);
    await eventually(
      // The disk follows what the hub is told.
      async () => ((await readFile(file, "utf8")).includes('"answered"') ? true : null),
      5_000,
      "the journal does not say that it was answered",
    );
  }
  await using _second = await SoakedNode.start(own.environment);
  expect(await own.record(order)).toMatchObject({ end: { code: "node_restarted" } });
});

it("a node that may call public addresses only, and one whose disk takes nothing, dial nobody", async () => {
  await using own = await OutboundPlane.start();
  await using _public = await SoakedNode.start({
    ...own.environment,
    TRUNKLINE_SIP_ADDRESSES: "public",
  });
  const server = await carrier();
  const make = await own.number(trunkTo(server));
  const order = await own.give(make());
  expect(await own.record(order)).toMatchObject({ end: { code: "carrier_address_refused" } });
  // What no directory is takes no file.
  const journal = join(own.directory, "state", "orders");
  await rm(journal, { recursive: true });
  await writeFile(journal, "");
  const next = await own.give(make());
  expect(await own.told(next, "order_refused")).toMatchObject({ code: "order_not_kept" });
  expect(server.waiting).toBe(0);
});
