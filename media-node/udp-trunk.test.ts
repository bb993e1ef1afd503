// biome-ignore-all lint/style/noRestrictedImports: the carrier is the engine's scripted peer.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import type { CallRecord } from "../schema/contracts/call-record.ts";
import { deadline } from "../tests/support/deadline.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { importedNumber } from "../tests/support/routing-rows.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { ScriptedServer, type WireText } from "./engine/scripted-peer.ts";
import { ScriptedUdpPeer } from "./engine/scripted-udp-peer.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** Calls over UDP through a whole node, in real time: both directions, with lost datagrams. */

const CALLED = "+15005550177";

// A repeat comes after T1, 500 ms, and each step waits for several.
vi.setConfig({ testTimeout: 30_000 });

let plane: OutboundPlane;
let node: MediaNode;

beforeAll(async () => {
  plane = await OutboundPlane.start();
  for (const row of importedNumber(CALLED).rows) plane.plane.put(row.kind, row.entityId, row.value);
  const environment = { ...plane.environment, TRUNKLINE_SIP_UDP_PORT: "0" };
  node = await startMediaNode(parseMediaNodeConfig(environment));
  await deadline(node.ready, 10_000, "ready");
});

afterAll(async () => {
  await node.stop({ code: "node_shutdown" });
  await plane[Symbol.asyncDispose]();
});

async function udpPeer(): Promise<ScriptedUdpPeer> {
  const peer = await ScriptedUdpPeer.bind(node.bound.sipUdpPort ?? 0);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

/** RTP of the other side: its description, and the first packet that comes. */
async function rtp(): Promise<{ sdp: string; packet: Promise<Buffer> }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const packet = new Promise<Buffer>((resolve) => socket.once("message", resolve));
  const media = `m=audio ${socket.address().port} RTP/AVP 0`;
  const lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", media];
  return { sdp: `${lines.join("\r\n")}\r\n`, packet };
}

const targetOf = (message: WireText) => /<([^>]+)>/.exec(message.header("Contact"))?.[1] ?? "";

function bye(peer: ScriptedUdpPeer, invite: WireText, transport: string): string[] {
  return [
    `BYE ${targetOf(invite)} SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:${peer.port};branch=z9hG4bK${crypto.randomUUID()}`,
    `From: ${invite.header("To")};tag=udp`,
    `To: ${invite.header("From")}`,
    `Call-ID: ${invite.header("Call-ID")}`,
    "CSeq: 9 BYE",
  ];
}

test("a call over a UDP trunk: the lost INVITE is repeated, the repeated 200 is acknowledged again (RFC 3261 §17.1.1.2, §13.2.2.4)", async () => {
  const carrier = await udpPeer();
  const media = await rtp();
  const trunk = { address: `127.0.0.1:${carrier.port}`, transport: "udp" } as const;
  const order = await plane.give((await plane.number({ ...trunk, codecs: ["PCMU"] }))());
  const lost = await carrier.next(`INVITE sip:+15005550123@127.0.0.1:${carrier.port} SIP/2.0`);
  const invite = await carrier.next("INVITE");
  expect(invite.text).toBe(lost.text);
  expect(invite.header("Via")).toMatch(/^SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;.*rport/);
  expect(targetOf(invite)).toMatch(new RegExp(`:${node.bound.sipUdpPort};transport=udp$`));
  carrier.reply(invite, "180 Ringing");
  expect(await plane.told(order, "ringing")).toMatchObject({ sipStatus: 180 });
  const lines = [`Contact: <sip:b@127.0.0.1:${carrier.port}>`, "Content-Type: application/sdp"];
  carrier.reply(invite, "200 OK", lines, media.sdp);
  const ack = await carrier.next("ACK");
  carrier.reply(invite, "200 OK", lines, media.sdp);
  expect((await carrier.next("ACK")).text).toBe(ack.text);
  await deadline(media.packet, 5_000, "no RTP");
  carrier.send(bye(carrier, invite, "UDP"));
  await carrier.next("SIP/2.0 200");
  expect(await plane.record(order)).toMatchObject({
    end: { code: "callee_hung_up" },
    transport: "udp",
    sourceAddress: "127.0.0.1",
  });
});

test("an INVITE over 1300 octets to a UDP trunk goes over TCP where the carrier takes it (RFC 3261 §18.1.1)", async () => {
  const carrier = await udpPeer();
  const stream = await ScriptedServer.listen(
    createServer(),
    "connection",
    "127.0.0.1",
    carrier.port,
  );
  onTestFinished(() => stream[Symbol.asyncDispose]());
  const trunk = { address: `127.0.0.1:${carrier.port}`, transport: "udp" } as const;
  const headers = { "X-Long": "x".repeat(900) };
  const order = await plane.give((await plane.number({ ...trunk, headers }))());
  const peer = await stream.accept();
  const invite = await peer.next("INVITE");
  expect(invite.text.length).toBeGreaterThan(1_300);
  expect(invite.header("Via")).toMatch(/^SIP\/2\.0\/TCP /);
  peer.reply(invite, "486 Busy Here", { tag: "b" });
  await peer.next("ACK");
  expect(await plane.record(order)).toMatchObject({ end: { code: "busy" } });
  expect(carrier.unread).toBe(0);
});

test("and by UDP where it does not", async () => {
  const carrier = await udpPeer();
  const trunk = { address: `127.0.0.1:${carrier.port}`, transport: "udp" } as const;
  const headers = { "X-Long": "x".repeat(900) };
  const order = await plane.give((await plane.number({ ...trunk, headers }))());
  const invite = await carrier.next("INVITE");
  expect(invite.text.length).toBeGreaterThan(1_300);
  expect(invite.header("Via")).toMatch(/^SIP\/2\.0\/UDP /);
  carrier.reply(invite, "486 Busy Here");
  await carrier.next("ACK");
  expect(await plane.record(order)).toMatchObject({ end: { code: "busy" } });
});

test("a call that comes over UDP: its repeated INVITE is one call, and the 200 is repeated until the ACK (RFC 3261 §17.2.1, §13.3.1.4)", async () => {
  await plane.applied();
  const caller = await udpPeer();
  const media = await rtp();
  const ended = new Promise<CallRecord>((resolve) => {
    plane.plane.on("events", (events) => {
      for (const event of events) {
        if (event.kind === "call_ended" && event.call.direction === "inbound") resolve(event.call);
      }
    });
  });
  const via = `Via: SIP/2.0/UDP 127.0.0.1:${caller.port};branch=z9hG4bK${crypto.randomUUID()};rport`;
  const names = [
    `From: <sip:+4930999@127.0.0.1:${caller.port}>;tag=caller`,
    `Call-ID: ${crypto.randomUUID()}`,
    `Contact: <sip:+4930999@127.0.0.1:${caller.port}>`,
  ];
  const uri = `sip:${CALLED}@127.0.0.1:${node.bound.sipUdpPort}`;
  const invite = [
    `INVITE ${uri} SIP/2.0`,
    via,
    ...names,
    `To: <${uri}>`,
    "CSeq: 1 INVITE",
    "Max-Forwards: 70",
    "Content-Type: application/sdp",
  ];
  caller.send(invite, media.sdp);
  caller.send(invite, media.sdp);
  let ok: WireText | null = null;
  // 100, 180 and repeats of them, as the two datagrams fall.
  for (let seen = 0; seen < 10 && ok === null; seen += 1) {
    const response = await caller.next("SIP/2.0");
    if (response.startLine.startsWith("SIP/2.0 200")) ok = response;
  }
  if (ok === null) throw new Error("not answered");
  expect((await caller.next("SIP/2.0 200")).text).toBe(ok.text);
  expect(targetOf(ok)).toMatch(/;transport=udp$/);
  const inDialog = (method: string, cseq: number): string[] => [
    `${method} ${targetOf(ok)} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${caller.port};branch=z9hG4bK${crypto.randomUUID()};rport`,
    ...names,
    `To: ${ok.header("To")}`,
    `CSeq: ${cseq} ${method}`,
    "Max-Forwards: 70",
  ];
  caller.send(inDialog("ACK", 1));
  await deadline(media.packet, 5_000, "no RTP");
  caller.send(inDialog("BYE", 2));
  expect((await caller.next("SIP/2.0 200")).header("CSeq")).toBe("2 BYE");
  expect(await deadline(ended, 10_000, "no record")).toMatchObject({
    end: { code: "caller_hung_up" },
    transport: "udp",
  });
});
