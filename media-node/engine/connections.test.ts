import { connect as connectSocket, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Cidr, parseCidr } from "../../schema/values/cidr.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { DEFAULT_ENGINE_LIMITS, type EngineConfig } from "./engine-config.ts";
import { ScriptedPeer, ScriptedServer } from "./scripted-peer.ts";
import {
  ANSWER,
  establish,
  OFFER,
  requestLines,
  startTestEngine,
  type TestEngine,
} from "./test-engine.ts";

const PATIENCE_MS = 5_000;
const MINUTE_MS = 60_000;

async function start(changes: Partial<EngineConfig> = {}): Promise<TestEngine> {
  const engine = await startTestEngine(changes);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

function loopback(): Cidr {
  const cidr = parseCidr("127.0.0.0/8");
  if (cidr === null) throw new Error("no block");
  return cidr;
}

function faults(engine: TestEngine): string[] {
  return engine.events.flatMap((event) => (event.kind === "fault" ? [event.code] : []));
}

/** A valid request, answered whatever the answer: the connection is served. */
async function probe(peer: ScriptedPeer): Promise<void> {
  peer.send(requestLines("OPTIONS"));
  await peer.next("SIP/2.0");
}

/** Double CRLFs that stand between messages: at the start of a line, which the end of a header section does not. */
function pings(peer: ScriptedPeer): number {
  return (peer.rawText.match(/^\r\n\r\n/gm) ?? []).length;
}

function closed(peer: ScriptedPeer): Promise<void> {
  return deadline(peer.closed, PATIENCE_MS, "the connection was not closed");
}

/** Of `count` connections opened at once: how many are served, the others being closed. */
async function served(engine: TestEngine, count: number): Promise<ScriptedPeer[]> {
  const peers = await Promise.all(Array.from({ length: count }, () => engine.peer()));
  const outcomes = await Promise.all(
    peers.map(async (peer) => {
      peer.send(requestLines("OPTIONS"));
      const isServed = await Promise.race([
        peer.next("SIP/2.0").then(() => true),
        closed(peer).then(() => false),
      ]);
      return isServed ? [peer] : [];
    }),
  );
  return outcomes.flat();
}

test("of 150 connections of one source 20 are served, a call that is up goes on, and closed ones make room", async () => {
  const engine = await start();
  const app = await engine.app();
  const caller = await engine.peer();
  const { inDialog, target } = await establish(caller, app);
  const peers = await served(engine, 150);
  expect(peers).toHaveLength(19);
  expect(faults(engine)).toEqual(["connection_refused"]);
  for (const peer of peers.slice(0, 5)) peer.end();
  await eventually(
    async () => ((await served(engine, 1)).length === 1 ? true : null),
    PATIENCE_MS,
    "no room was made",
  );
  caller.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await caller.next("SIP/2.0 200");
});

test("a source named at run time has the cap of trusted sources", async () => {
  const limits = {
    ...DEFAULT_ENGINE_LIMITS,
    maxConnectionsPerSource: 2,
    maxConnectionsPerTrustedSource: 6,
  };
  const engine = await start({ limits });
  expect(await served(engine, 8)).toHaveLength(2);
  engine.engine.setTrustedSources([loopback()]);
  expect(await served(engine, 8)).toHaveLength(4);
});

test("a message that has begun is over within 10 s, whatever trickles in, or its connection is closed", async () => {
  const engine = await start();
  const peer = await engine.peer();
  await probe(peer);
  peer.write("OPTIONS sip:a@b SIP/2.0\r\nVia: ");
  for (let seconds = 0; seconds < 9; seconds += 1) {
    // Known to have been read once the event loop has turned for a connection that came later.
    peer.write("x");
    await probe(await engine.peer());
    engine.clock.advance(1_000);
  }
  expect(faults(engine)).toEqual([]);
  engine.clock.advance(1_000);
  await closed(peer);
  expect(faults(engine)).toEqual(["message_unfinished"]);
});

test("a connection that never carried a valid request is closed after 2 minutes, keep-alives or not", async () => {
  const engine = await start();
  const silent = await engine.peer();
  const chatty = await engine.peer();
  const known = await engine.peer();
  await probe(known);
  chatty.write("\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n");
  await eventually(() => chatty.rawText.includes("\r\n") || null, PATIENCE_MS, "no pong");
  engine.clock.advance(2 * MINUTE_MS + 10_000);
  await Promise.all([closed(silent), closed(chatty)]);
  await probe(known);
  engine.clock.advance(59 * MINUTE_MS);
  await probe(known);
  engine.clock.advance(61 * MINUTE_MS);
  await closed(known);
});

test("a trusted source is given an hour from the start", async () => {
  const engine = await start({ trustedSources: [loopback()] });
  const peer = await engine.peer();
  await eventually(
    async () => (await served(engine, 1)).length === 1 || null,
    PATIENCE_MS,
    "not accepted",
  );
  engine.clock.advance(59 * MINUTE_MS);
  await probe(peer);
});

test("a connection with a live dialog is never closed as idle", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { inDialog, target } = await establish(peer, app);
  engine.clock.advance(5 * 60 * MINUTE_MS);
  peer.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await peer.next("SIP/2.0 200");
});

test("a peer that asks and never reads is given up when too much waits for it", async () => {
  const engine = await start({ limits: { ...DEFAULT_ENGINE_LIMITS, requestBurst: 1_000_000 } });
  const socket: Socket = connectSocket({ host: "127.0.0.1", port: engine.port });
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  const ask = `${requestLines("OPTIONS", { From: `<sip:${"a".repeat(8_000)}@b>;tag=1` }).join("\r\n")}\r\nContent-Length: 0\r\n\r\n`;
  const pump = (): void => {
    while (!socket.destroyed && socket.write(ask));
  };
  socket.on("drain", pump);
  pump();
  await eventually(
    () => faults(engine).includes("peer_reads_nothing") || null,
    PATIENCE_MS,
    "it was not given up",
  );
  await probe(await engine.peer());
});

async function callOut(engine: TestEngine) {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const app = await engine.app();
  const target = `sip:b@127.0.0.1:${server.port};transport=tcp`;
  const invite = ["INVITE ", "OPTIONS "].map((method) =>
    ["sip|||", `${method}${target} SIP/2.0`, "from: <sip:100@localhost>", ""].join("\r\n"),
  );
  return { server, app, invite: `${invite[0]}\r\n${OFFER}`, options: `${invite[1]}\r\n` };
}

test("a double CRLF goes out every 25 s on a connection with a dialog, and on no other (RFC 5626 §3.5.1)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const other = await engine.peer();
  await establish(peer, app);
  await probe(other);
  engine.clock.advance(24_999);
  await probe(peer);
  expect(pings(peer)).toBe(0);
  engine.clock.advance(1);
  await probe(peer);
  expect(pings(peer)).toBe(1);
  engine.clock.advance(25_000);
  await probe(peer);
  await probe(other);
  expect([pings(peer), pings(other)]).toEqual([2, 0]);
});

test("a peer that has answered a keep-alive and then answers none is replaced, one that never did is kept", async () => {
  const engine = await start();
  const app = await engine.app();
  const answering = await engine.peer();
  const mute = await engine.peer();
  await establish(answering, app);
  await establish(mute, app);
  const before = pings(answering);
  engine.clock.advance(25_000);
  await eventually(() => pings(answering) > before || null, PATIENCE_MS, "no keep-alive");
  answering.write("\r\n");
  await probe(answering);
  engine.clock.advance(25_000);
  // Anything that is heard will do: the peer is alive.
  await probe(answering);
  engine.clock.advance(24_000);
  await probe(answering);
  engine.clock.advance(1_000 + 9_999);
  await probe(mute);
  expect(faults(engine)).toEqual([]);
  engine.clock.advance(1);
  await closed(answering);
  expect(faults(engine)).toEqual(["keepalive_unanswered"]);
  await probe(mute);
});

test("a connection over which two transactions in a row time out is closed, and the next request takes a new one", async () => {
  const engine = await start();
  const { server, app, options } = await callOut(engine);
  app.send(options);
  const peer = await server.accept();
  await peer.next("OPTIONS");
  engine.clock.advance(32_000);
  await app.sip("SIP/2.0 408");
  app.send(options);
  await peer.next("OPTIONS");
  expect(faults(engine)).toEqual([]);
  engine.clock.advance(32_000);
  await app.sip("SIP/2.0 408");
  await closed(peer);
  expect(faults(engine)).toEqual(["connection_silent"]);
  app.send(options);
  const replacement = await server.accept();
  replacement.reply(await replacement.next("OPTIONS"), "200 OK", { tag: "b" });
  await app.sip("SIP/2.0 200");
});

test("an answer between two timeouts shows that the connection lives", async () => {
  const engine = await start();
  const { server, app, options } = await callOut(engine);
  app.send(options);
  const peer = await server.accept();
  for (let round = 0; round < 3; round += 1) {
    await peer.next("OPTIONS");
    engine.clock.advance(32_000);
    await app.sip("SIP/2.0 408");
    app.send(options);
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "b" });
    await app.sip("SIP/2.0 200");
    app.send(options);
  }
  await peer.next("OPTIONS");
  expect(faults(engine)).toEqual([]);
});

test("the dialog of a silent connection goes on over a new one", async () => {
  const engine = await start();
  const { server, app, invite, options } = await callOut(engine);
  app.send(invite);
  const peer = await server.accept();
  const contact = `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;
  const lines = [contact, "Content-Type: application/sdp"];
  peer.reply(await peer.next("INVITE"), "200 OK", { tag: "b", lines, body: ANSWER });
  const ok = await app.sip("SIP/2.0 200");
  const dialogId = ok.tokens[9] ?? "";
  for (let round = 0; round < 2; round += 1) {
    app.send(options);
    await peer.next("OPTIONS");
    engine.clock.advance(32_000);
    await app.sip("SIP/2.0 408");
  }
  await closed(peer);
  app.send(`sip||${dialogId}|\r\nBYE sip:b@ignored SIP/2.0\r\n\r\n`);
  const replacement = await server.accept();
  replacement.reply(await replacement.next("BYE"), "200 OK");
  await app.sip("SIP/2.0 200");
});

test("a call over IPv6 names its addresses in brackets on the wire, and goes on over a new connection", async () => {
  const listeners = [{ transport: "tcp", bindAddress: "::1", port: 0 } as const];
  const engine = await start({ listeners, advertisedHost: "2001:db8::7" });
  const app = await engine.app();
  const connect = () => ScriptedPeer.connect(engine.port, "::1");
  const peer = await connect();
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const { ok, inDialog, target } = await establish(peer, app);
  expect(ok.header("Contact")).toContain(`@[2001:db8::7]:${engine.port};transport=tcp>`);
  expect(ok.header("Via")).toContain(";received=::1");
  peer.end();
  const next = await connect();
  onTestFinished(() => next[Symbol.asyncDispose]());
  next.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await next.next("SIP/2.0 200");
});

test("a request to an IPv6 literal is sent there", async () => {
  const engine = await start();
  const app = await engine.app();
  const server = await ScriptedServer.listen(undefined, undefined, "::1");
  onTestFinished(() => server[Symbol.asyncDispose]());
  const target = `sip:b@[::1]:${server.port};transport=tcp`;
  app.send(`sip|||\r\nOPTIONS ${target} SIP/2.0\r\nfrom: <sip:100@localhost>\r\n\r\n`);
  const peer = await server.accept();
  const options = await peer.next(`OPTIONS sip:b@[::1]:${server.port}`);
  peer.reply(options, "200 OK", { tag: "b" });
  await app.sip("SIP/2.0 200");
});
