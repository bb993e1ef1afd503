// biome-ignore-all lint/style/noRestrictedImports: the carrier is the engine's scripted peer.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { issueCertificate, makeTestCa } from "../tests/support/certificates.ts";
import { deadline } from "../tests/support/deadline.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { startScriptedAgent } from "../tests/support/scripted-agent.ts";
import { startToneAgent } from "../tests/support/tone-agent.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { type ScriptedPeer, ScriptedServer, type WireText } from "./engine/scripted-peer.ts";
import { type MediaNode, startMediaNode } from "./node.ts";
import { credentialsProve, parseCredentials } from "./protocol/sip/digest.ts";
import { SipSyntaxError } from "./protocol/sip/syntax.ts";

/** Orders through a whole node: link, journal, engine, media, agent and outbox are the real ones. */

const PASSWORD = "the carrier's password";

// Longer than what each step waits for, so that a failure names the step.
vi.setConfig({ testTimeout: 30_000 });

let plane: OutboundPlane;
let node: MediaNode;

beforeAll(async () => {
  plane = await OutboundPlane.start();
  node = await startMediaNode(parseMediaNodeConfig(plane.environment));
  await deadline(node.ready, 10_000, "ready");
});

afterAll(async () => {
  await node.stop({ code: "node_shutdown" });
  await plane[Symbol.asyncDispose]();
});

async function carrier(): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const trunkTo = (server: ScriptedServer) => ({ address: `127.0.0.1:${server.port}` });

/** Where the carrier's RTP is. */
async function rtp(): Promise<{ socket: Socket; sdp: string; packet: Promise<Buffer> }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const { port } = socket.address() as AddressInfo;
  const packet = new Promise<Buffer>((resolve) => socket.once("message", resolve));
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    "",
  ].join("\r\n");
  return { socket, sdp, packet };
}

function answer(peer: ScriptedPeer, invite: WireText, server: ScriptedServer, sdp: string): void {
  peer.reply(invite, "200 OK", {
    tag: "b",
    lines: [
      `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`,
      "Content-Type: application/sdp",
    ],
    body: sdp,
  });
}

function bye(peer: ScriptedPeer, invite: WireText): void {
  const target = /<([^>]+)>/.exec(invite.header("Contact"))?.[1] ?? "";
  peer.send([
    `BYE ${target} SIP/2.0`,
    `Via: SIP/2.0/TCP carrier.test;branch=z9hG4bK${crypto.randomUUID()}`,
    `From: ${invite.header("To")};tag=b`,
    `To: ${invite.header("From")}`,
    `Call-ID: ${invite.header("Call-ID")}`,
    "CSeq: 9 BYE",
  ]);
}

test("an ordered call rings, is answered with RTP at once, and ends with record and progress", async () => {
  const server = await carrier();
  const media = await rtp();
  const make = await plane.number({
    ...trunkTo(server),
    headers: { "X-Customer": "{{customer}}" },
    callerIdentity: {
      fromUser: "number",
      assertedIdentity: "p_asserted_identity",
      numberForm: "as_given",
    },
  });
  const order = await plane.give(make());
  const peer = await server.accept();
  const invite = await peer.next(`INVITE sip:+15005550123@127.0.0.1:${server.port} SIP/2.0`);
  expect(invite.header("X-Customer")).toBe("42");
  expect(invite.header("P-Asserted-Identity")).toBe("<sip:+15005550100@127.0.0.1>");
  expect(invite.header("From")).toMatch(/^<sip:\+15005550100@127\.0\.0\.1>;tag=/);
  expect(invite.header("Contact")).toMatch(/@127\.0\.0\.1:\d+;transport=tcp>$/);
  expect(invite.body).toContain("RTP/AVP 0 8");
  peer.reply(invite, "100 Trying");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  expect(await plane.told(order, "ringing")).toMatchObject({ sipStatus: 180 });
  answer(peer, invite, server, media.sdp);
  await peer.next("ACK");
  await deadline(media.packet, 5_000, "no RTP");
  expect(await plane.told(order, "answered")).toMatchObject({
    sipStatus: 200,
    sipCallId: invite.header("Call-ID"),
  });
  bye(peer, invite);
  await peer.next("SIP/2.0 200");
  expect(await plane.record(order)).toMatchObject({
    end: { code: "callee_hung_up" },
    sipCallId: invite.header("Call-ID"),
    transport: "tcp",
    sourceAddress: "127.0.0.1",
    media: { codec: "PCMU", srtpSuite: null },
  });
  expect(await plane.told(order, "ended")).toMatchObject({ endCode: "callee_hung_up" });
  expect(plane.plane.orderMessages[0]).toMatchObject({ type: "order_accepted" });
});

test("an agent that speaks when it is told of the answer is on the wire within 60 ms of the ACK", async () => {
  await using agent = await startToneAgent(440, 1);
  const server = await carrier();
  const make = await plane.number(trunkTo(server), agent.url);
  const latenciesMs: number[] = [];
  let peer: ScriptedPeer | null = null;
  for (let call = 0; call < 3; call += 1) {
    const media = await rtp();
    const opened = agent.nextSession();
    await plane.give(make());
    peer ??= await server.accept();
    const invite = await peer.next("INVITE");
    peer.reply(invite, "180 Ringing", { tag: "b" });
    await opened;
    // G.711 §3: µ-law silence is 0xff.
    const spoken = new Promise<number>((resolve) => {
      media.socket.on("message", (packet) => {
        if (packet.subarray(12).some((code) => code !== 0xff)) resolve(performance.now());
      });
    });
    answer(peer, invite, server, media.sdp);
    await peer.next("ACK");
    const acknowledgedAtMs = performance.now();
    latenciesMs.push((await deadline(spoken, 5_000, "no speech")) - acknowledgedAtMs);
    bye(peer, invite);
    await peer.next("SIP/2.0 200");
  }
  const [, medianMs] = latenciesMs.sort((one, other) => one - other);
  expect(medianMs).toBeLessThan(60);
});

test("an answer without the encryption that was offered is acknowledged and ended before a packet is sent", async () => {
  const server = await carrier();
  const media = await rtp();
  let packets = 0;
  media.socket.on("message", () => {
    packets += 1;
  });
  const make = await plane.number({
    ...trunkTo(server),
    mediaEncryption: "required",
    insecureSdes: true,
  });
  const order = await plane.give(make());
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  expect(invite.body).toMatch(/RTP\/SAVP 0 8.*a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/s);
  answer(peer, invite, server, media.sdp);
  await peer.next("ACK");
  peer.reply(await peer.next("BYE"), "200 OK");
  expect(await plane.record(order)).toMatchObject({
    end: { code: "answer_downgraded" },
    answeredAtMs: null,
    media: null,
  });
  expect(packets).toBe(0);
});

test("early media reaches an agent that wants it, and nothing is sent before the answer", async () => {
  await using agent = await startScriptedAgent();
  const server = await carrier();
  const media = await rtp();
  let packets = 0;
  media.socket.on("message", () => {
    packets += 1;
  });
  const make = await plane.number(trunkTo(server), agent.url);
  const order = await plane.give(make());
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  const lines = ["Content-Type: application/sdp"];
  peer.reply(invite, "183 Session Progress", { tag: "b", lines, body: media.sdp });
  const session = await agent.accepted();
  expect(await session.next()).toMatchObject({ type: "start", direction: "outbound" });
  session.say({ type: "ready", early_audio: true });
  expect(await session.next()).toEqual({ type: "ringing" });

  const port = Number(/m=audio (\d+)/.exec(invite.body)?.[1]);
  const sending = setInterval(() => media.socket.send(nextPacket(), port, "127.0.0.1"), 20);
  onTestFinished(() => clearInterval(sending));
  expect(await session.next()).toBeInstanceOf(Buffer);
  expect(packets).toBe(0);
  answer(peer, invite, server, media.sdp);
  await peer.next("ACK");
  await deadline(media.packet, 5_000, "no RTP after the answer");
  plane.plane.say({ type: "order_cancel", orderId: order.orderId });
  peer.reply(await peer.next("BYE"), "200 OK");
  expect(await plane.record(order)).toMatchObject({ end: { code: "order_cancelled" } });
});

let sequenceNumber = 0;
/** RFC 3550 §5.1: 20 ms of µ-law that is not silence. */
function nextPacket(): Buffer {
  sequenceNumber += 1;
  const packet = Buffer.alloc(172, 0x20);
  packet.writeUInt16BE(0x8000, 0);
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(sequenceNumber * 160, 4);
  packet.writeUInt32BE(0x12345678, 8);
  return packet;
}

test.each([
  ["302 Moved Temporarily", "redirected", ["Contact: <sip:elsewhere@203.0.113.9>"]],
  ["401 Unauthorized", "carrier_auth_failed", ['WWW-Authenticate: Digest realm="r", nonce="n"']],
  ["403 Forbidden", "carrier_refused", []],
  ["404 Not Found", "callee_unknown", []],
  ["486 Busy Here", "busy", []],
  ["488 Not Acceptable Here", "carrier_media_refused", []],
  ["503 Service Unavailable", "carrier_unavailable", ["Retry-After: 30"]],
  ["603 Decline", "declined", []],
])("%s ends the order as %s, and nothing else is dialled", async (phrase, code, lines) => {
  const server = await carrier();
  const make = await plane.number({ ...trunkTo(server), mediaEncryption: "disabled" });
  const order = await plane.give(make());
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, phrase, { tag: "b", lines });
  await peer.next("ACK");
  const status = Number.parseInt(phrase, 10);
  const reason = phrase.slice(4);
  expect(await plane.record(order)).toMatchObject({
    end: { code },
    refusal: { status, reason },
    answeredAtMs: null,
  });
  expect(await plane.told(order, "ended")).toMatchObject({ endCode: code, sipStatus: status });
  expect(peer.unread).toBe(0);
  expect(server.waiting).toBe(0);
});

test.each([
  ["401 Unauthorized", "WWW-Authenticate", "Authorization", "MD5"],
  ["407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization", "SHA-256"],
] as const)(
  "%s is answered from the trunk's sealed password, and a wrong one ends the call",
  async (phrase, asks, gives, algorithm) => {
    const server = await carrier();
    const make = await plane.number({
      ...trunkTo(server),
      credentials: { username: "acme", password: PASSWORD },
    });
    const order = await plane.give(make());
    const peer = await server.accept();
    const first = await peer.next("INVITE");
    const challenge = `${asks}: Digest realm="any realm", nonce="n1", qop="auth", algorithm=${algorithm}`;
    peer.reply(first, phrase, { tag: "x", lines: [challenge] });
    await peer.next("ACK");
    const second = await peer.next("INVITE");
    const credentials = parseCredentials(second.header(gives));
    if (credentials === null || credentials instanceof SipSyntaxError) throw new Error("none");
    const secret = { password: PASSWORD, method: "INVITE", body: second.body };
    expect(credentialsProve(credentials, secret)).toBe(true);
    expect(second.header("Call-ID")).toBe(first.header("Call-ID"));
    peer.reply(second, phrase, { tag: "x", lines: [challenge.replace("n1", "n2")] });
    await peer.next("ACK");
    expect(await plane.record(order)).toMatchObject({ end: { code: "carrier_auth_failed" } });
  },
);

test("a call that nobody answers is cancelled after its ringing timeout", async () => {
  const server = await carrier();
  const make = await plane.number(trunkTo(server));
  const order = await plane.give(make({ ringingTimeoutSecs: 1 }));
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  const cancel = await peer.next("CANCEL");
  peer.reply(cancel, "200 OK");
  peer.reply(invite, "487 Request Terminated", { tag: "b" });
  await peer.next("ACK");
  expect(await plane.record(order)).toMatchObject({ end: { code: "no_answer" }, refusal: null });
});

test("the client's cancel is a CANCEL, and an answer that crosses it is acknowledged and ended", async () => {
  const server = await carrier();
  const media = await rtp();
  const make = await plane.number(trunkTo(server));
  const order = await plane.give(make());
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  await plane.told(order, "ringing");
  plane.plane.say({ type: "order_cancel", orderId: order.orderId });
  await peer.next("CANCEL");
  answer(peer, invite, server, media.sdp);
  await peer.next("ACK");
  peer.reply(await peer.next("BYE"), "200 OK");
  expect(await plane.record(order)).toMatchObject({ end: { code: "order_cancelled" } });
});

test("nobody at the address, a name that does not exist and a certificate of nobody are told apart", async () => {
  const closed = await ScriptedServer.listen();
  const { port } = closed;
  await closed[Symbol.asyncDispose]();
  const stranger = await issueCertificate(await makeTestCa(), { dnsNames: ["localhost"] });
  const tls = createTlsServer({ cert: stranger.certificatePem, key: stranger.keyPem });
  const impostor = await ScriptedServer.listen(tls, "secureConnection");
  onTestFinished(() => impostor[Symbol.asyncDispose]());
  const ends = async (trunk: Parameters<typeof plane.number>[0]) => {
    const order = await plane.give((await plane.number(trunk))());
    return (await plane.record(order)).end.code;
  };
  expect(await ends({ address: `127.0.0.1:${port}` })).toBe("carrier_unreachable");
  expect(await ends({ address: "no-such-carrier.invalid:5060" })).toBe("carrier_not_found");
  expect(
    await ends({
      address: `localhost:${impostor.port}`,
      transport: "tls",
      mediaEncryption: "disabled",
    }),
  ).toBe("carrier_tls_failed");
  expect(await ends({ address: "127.0.0.1", transport: "udp" })).toBe("transport_unavailable");
  expect(await ends({ address: "127.0.0.1", mediaEncryption: "required" })).toBe("trunk_insecure");
});

test("an order of an unknown number, or one that is late, is refused and not dialled", async () => {
  const server = await carrier();
  const make = await plane.number(trunkTo(server));
  const elsewhere = await plane.give({
    ...make(),
    phoneNumberId: (await plane.number({ address: "127.0.0.1" }))().phoneNumberId,
    workspaceId: "wksp_01jxq0000000000000000000zz" as never,
  });
  expect(await plane.told(elsewhere, "order_refused")).toMatchObject({ code: "number_unknown" });
  const late = await plane.give(make({ dialBeforeMs: Date.now() }));
  expect(await plane.told(late, "order_refused")).toMatchObject({ code: "order_expired" });
  expect(server.waiting).toBe(0);
});
