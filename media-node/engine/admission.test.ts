import { connect, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Cidr, parseCidr } from "../../schema/values/cidr.ts";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import { DEFAULT_ENGINE_LIMITS, type EngineConfig, type EngineLimits } from "./engine-config.ts";
import { ScriptedPeer, ScriptedServer } from "./scripted-peer.ts";
import { ScriptedUdpPeer } from "./scripted-udp-peer.ts";
import type { DoorReason } from "./sip-counts.ts";
import { startEngine } from "./start-engine.ts";
import {
  establish,
  requestLines,
  startTestEngine,
  type TestEngine,
  testConfig,
} from "./test-engine.ts";

const PATIENCE_MS = 5_000;
const MINUTE_MS = 60_000;
const HERE = "127.0.0.1";
const ELSEWHERE = "127.0.0.2";
const UDP = { transport: "udp", bindAddress: HERE, port: 0, advertisedPort: 5060 } as const;
const TCP = { transport: "tcp", bindAddress: HERE, port: 0, advertisedPort: 5060 } as const;

async function start(
  limits: Partial<EngineLimits> = {},
  changes: Partial<EngineConfig> = {},
): Promise<TestEngine> {
  const engine = await startTestEngine({
    limits: { ...DEFAULT_ENGINE_LIMITS, maxOffences: 3, ...limits },
    ...changes,
  });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

function only(address: string): Cidr[] {
  const cidr = parseCidr(address);
  if (cidr === null) throw new Error("no block");
  return [cidr];
}

function faults(engine: TestEngine): string[] {
  return engine.events.flatMap((event) => {
    return event.kind === "fault" ? [`${event.code}: ${event.detail}`] : [];
  });
}

function counted(engine: TestEngine, reason: DoorReason): number {
  return engine.engine.counts().door.find((row) => row.reason === reason)?.count ?? 0;
}

async function from(engine: TestEngine, localAddress: string): Promise<ScriptedPeer> {
  const peer = new ScriptedPeer(connect({ port: engine.port, host: HERE, localAddress }));
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

async function isServed(peer: ScriptedPeer): Promise<boolean> {
  peer.send(requestLines("OPTIONS"));
  const served = peer.next("SIP/2.0").then(() => true);
  served.catch(() => undefined);
  return Promise.race([
    served,
    deadline(peer.closed, PATIENCE_MS, "nothing came").then(() => false),
  ]);
}

test("refused again and again, a source is banned: its connections close, new ones at once, others go on", async () => {
  const engine = await start();
  const [scanner, other] = [await from(engine, ELSEWHERE), await engine.peer()];
  expect([await isServed(scanner), await isServed(other)]).toEqual([true, true]);
  for (let count = 0; count < 3; count += 1) {
    engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tcp" });
  }
  expect(await isServed(scanner)).toBe(true);
  engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tcp" });
  await deadline(scanner.closed, PATIENCE_MS, "its connection stays");
  for (let count = 0; count < 50; count += 1) {
    expect(await isServed(await from(engine, ELSEWHERE))).toBe(false);
  }
  expect(await isServed(other)).toBe(true);
  expect(faults(engine)).toEqual(["source_banned: 127.0.0.2: streams for 60 s, last for refused"]);
  expect(engine.engine.counts()).toMatchObject({ bans: 1, bannedNow: 1 });
  expect(counted(engine, "banned_connection")).toBe(50);
  engine.clock.advance(MINUTE_MS);
  expect(await isServed(await from(engine, ELSEWHERE))).toBe(true);
  expect(engine.engine.counts()).toMatchObject({ bans: 1, bannedNow: 0 });
});

test("an answer that needs a connection of its own does not clear its receiver", async () => {
  const engine = await start();
  const app = await engine.app();
  const scanner = await from(engine, ELSEWHERE);
  const listening = await ScriptedServer.listen(createServer(), "connection", ELSEWHERE);
  onTestFinished(() => listening[Symbol.asyncDispose]());
  const { port: sentBy } = listening;
  scanner.send(
    requestLines("INVITE", { Via: `SIP/2.0/TCP 127.0.0.2:${sentBy};branch=z9hG4bKgone` }),
  );
  await scanner.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  for (let count = 0; count < 4; count += 1) {
    engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tcp" });
  }
  await deadline(scanner.closed, PATIENCE_MS, "it was not banned");
  await app.respond(invite, "403 Forbidden");
  await eventually(
    () => engine.engine.counts().messages.some(({ kind }) => kind === "4xx") || null,
    PATIENCE_MS,
    "the answer was not sent",
  );
  expect(engine.engine.counts().bannedNow).toBe(1);
});

test("malformed requests ban a source with two lines in the log, one for the first of them and one for the ban", async () => {
  const engine = await start();
  const peer = await from(engine, ELSEWHERE);
  const malformed = requestLines("OPTIONS", { "Call-ID": null });
  for (let count = 0; count < 20; count += 1) peer.send(malformed);
  await deadline(peer.closed, PATIENCE_MS, "it was not banned");
  expect(faults(engine)).toEqual([
    expect.stringMatching(/^malformed_request: tcp 127\.0\.0\.2: /),
    "source_banned: 127.0.0.2: streams for 60 s, last for malformed",
  ]);
});

test.for([
  ["a header section without end", `OPTIONS sip:a@b SIP/2.0\r\nX-Huge: ${"a".repeat(40_000)}`],
  ["what is not SIP at all", "GET / HTTP/1.1\r\nHost: node\r\n\r\n"],
] as const)(
  "%s closes its connection, and bans its source when it comes again",
  async ([, text]) => {
    const engine = await start();
    for (let count = 0; count < 4; count += 1) {
      const peer = await from(engine, ELSEWHERE);
      peer.write(text);
      await deadline(peer.closed, PATIENCE_MS, "the connection stays");
    }
    expect(counted(engine, "malformed")).toBe(4);
    expect(engine.engine.counts().bannedNow).toBe(1);
  },
);

test("a method that nobody takes counts against its sender", async () => {
  const engine = await start();
  await engine.app(["invite"]);
  const peer = await from(engine, ELSEWHERE);
  for (let count = 0; count < 3; count += 1) {
    peer.send(requestLines("PUBLISH"));
    await peer.next("SIP/2.0 405");
  }
  peer.send(requestLines("PUBLISH"));
  await deadline(peer.closed, PATIENCE_MS, "it was not banned");
});

test("a trusted source is never banned nor held to a rate, whatever it sends", async () => {
  const engine = await start({ requestBurst: 2 }, { trustedSources: only(ELSEWHERE) });
  const carrier = await from(engine, ELSEWHERE);
  for (let count = 0; count < 50; count += 1) {
    engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tcp" });
    carrier.send(requestLines("OPTIONS", { "Call-ID": null }));
    await carrier.next("SIP/2.0 400");
  }
  expect(await isServed(carrier)).toBe(true);
  expect(engine.engine.counts().bans).toBe(0);
  expect(counted(engine, "malformed")).toBe(50);
});

test("a source that becomes trusted is served from then on, ban or not", async () => {
  const engine = await start({ maxOffences: 0 });
  engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tls" });
  expect(await isServed(await from(engine, ELSEWHERE))).toBe(false);
  engine.engine.setTrustedSources(only(ELSEWHERE));
  expect(await isServed(await from(engine, ELSEWHERE))).toBe(true);
});

test("a source whose call came about is not banned, and its call goes on", async () => {
  const engine = await start();
  const app = await engine.app();
  const caller = await from(engine, ELSEWHERE);
  const { inDialog, target } = await establish(caller, app);
  for (let count = 0; count < 50; count += 1) {
    engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tcp" });
  }
  // Longer than what the ACK has earned it: now it is the dialog that counts.
  engine.clock.advance(2 * 60 * MINUTE_MS);
  for (let count = 0; count < 50; count += 1) {
    engine.engine.noteRefusal({ address: ELSEWHERE, transport: "tcp" });
  }
  caller.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await caller.next("SIP/2.0 200");
  expect(engine.engine.counts().bans).toBe(0);
});

test("over its rate an INVITE is 486 and no transaction, an OPTIONS nothing, and a call's own requests pass", async () => {
  const engine = await start({ requestBurst: 5, maxOffences: 1_000 });
  const app = await engine.app(["invite", "options"]);
  const caller = await from(engine, ELSEWHERE);
  const { inDialog, target } = await establish(caller, app);
  // The connection, the INVITE and the ACK have taken three.
  for (let count = 0; count < 2; count += 1) {
    caller.send(requestLines("INVITE"));
    await caller.next("SIP/2.0 100");
  }
  caller.send(requestLines("OPTIONS"));
  caller.send(requestLines("INVITE"));
  const busy = await caller.next("SIP/2.0 486");
  expect(busy.header("To")).toContain(";tag=node7-");
  expect(counted(engine, "too_fast")).toBe(2);
  caller.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.sip("INVITE");
  await app.sip("INVITE");
  await app.respond(await app.sip("BYE"), "200 OK");
  await caller.next("SIP/2.0 200");
  engine.clock.advance(1_000);
  caller.send(requestLines("INVITE"));
  await caller.next("SIP/2.0 100");
});

test("a flood of requests over one connection ends in a ban", async () => {
  const engine = await start({ requestBurst: 5 });
  await engine.app(["invite"]);
  const peer = await from(engine, ELSEWHERE);
  for (let count = 0; count < 500; count += 1) peer.send(requestLines("INVITE"));
  await deadline(peer.closed, PATIENCE_MS, "it was not banned");
  expect(counted(engine, "too_fast")).toBe(4);
});

test("a flood of keep-alives ends in a ban, and those of a peer that behaves are answered", async () => {
  const engine = await start({ requestBurst: 5 });
  const [flooder, other] = [await from(engine, ELSEWHERE), await engine.peer()];
  const flood = setInterval(() => flooder.write("\r\n".repeat(1_000)), 1);
  onTestFinished(() => clearInterval(flood));
  await deadline(flooder.closed, PATIENCE_MS, "it was not banned");
  other.write("\r\n\r\n");
  await eventually(() => (other.rawText === "\r\n" ? true : null), PATIENCE_MS, "no answer");
});

test("many connections in a short time count against the rate of their source", async () => {
  const engine = await start({ requestBurst: 5, maxOffences: 1_000 });
  const peers = await Promise.all(Array.from({ length: 12 }, () => from(engine, ELSEWHERE)));
  await untilCounted(engine, "too_fast", 7);
  let closed = 0;
  for (const peer of peers) void peer.closed.then(() => (closed += 1));
  await eventually(() => (closed === 7 ? true : null), PATIENCE_MS, "seven were not closed");
  expect(engine.engine.counts().connections).toBe(5);
});

test("what is no TLS handshake bans its source when it comes again and again", async () => {
  const { file } = testFolder();
  const issued = await issueCertificate(await makeTestCa(), { dnsNames: ["localhost"] });
  const certificateFile = file("node.pem", issued.certificatePem);
  const keyFile = file("node.key", issued.keyPem);
  const engine = await start(
    {},
    { listeners: [{ ...TCP, transport: "tls" }], tls: { certificateFile, keyFile } },
  );
  for (let count = 0; count < 4; count += 1) {
    const peer = await from(engine, ELSEWHERE);
    peer.write("GET / HTTP/1.1\r\n\r\n");
    await deadline(peer.closed, PATIENCE_MS, "it was not refused");
  }
  expect(faults(engine).at(-1)).toBe(
    "source_banned: 127.0.0.2: streams for 60 s, last for handshake_failed",
  );
});

async function udpEngine(limits: Partial<EngineLimits>, changes: Partial<EngineConfig> = {}) {
  const engine = await start(limits, { listeners: [TCP, UDP], ...changes });
  const port = engine.engine.listeners.find(({ transport }) => transport === "udp")?.port ?? 0;
  const udp = await ScriptedUdpPeer.bind(port);
  onTestFinished(() => udp[Symbol.asyncDispose]());
  return { engine, udp };
}

let branches = 0;
function udpOptions(changes: Record<string, string | null> = {}): string[] {
  branches += 1;
  const Via = `SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKudp${branches};rport`;
  return requestLines("OPTIONS", { Via, ...changes });
}

/** Everything that was sent before has been read when this is answered over the other transport. */
async function untilCounted(engine: TestEngine, reason: DoorReason, count: number): Promise<void> {
  await eventually(
    () => (counted(engine, reason) >= count ? true : null),
    PATIENCE_MS,
    `${reason} was not counted ${count} times`,
  );
}

test("a banned source's datagrams get no answer, and a forger of them closes nothing of its owner over TCP", async () => {
  const { engine, udp } = await udpEngine({});
  const owner = await engine.peer();
  for (let count = 0; count < 4; count += 1) {
    udp.send(udpOptions({ "Call-ID": null }));
    await udp.next("SIP/2.0 400");
  }
  expect(faults(engine).at(-1)).toBe(
    "source_banned: 127.0.0.1: datagrams for 60 s, last for malformed",
  );
  for (let count = 0; count < 5; count += 1) udp.send(udpOptions());
  await untilCounted(engine, "banned_datagram", 5);
  expect(udp.unread).toBe(0);
  expect([await isServed(owner), await isServed(await engine.peer())]).toEqual([true, true]);
  engine.clock.advance(MINUTE_MS);
  udp.send(udpOptions());
  await udp.next("SIP/2.0");
});

test("datagrams that claim a trusted address cannot get it banned", async () => {
  const { engine, udp } = await udpEngine({ requestBurst: 2 }, { trustedSources: only(HERE) });
  for (let count = 0; count < 40; count += 1) {
    udp.send(udpOptions({ "Call-ID": null }));
    await udp.next("SIP/2.0 400");
  }
  expect(engine.engine.counts().bans).toBe(0);
  expect(await isServed(await engine.peer())).toBe(true);
});

test("datagrams over the rate of their source are dropped before they are read", async () => {
  const { engine, udp } = await udpEngine({ requestBurst: 3, maxOffences: 1_000 });
  for (let count = 0; count < 10; count += 1) {
    udp.send(udpOptions());
  }
  await untilCounted(engine, "too_fast", 7);
  for (let count = 0; count < 3; count += 1) await udp.next("SIP/2.0");
  const { messages } = engine.engine.counts();
  expect(messages.filter(({ direction }) => direction === "in")).toEqual([
    { direction: "in", transport: "udp", method: "OPTIONS", kind: "request", count: 3 },
  ]);
});

test("whom we have called may answer by datagram, though its address was banned by a forger", async () => {
  const { engine, udp } = await udpEngine({ maxOffences: 0 });
  const app = await engine.app(["options"]);
  engine.engine.noteRefusal({ address: HERE, transport: "udp" });
  udp.send(udpOptions());
  await untilCounted(engine, "banned_datagram", 1);
  const target = `sip:b@127.0.0.1:${udp.port};transport=udp`;
  app.send(`sip|||${target}\r\nOPTIONS ${target} SIP/2.0\r\nfrom: <sip:100@localhost>\r\n\r\n`);
  udp.reply(await udp.next("OPTIONS"), "200 OK");
  await app.sip("SIP/2.0 200");
  udp.send(udpOptions());
  await app.respond(await app.sip("OPTIONS"), "200 OK");
  await udp.next("SIP/2.0 200");
});

test("messages are counted by direction, transport, method and class; a made-up method is no label of its own", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  await establish(peer, app);
  peer.send(requestLines("EVILMETHOD"));
  await peer.next("SIP/2.0 405");
  const { messages, connections } = engine.engine.counts();
  const rows = messages.map(({ direction, transport, method, kind, count }) => {
    return `${direction} ${transport} ${method} ${kind} ${count}`;
  });
  expect(rows.sort()).toEqual([
    "in tcp ACK request 1",
    "in tcp INVITE request 1",
    "in tcp other request 1",
    "out tcp INVITE 1xx 1",
    "out tcp INVITE 2xx 1",
    "out tcp other 4xx 1",
  ]);
  expect(connections).toBe(1);
});

test("the engine's handle tells the thread of refusals and asks it for its counts; a thread that is gone has none", async () => {
  const engine = await startEngine(
    testConfig({ limits: { ...DEFAULT_ENGINE_LIMITS, maxOffences: 0 } }),
  );
  engine.noteRefusal({ address: ELSEWHERE, transport: "tls" });
  expect(await engine.counts()).toMatchObject({ bans: 1, bannedNow: 1, connections: 0 });
  await engine[Symbol.asyncDispose]();
  expect(await engine.counts()).toBe(null);
});
