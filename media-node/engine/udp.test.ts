import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedServer } from "./scripted-peer.ts";
import { ScriptedUdpPeer } from "./scripted-udp-peer.ts";
import { ANSWER, OFFER, requestLines, startTestEngine, type TestEngine } from "./test-engine.ts";

interface Started {
  readonly engine: TestEngine;
  readonly app: ScriptedApp;
  readonly peer: ScriptedUdpPeer;
}

async function start(host = "127.0.0.1"): Promise<Started> {
  const engine = await startTestEngine({
    listeners: [
      { transport: "udp", bindAddress: host, port: 0, advertisedPort: 5060 },
      { transport: "tcp", bindAddress: host, port: 0, advertisedPort: 5070 },
    ],
  });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const peer = await ScriptedUdpPeer.bind(engine.port, host);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return { engine, app: await engine.app(["invite"]), peer };
}

let sequence = 0;

function lines(
  method: string,
  changes: Record<string, string | null> = {},
  via = "peer.test:5060;rport",
): string[] {
  sequence += 1;
  const [sentBy = "", ...params] = via.split(";");
  const value = [`SIP/2.0/UDP ${sentBy}`, `branch=z9hG4bKudp${sequence}`, ...params].join(";");
  return requestLines(method, { Via: value, ...changes }, "sip:+15005550100@sip.node.test");
}

function ask(method: string, port: number, extra: readonly string[] = [], body = ""): string {
  const start = `${method} sip:b@127.0.0.1:${port};transport=udp SIP/2.0`;
  return ["sip|||", start, "from: <sip:100@localhost>", ...extra, "", body].join("\r\n");
}

/** Known to have had its turn after everything sent before it. */
async function nothingMore({ peer }: Started): Promise<void> {
  peer.send(lines("OPTIONS"));
  const { headers } = await peer.next("SIP/2.0");
  expect(headers("CSeq")).toEqual(["1 OPTIONS"]);
  expect(peer.unread).toBe(0);
}

test.for(["127.0.0.1", "::1"])(
  "a call from %s over UDP is set up, names UDP in its Contact, and is ended",
  async (host) => {
    const { app, peer } = await start(host);
    peer.send(lines("INVITE", { "Content-Type": "application/sdp" }), OFFER);
    await peer.next("SIP/2.0 100");
    const invite = await app.sip("INVITE");
    expect(invite.tokens.slice(4, 7)).toEqual(["udp", host, String(peer.port)]);
    await app.respond(invite, "200 OK", [], ANSWER);
    const ok = await peer.next("SIP/2.0 200");
    expect(ok.header("Contact")).toMatch(/@sip\.node\.test:5060;transport=udp>$/);
    expect(ok.header("Via")).toContain(`rport=${peer.port};received=${host}`);
    const inDialog = { To: ok.header("To"), "Call-ID": ok.header("Call-ID") };
    peer.send(lines("ACK", { ...inDialog, CSeq: "1 ACK" }));
    const ack = await app.sip("ACK");
    app.send(`sip||${ack.tokens[9] ?? ""}|\r\nBYE sip:b@ignored SIP/2.0\r\n\r\n`);
    const bye = await peer.next("BYE");
    expect(bye.header("Via")).toMatch(/^SIP\/2\.0\/UDP sip\.node\.test:5060;/);
    peer.reply(bye, "200 OK");
    await app.sip("SIP/2.0 200");
  },
);

test("a 2xx goes out again at T1, doubling to T2, until the ACK (RFC 3261 §13.3.1.4)", async () => {
  const started = await start();
  const { engine, app, peer } = started;
  peer.send(lines("INVITE"), OFFER);
  await peer.next("SIP/2.0 100");
  await app.respond(await app.sip("INVITE"), "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  for (const delayMs of [500, 1_000, 2_000, 4_000, 4_000]) {
    engine.clock.advance(delayMs - 1);
    await nothingMore(started);
    engine.clock.advance(1);
    expect((await peer.next("SIP/2.0 200")).text).toBe(ok.text);
  }
  const inDialog = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(lines("ACK", inDialog));
  await app.sip("ACK");
  engine.clock.advance(60_000);
  await nothingMore(started);
});

test("timer G repeats a refusal until the ACK, which timer I then absorbs (RFC 3261 §17.2.1)", async () => {
  const started = await start();
  const { engine, app, peer } = started;
  const invite = lines("INVITE");
  peer.send(invite);
  await peer.next("SIP/2.0 100");
  await app.respond(await app.sip("INVITE"), "486 Busy Here");
  const busy = await peer.next("SIP/2.0 486");
  for (const delayMs of [500, 1_000, 2_000, 4_000, 4_000]) {
    engine.clock.advance(delayMs - 1);
    await nothingMore(started);
    engine.clock.advance(1);
    await peer.next("SIP/2.0 486");
  }
  const ack = invite.map((line) =>
    line
      .replace(/^INVITE/, "ACK")
      .replace("1 INVITE", "1 ACK")
      .replace(/^To: .*/, `To: ${busy.header("To")}`),
  );
  peer.send(ack);
  await nothingMore(started);
  engine.clock.advance(4_999);
  peer.send(ack);
  await nothingMore(started);
  engine.clock.advance(40_000);
  await nothingMore(started);
  expect(app.unread).toBe(0);
});

test("timer A repeats an INVITE with doubling intervals until a provisional response (RFC 3261 §17.1.1.2)", async () => {
  const started = await start();
  const { engine, app, peer } = started;
  app.send(ask("INVITE", peer.port));
  const invite = await peer.next("INVITE");
  expect(invite.header("Via")).toMatch(/^SIP\/2\.0\/UDP sip\.node\.test:5060;branch=.*;rport$/);
  for (const delayMs of [500, 1_000, 2_000, 4_000]) {
    engine.clock.advance(delayMs - 1);
    await nothingMore(started);
    engine.clock.advance(1);
    expect((await peer.next("INVITE")).text).toBe(invite.text);
  }
  peer.reply(invite, "100 Trying");
  await nothingMore(started);
  engine.clock.advance(100_000);
  await nothingMore(started);
  peer.reply(invite, "486 Busy Here");
  const ack = await peer.next("ACK");
  expect(ack.header("Via")).toBe(invite.header("Via"));
  // Timer D: a repeat of the refusal is acknowledged again for 32 s.
  engine.clock.advance(31_999);
  peer.reply(invite, "486 Busy Here");
  expect((await peer.next("ACK")).text).toBe(ack.text);
  engine.clock.advance(1);
  peer.reply(invite, "486 Busy Here");
  await nothingMore(started);
});

test("an INVITE that nobody answers is repeated six times and times out after 64*T1 (timers A and B)", async () => {
  const { engine, app, peer } = await start();
  app.send(ask("INVITE", peer.port));
  await peer.next("INVITE");
  engine.clock.advance(32_000);
  for (let repeats = 0; repeats < 6; repeats += 1) await peer.next("INVITE");
  expect(peer.unread).toBe(0);
  await app.sip("SIP/2.0 408");
});

test("timer E repeats a request with intervals up to T2, at T2 once something was heard, until the final response (RFC 3261 §17.1.2.2)", async () => {
  const started = await start();
  const { engine, app, peer } = started;
  app.send(ask("OPTIONS", peer.port));
  const options = await peer.next("OPTIONS");
  for (const delayMs of [500, 1_000]) {
    engine.clock.advance(delayMs - 1);
    await nothingMore(started);
    engine.clock.advance(1);
    await peer.next("OPTIONS");
  }
  peer.reply(options, "100 Trying");
  await nothingMore(started);
  engine.clock.advance(2_000);
  await peer.next("OPTIONS");
  engine.clock.advance(3_999);
  await nothingMore(started);
  engine.clock.advance(1);
  await peer.next("OPTIONS");
  peer.reply(options, "200 OK");
  await app.sip("SIP/2.0 200");
  engine.clock.advance(60_000);
  await nothingMore(started);
});

test("a repeated request gets the same response for 64*T1 and reaches the application once (timer J)", async () => {
  const started = await start();
  const { engine, peer } = started;
  const options = lines("OPTIONS");
  peer.send(options);
  const first = await peer.next("SIP/2.0");
  engine.clock.advance(31_999);
  peer.send(options);
  expect((await peer.next("SIP/2.0")).text).toBe(first.text);
  engine.clock.advance(1);
  peer.send(options);
  expect((await peer.next("SIP/2.0")).header("To")).not.toBe(first.header("To"));
});

test("without rport a response goes to the source address at the sent-by port (RFC 3261 §18.2.2)", async () => {
  const { engine, peer } = await start();
  const other = await ScriptedUdpPeer.bind(engine.port);
  onTestFinished(() => other[Symbol.asyncDispose]());
  // The host in Via is somebody else's: it is never what a response is sent to.
  peer.send(lines("OPTIONS", {}, `192.0.2.9:${other.port};maddr=192.0.2.8`));
  const response = await other.next("SIP/2.0");
  expect(response.header("Via")).toContain(";received=127.0.0.1");
  expect(peer.unread).toBe(0);
});

test.for([
  ["STUN", Buffer.from("000100002112a442000102030405060708090a0b", "hex")],
  ["a keep-alive", "\r\n\r\n"],
  ["nothing", ""],
  ["a message cut off", "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP"],
] as const)("%s is not answered", async ([, datagram]) => {
  const started = await start();
  started.peer.write(datagram);
  await nothingMore(started);
});

test("a body shorter than Content-Length is refused, octets behind it are ignored (RFC 3261 §18.3)", async () => {
  const { peer } = await start();
  peer.write(`${lines("OPTIONS").join("\r\n")}\r\nContent-Length: 10\r\n\r\nshort`);
  await peer.next("SIP/2.0 400");
  peer.write(`${lines("REGISTER").join("\r\n")}\r\nContent-Length: 2\r\n\r\n12and more`);
  await peer.next("SIP/2.0 405");
});

const LONG = [`Subject: ${"long ".repeat(300)}`];

test("a request over 1300 octets goes by TCP, its CANCEL too, and is not repeated there (RFC 3261 §18.1.1)", async () => {
  const started = await start();
  const { engine, app } = started;
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const sent = await app.ask(ask("INVITE", server.port, LONG));
  const stream = await server.accept();
  const invite = await stream.next("INVITE");
  expect(invite.header("Via")).toMatch(/^SIP\/2\.0\/TCP sip\.node\.test:5070;branch=z9hG4bK/);
  engine.clock.advance(16_000);
  stream.reply(invite, "180 Ringing", { tag: "b" });
  await app.sip("SIP/2.0 180");
  expect(stream.unread).toBe(0);
  app.send(`sip|${sent.tokens[10]}||\r\nCANCEL sip:b@ignored SIP/2.0\r\n\r\n`);
  const cancel = await stream.next("CANCEL");
  expect(cancel.header("Via")).toBe(invite.header("Via"));
  stream.reply(cancel, "200 OK");
  stream.reply(invite, "487 Request Terminated", { tag: "b" });
  expect((await stream.next("ACK")).header("Via")).toBe(invite.header("Via"));
});

test("a request over 1300 octets goes by UDP after all when its target takes no TCP", async () => {
  const { engine, app, peer } = await start();
  // Nothing listens for TCP at the peer's port.
  const probe = createServer();
  probe.listen(peer.port, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  await new Promise((resolve) => probe.close(resolve));
  app.send(ask("OPTIONS", peer.port, LONG));
  const options = await peer.next("OPTIONS");
  expect(options.text.length).toBeGreaterThan(1_300);
  expect(options.header("Via")).toMatch(/^SIP\/2\.0\/UDP sip\.node\.test:5060;/);
  engine.clock.advance(500);
  await peer.next("OPTIONS");
  peer.reply(options, "200 OK");
  await app.sip("SIP/2.0 200");
});

test("without a UDP listener a target over UDP is refused and nothing is sent", async () => {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const peer = await ScriptedUdpPeer.bind(engine.port);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const app = await engine.app();
  const answer = await app.ask(ask("OPTIONS", peer.port));
  expect(answer.tokens.slice(3)).toEqual(["NOK", "requested protocol/transport not available"]);
  expect(peer.unread).toBe(0);
});
