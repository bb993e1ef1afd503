import { createServer } from "node:net";
import { performance } from "node:perf_hooks";
import { describe, expect, onTestFinished, test } from "vitest";
import type { NextHop, Resolver, SipTarget } from "./resolver.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedServer, type WireText } from "./scripted-peer.ts";
import { ANSWER, OFFER, startTestEngine, type TestEngine } from "./test-engine.ts";

/** Puts these ports of loopback in the place of the DNS. */
function resolverTo(ports: readonly number[]): Resolver & { readonly asked: NextHop[] } {
  const asked: NextHop[] = [];
  return {
    asked,
    resolve: async (nextHop) => {
      asked.push(nextHop);
      const targets = ports.map((port): SipTarget => {
        return { address: "127.0.0.1", port, transport: "tcp", family: 4 };
      });
      return { referenceIdentity: nextHop.host, targets };
    },
  };
}

async function listen(): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function start(ports: readonly number[]): Promise<{ engine: TestEngine; app: ScriptedApp }> {
  const engine = await startTestEngine({}, { resolver: resolverTo(ports) });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app() };
}

const INVITE = ["sip||", "INVITE sip:b@carrier.test SIP/2.0", "", OFFER].join("\r\n");
const OPTIONS = "sip||\r\nOPTIONS sip:carrier.test SIP/2.0\r\n\r\n";
const contact = (server: ScriptedServer): string =>
  `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;

/** What stays the same however many targets a request is sent to. */
function identityOf(request: WireText): string[] {
  return ["From", "To", "Call-ID", "CSeq"].map((name) => request.header(name));
}

/** One turn of the engine's loop at least: what it was about to do, it has begun. */
async function answersOnItsControlSide(app: ScriptedApp): Promise<void> {
  await app.ask("route|MESSAGE");
}

describe("an INVITE goes to the next target (RFC 3263 §4.3)", () => {
  test("past a dead port and a 503 within three seconds, as one request to the application", async () => {
    const [busy, good] = [await listen(), await listen()];
    const { app } = await start([await deadPort(), busy.port, good.port]);
    const startedMs = performance.now();
    const sent = await app.ask(INVITE);
    const refusing = await busy.accept();
    const first = await refusing.next("INVITE sip:b@carrier.test");
    expect(sent.sip?.text).toBe(first.text);
    refusing.reply(first, "503 Service Unavailable", { tag: "x" });
    await refusing.next("ACK");
    const answering = await good.accept();
    const second = await answering.next("INVITE sip:b@carrier.test");
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(identityOf(second)).toEqual(identityOf(first));
    expect(second.header("Via")).not.toBe(first.header("Via"));
    answering.reply(second, "200 OK", { tag: "b", lines: [contact(good)], body: ANSWER });
    const ok = await app.sip("SIP/2.0 200");
    expect(ok.tokens[8]).toBe(sent.tokens[10]);
    await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    await answering.next("ACK");
    await app.ask(`sip||${ok.tokens[9]}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    await answering.next("BYE");
    expect(app.unread).toBe(0);
  });

  test("past a 503 that comes after a challenge, with the CSeq going on", async () => {
    const [busy, good] = [await listen(), await listen()];
    const { app, engine } = await start([busy.port, good.port]);
    engine.engine.setAccount("acc", { username: "trunk", password: "secret" });
    await app.ask(INVITE.replace("SIP/2.0", "SIP/2.0\r\nx-trunkline-account: acc"));
    const refusing = await busy.accept();
    const first = await refusing.next("INVITE");
    const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n1"';
    refusing.reply(first, "401 Unauthorized", { tag: "x", lines: [challenge] });
    await refusing.next("ACK");
    const authorised = await refusing.next("INVITE");
    refusing.reply(authorised, "503 Service Unavailable", { tag: "y" });
    const answering = await good.accept();
    const moved = await answering.next("INVITE");
    expect(identityOf(moved)).toEqual(identityOf(authorised));
    expect(moved.header("Authorization")).toBe("");
    answering.reply(moved, "401 Unauthorized", { tag: "z", lines: [challenge] });
    await answering.next("ACK");
    const again = await answering.next("INVITE");
    expect(again.header("Authorization")).toContain('nonce="n1"');
  });

  test("when nothing at all is heard for five seconds; a late 100 is then cancelled", async () => {
    const [silent, good] = [await listen(), await listen()];
    const { engine, app } = await start([silent.port, good.port]);
    await app.ask(INVITE);
    const late = await silent.accept();
    const first = await late.next("INVITE");
    engine.clock.advance(4_999);
    await answersOnItsControlSide(app);
    expect(good.waiting).toBe(0);
    engine.clock.advance(1);
    const answering = await good.accept();
    const second = await answering.next("INVITE");
    late.reply(first, "100 Trying");
    const cancel = await late.next("CANCEL");
    expect(cancel.header("Via")).toBe(first.header("Via"));
    late.reply(cancel, "200 OK");
    late.reply(first, "487 Request Terminated", { tag: "late" });
    await late.next("ACK");
    answering.reply(second, "180 Ringing", { tag: "b" });
    await app.sip("SIP/2.0 180");
    expect(app.unread).toBe(0);
  });

  test("and a late 200 of the silent one is acknowledged and ended, and does not touch the call", async () => {
    const [silent, good] = [await listen(), await listen()];
    const { engine, app } = await start([silent.port, good.port]);
    await app.ask(INVITE);
    const late = await silent.accept();
    const first = await late.next("INVITE");
    engine.clock.advance(5_000);
    const answering = await good.accept();
    const second = await answering.next("INVITE");
    answering.reply(second, "200 OK", { tag: "b", lines: [contact(good)], body: ANSWER });
    const ok = await app.sip("SIP/2.0 200");
    late.reply(first, "200 OK", { tag: "late", lines: [contact(silent)], body: ANSWER });
    expect((await late.next("ACK")).header("To")).toContain("tag=late");
    expect((await late.next("BYE")).header("To")).toContain("tag=late");
    await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    expect((await answering.next("ACK")).header("To")).toContain("tag=b");
    expect(app.unread).toBe(0);
  });

  test("when the connection closes unanswered and cannot be made again", async () => {
    const [dying, good] = [await listen(), await listen()];
    const { app } = await start([dying.port, good.port]);
    await app.ask(INVITE);
    const peer = await dying.accept();
    await peer.next("INVITE");
    await dying[Symbol.asyncDispose]();
    await (await good.accept()).next("INVITE");
  });

  test("with a Contact of the transport that it then takes", async () => {
    const [busy, good] = [await listen(), await listen()];
    const { app } = await start([busy.port, good.port]);
    const asked = ["sip||", "INVITE sip:b@carrier.test SIP/2.0"];
    await app.ask([...asked, "Contact: <sip:me@localhost;transport=tls>", "", OFFER].join("\r\n"));
    const refusing = await busy.accept();
    const first = await refusing.next("INVITE");
    refusing.reply(first, "503 Service Unavailable", { tag: "x" });
    const second = await (await good.accept()).next("INVITE");
    expect(second.header("Contact")).toBe("<sip:me@sip.node.test:5060;transport=tcp>");
  });
});

describe("an INVITE stays where it is", () => {
  test.each(["486 Busy Here", "404 Not Found", "603 Decline", "500 Server Internal Error"])(
    "when refused by %s",
    async (status) => {
      const [first, second] = [await listen(), await listen()];
      const { app } = await start([first.port, second.port]);
      await app.ask(INVITE);
      const peer = await first.accept();
      peer.reply(await peer.next("INVITE"), status, { tag: "b" });
      await app.sip(`SIP/2.0 ${status}`);
      await peer.next("ACK");
      expect(second.waiting).toBe(0);
    },
  );

  test("when it has rung and is then refused by 503", async () => {
    const [first, second] = [await listen(), await listen()];
    const { app } = await start([first.port, second.port]);
    await app.ask(INVITE);
    const peer = await first.accept();
    const invite = await peer.next("INVITE");
    peer.reply(invite, "183 Session Progress", { tag: "b" });
    await app.sip("SIP/2.0 183");
    peer.reply(invite, "503 Service Unavailable", { tag: "b" });
    await app.sip("SIP/2.0 503");
    expect(second.waiting).toBe(0);
  });

  test("when a 100 has come, however long the rest takes", async () => {
    const [first, second] = [await listen(), await listen()];
    const { engine, app } = await start([first.port, second.port]);
    await app.ask(INVITE);
    const peer = await first.accept();
    const invite = await peer.next("INVITE");
    peer.reply(invite, "100 Trying");
    peer.reply(invite, "180 Ringing", { tag: "b" });
    await app.sip("SIP/2.0 180");
    engine.clock.advance(20_000);
    peer.reply(invite, "486 Busy Here", { tag: "b" });
    await app.sip("SIP/2.0 486");
    expect(second.waiting).toBe(0);
  });

  test("when the application has cancelled it", async () => {
    const [first, second] = [await listen(), await listen()];
    const { app } = await start([first.port, second.port]);
    const sent = await app.ask(INVITE);
    const peer = await first.accept();
    const invite = await peer.next("INVITE");
    await app.ask(`sip|${sent.tokens[10]}|\r\nCANCEL sip:b@x SIP/2.0\r\n\r\n`);
    peer.reply(invite, "503 Service Unavailable", { tag: "b" });
    await app.sip("SIP/2.0 503");
    expect(second.waiting).toBe(0);
  });
});

test("the final failure is the last target's, with its own headers", async () => {
  const [first, second] = [await listen(), await listen()];
  const { app } = await start([first.port, second.port, await deadPort()]);
  const sent = await app.ask(INVITE);
  for (const [server, name] of [
    [first, "first"],
    [second, "second"],
  ] as const) {
    const peer = await server.accept();
    const lines = [`Warning: 399 ${name} "full"`];
    peer.reply(await peer.next("INVITE"), "503 Service Unavailable", { tag: "x", lines });
    await peer.next("ACK");
  }
  const failure = await app.sip("SIP/2.0 503");
  expect(failure.sip?.header("Warning")).toContain("second");
  expect(failure.tokens[8]).toBe(sent.tokens[10]);
  expect(app.unread).toBe(0);
});

test("a CANCEL reaches the target that has the INVITE now", async () => {
  const [busy, good] = [await listen(), await listen()];
  const { app } = await start([busy.port, good.port]);
  const sent = await app.ask(INVITE);
  const refusing = await busy.accept();
  refusing.reply(await refusing.next("INVITE"), "503 Service Unavailable", { tag: "x" });
  const peer = await good.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  await app.sip("SIP/2.0 180");
  await app.ask(`sip|${sent.tokens[10]}|\r\nCANCEL sip:b@x SIP/2.0\r\n\r\n`);
  expect((await peer.next("CANCEL")).header("Via")).toBe(invite.header("Via"));
});

test("a request other than INVITE goes past a dead port and a 503 too", async () => {
  const [busy, good] = [await listen(), await listen()];
  const { app } = await start([await deadPort(), busy.port, good.port]);
  const sent = await app.ask(OPTIONS);
  const refusing = await busy.accept();
  const first = await refusing.next("OPTIONS");
  refusing.reply(first, "503 Service Unavailable", { tag: "x" });
  const peer = await good.accept();
  const second = await peer.next("OPTIONS");
  expect(identityOf(second)).toEqual(identityOf(first));
  peer.reply(second, "200 OK", { tag: "b" });
  expect((await app.sip("SIP/2.0 200")).tokens[8]).toBe(sent.tokens[10]);
  expect(app.unread).toBe(0);
});

describe("a target that has failed", () => {
  test.each([
    { lines: [], restS: 30 },
    { lines: ["Retry-After: 120 (overloaded)"], restS: 120 },
    { lines: ["Retry-After: 86400"], restS: 300 },
  ])("with $lines comes last for $restS s", async ({ lines, restS }) => {
    const [busy, good] = [await listen(), await listen()];
    const { engine, app } = await start([busy.port, good.port]);
    await app.ask(OPTIONS);
    const first = await busy.accept();
    first.reply(await first.next("OPTIONS"), "503 Service Unavailable", {
      tag: "x",
      lines,
    });
    const moved = await good.accept();
    moved.reply(await moved.next("OPTIONS"), "200 OK", { tag: "b" });
    await app.sip("SIP/2.0 200");

    engine.clock.advance(restS * 1_000 - 1);
    await app.ask(OPTIONS);
    moved.reply(await moved.next("OPTIONS"), "200 OK", { tag: "b" });
    await app.sip("SIP/2.0 200");

    engine.clock.advance(1);
    await app.ask(OPTIONS);
    first.reply(await first.next("OPTIONS"), "200 OK", { tag: "b" });
    await app.sip("SIP/2.0 200");
  });

  /** The only target has answered 503, and has asked for a rest. */
  async function resting(retryAfter: string) {
    const only = await listen();
    const { engine, app } = await start([only.port]);
    await app.ask(OPTIONS);
    const peer = await only.accept();
    const lines = [`Retry-After: ${retryAfter}`];
    peer.reply(await peer.next("OPTIONS"), "503 Service Unavailable", { tag: "x", lines });
    await app.sip("SIP/2.0 503");
    return { engine, app, peer, port: only.port };
  }

  test.each([
    { asked: "2", restMs: 2_000 },
    { asked: "120", restMs: 5_000 },
  ])(
    "and is the only one is left alone for the $asked s that it asks, five at most (RFC 3261 §21.5.4)",
    async ({ asked, restMs }) => {
      const { engine, app, peer, port } = await resting(asked);
      engine.clock.advance(restMs - 1);
      await app.ask(OPTIONS);
      expect((await app.sip("SIP/2.0 503")).tokens[3]).toBe("0");
      expect(peer.unread).toBe(0);
      expect(engine.events).toContainEqual({
        kind: "fault",
        code: "target_resting",
        detail: `tcp 127.0.0.1:${port}: target_resting`,
      });
      engine.clock.advance(1);
      await app.ask(OPTIONS);
      peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "b" });
      await app.sip("SIP/2.0 200");
    },
  );

  test("rests for the host whose request it refused, and serves another's", async () => {
    const { app, peer } = await resting("120");
    await app.ask("sip||\r\nOPTIONS sip:other-customer.test SIP/2.0\r\n\r\n");
    await peer.next("OPTIONS sip:other-customer.test");
  });

  test("and does not say for how long is tried all the same when it is the only one", async () => {
    const { app, peer } = await resting("soon");
    await app.ask(OPTIONS);
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "b" });
    await app.sip("SIP/2.0 200");
  });
});

describe("the address policy", () => {
  test.each([
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
  ])("of a public deployment refuses %s when it is dialled", async (address) => {
    const server = await listen();
    const resolver: Resolver = {
      resolve: async ({ host }) => ({
        referenceIdentity: host,
        targets: [{ address, port: server.port, transport: "tcp", family: 4 }],
      }),
    };
    const engine = await startTestEngine({ addressPolicy: "public" }, { resolver });
    onTestFinished(() => engine[Symbol.asyncDispose]());
    const app = await engine.app();
    await app.ask(INVITE);
    await app.sip("SIP/2.0 503");
    expect(server.waiting).toBe(0);
    expect(engine.events).toContainEqual(
      expect.objectContaining({ kind: "fault", code: "address_refused" }),
    );
  });

  test("of a public deployment also holds for addresses in the URI itself", async () => {
    const server = await listen();
    const engine = await startTestEngine({ addressPolicy: "public" });
    onTestFinished(() => engine[Symbol.asyncDispose]());
    const app = await engine.app();
    await app.ask(`sip||\r\nOPTIONS sip:127.0.0.1:${server.port};transport=tcp SIP/2.0\r\n\r\n`);
    await app.sip("SIP/2.0 503");
    expect(server.waiting).toBe(0);
  });
});
