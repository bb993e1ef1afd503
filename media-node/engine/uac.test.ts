import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa, type TestCa } from "../../tests/support/certificates.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedPeer, ScriptedServer } from "./scripted-peer.ts";
import { ANSWER, establish, OFFER, startTestEngine, type TestEngine } from "./test-engine.ts";

async function start(
  changes: Parameters<typeof startTestEngine>[0] = {},
): Promise<{ engine: TestEngine; app: ScriptedApp }> {
  const engine = await startTestEngine(changes);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app() };
}

async function listen(): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function inviteFrame(target: string, nextHop = ""): string {
  const lines = [
    `sip|||${nextHop}`,
    `INVITE ${target} SIP/2.0`,
    'from: "A" <sip:100@localhost>',
    "",
    OFFER,
  ];
  return lines.join("\r\n");
}

async function placeCall(app: ScriptedApp, server: ScriptedServer) {
  const sent = await app.ask(inviteFrame(`sip:b@127.0.0.1:${server.port};transport=tcp`));
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  const contact = `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;
  return { sent, peer, invite, contact };
}

test("the application is told the request exactly as it goes out, before any response (RFC 3261 §8.1.1)", async () => {
  const { app } = await start();
  const server = await listen();
  const { sent, peer, invite } = await placeCall(app, server);
  expect(sent.tokens.slice(3, 5)).toEqual(["OK", "application"]);
  expect(sent.tokens[6]).toBe("tcp");
  expect(sent.tokens[11]).toBe("Msg sent:");
  expect(sent.sip?.text).toBe(invite.text);
  expect(invite.header("From")).toMatch(
    /^"A" <sip:100@sip\.node\.test:5060>;tag=node7-[0-9a-f]{16}$/,
  );
  expect(invite.header("To")).toBe(`<sip:b@127.0.0.1:${server.port}>`);
  expect(invite.header("Content-Type")).toBe("application/sdp");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  const ringing = await app.sip("SIP/2.0 180");
  expect(ringing.tokens[8]).toBe(sent.tokens[10]);
});

test("each repeat of the 200 is acknowledged again (RFC 3261 §13.2.2.4)", async () => {
  const { app } = await start();
  const server = await listen();
  const { peer, invite, contact } = await placeCall(app, server);
  const answer = { tag: "b", lines: [contact], body: ANSWER };
  peer.reply(invite, "200 OK", answer);
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  const ack = await peer.next("ACK");
  expect(ack.header("CSeq")).toBe(invite.header("CSeq").replace("INVITE", "ACK"));
  peer.reply(invite, "200 OK", answer);
  expect((await peer.next("ACK")).text).toBe(ack.text);
  expect(app.unread).toBe(0);
});

test("a forked second 200 is acknowledged and ended, and the call goes on (RFC 3261 §13.2.2.4)", async () => {
  const { app } = await start();
  const server = await listen();
  const { peer, invite, contact } = await placeCall(app, server);
  peer.reply(invite, "200 OK", { tag: "first", lines: [contact], body: ANSWER });
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("ACK");
  peer.reply(invite, "200 OK", { tag: "second", lines: [contact], body: ANSWER });
  expect((await peer.next("ACK")).header("To")).toContain("tag=second");
  const bye = await peer.next("BYE");
  expect(bye.header("To")).toContain("tag=second");
  expect(app.unread).toBe(0);
  await app.ask(`sip||${ok.tokens[9]}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
  expect((await peer.next("INFO")).header("To")).toContain("tag=first");
});

test("the route set is the Record-Route of the 200 in reverse, and a strict router is obeyed (RFC 3261 §12.1.2, §12.2.1.1)", async () => {
  const { app } = await start();
  const server = await listen();
  const { peer, invite, contact } = await placeCall(app, server);
  const routes = "Record-Route: <sip:p2.test;lr>, <sip:p1.test>";
  peer.reply(invite, "200 OK", { tag: "b", lines: [contact, routes] });
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  const ack = await peer.next("ACK sip:p1.test SIP/2.0");
  expect(ack.headers("Route")).toEqual(["<sip:p2.test;lr>", contact.slice("Contact: ".length)]);
});

test("a CANCEL waits for the first provisional response (RFC 3261 §9.1)", async () => {
  const { app } = await start();
  const server = await listen();
  const { sent, peer, invite } = await placeCall(app, server);
  const cancelled = await app.ask(`sip|${sent.tokens[10]}|\r\nCANCEL ${"sip:b@x"} SIP/2.0\r\n\r\n`);
  expect(cancelled.tokens[3]).toBe("OK");
  expect(peer.unread).toBe(0);
  peer.reply(invite, "100 Trying");
  const cancel = await peer.next("CANCEL");
  expect(cancel.header("Via")).toBe(invite.header("Via"));
  expect(cancel.header("CSeq")).toBe(invite.header("CSeq").replace("INVITE", "CANCEL"));
  peer.reply(cancel, "200 OK");
  peer.reply(invite, "487 Request Terminated", { tag: "b" });
  await peer.next("ACK");
  await app.sip("SIP/2.0 487");
  const unknown = await app.ask(`sip|${sent.tokens[10]}|\r\nCANCEL sip:b@x SIP/2.0\r\n\r\n`);
  expect(unknown.tokens[4]).toContain("unable to cancel unknown transaction id");
});

test("a cancelled INVITE that is never answered ends after 64*T1 (RFC 3261 §9.1)", async () => {
  const { engine, app } = await start();
  const server = await listen();
  const { sent, peer, invite } = await placeCall(app, server);
  peer.reply(invite, "180 Ringing", { tag: "b" });
  await app.sip("SIP/2.0 180");
  await app.ask(`sip|${sent.tokens[10]}|\r\nCANCEL sip:b@x SIP/2.0\r\n\r\n`);
  await peer.next("CANCEL");
  engine.clock.advance(32_000);
  expect((await app.sip("SIP/2.0 487")).tokens[3]).toBe("0");
});

test("an INVITE that nobody answers is a made-up 408, a refused connection a made-up 503", async () => {
  const { engine, app } = await start();
  const server = await listen();
  const { sent } = await placeCall(app, server);
  engine.clock.advance(32_000);
  const timeout = await app.sip("SIP/2.0 408");
  expect(timeout.tokens.slice(3, 7)).toEqual(["0", "tcp", "", "0"]);
  expect(timeout.tokens[8]).toBe(sent.tokens[10]);
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const id = await app.ask(`sip||\r\nOPTIONS sip:127.0.0.1:${port};transport=tcp SIP/2.0\r\n\r\n`);
  expect((await app.sip("SIP/2.0 503")).tokens[8]).toBe(id.tokens[10]);
});

test("a connection that closes before anything was heard is replaced, with the same branch", async () => {
  const { app } = await start();
  const server = await listen();
  const { peer, invite } = await placeCall(app, server);
  peer.end();
  const second = await server.accept();
  const again = await second.next("INVITE");
  expect(again.text).toBe(invite.text);
});

test("a re-INVITE of ours refreshes the remote target from its 200 (RFC 3261 §12.2.1.2)", async () => {
  const { engine, app } = await start();
  const peer = await engine.peer();
  const { dialogId } = await establish(peer, app);
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  const reinvite = await peer.next("INVITE");
  peer.reply(reinvite, "200 OK", {
    lines: ["Contact: <sip:moved@127.0.0.1;transport=tcp>"],
    body: ANSWER,
  });
  await app.sip("SIP/2.0 200");
  await app.ask(`sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("ACK sip:moved@127.0.0.1;transport=tcp SIP/2.0");
});

test("a request for a dialog that is not there is NOK", async () => {
  const { app } = await start();
  const answer = await app.ask("sip||nobody;from-tag=x\r\nBYE sip:placeholder SIP/2.0\r\n\r\n");
  expect(answer.tokens[4]).toContain("unable to find dialog");
});

test("one application cannot send in another one's dialog", async () => {
  const { engine, app } = await start();
  const peer = await engine.peer();
  const { dialogId } = await establish(peer, app);
  const stranger = await engine.app([]);
  const answer = await stranger.ask(`sip||${dialogId}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  expect(answer.tokens[3]).toBe("NOK");
});

interface TlsPeer {
  readonly server: ScriptedServer;
  readonly connections: () => number;
}

async function listenTls(
  ca: TestCa,
  names: Parameters<typeof issueCertificate>[1],
): Promise<TlsPeer> {
  const { certificatePem, keyPem } = await issueCertificate(ca, names);
  let established = 0;
  const tls = createTlsServer({ cert: certificatePem, key: keyPem });
  tls.on("secureConnection", (socket) => socket.once("data", () => (established += 1)));
  const server = await ScriptedServer.listen(tls, "secureConnection");
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, connections: () => established };
}

async function startTls(ca: TestCa): Promise<ReturnType<typeof start>> {
  const { file } = testFolder();
  const own = await issueCertificate(ca, { dnsNames: ["sip.node.test", "localhost"] });
  return start({
    listeners: [
      { transport: "tls", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5061 },
      { transport: "tcp", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5060 },
    ],
    tls: {
      certificateFile: file("cert.pem", own.certificatePem),
      keyFile: file("key.pem", own.keyPem),
      caFile: file("ca.pem", ca.certificatePem),
    },
  });
}

test("a call over TLS goes to a peer that proves the configured name, and says tls in Via and Contact", async () => {
  const ca = await makeTestCa();
  const { server } = await listenTls(ca, { dnsNames: ["localhost"] });
  const { app } = await startTls(ca);
  app.send(inviteFrame("sip:b@carrier.test", `sip:localhost:${server.port};transport=tls`));
  const invite = await (await server.accept()).next("INVITE sip:b@carrier.test");
  expect(invite.header("Via")).toContain("SIP/2.0/TLS sip.node.test:5061");
  expect(invite.header("Contact")).toMatch(/@sip\.node\.test:5061;transport=tls>$/);
});

test.for([
  ["another host's certificate", { dnsNames: ["elsewhere.test"] }, "tls_identity_mismatch"],
  [
    "an expired certificate",
    { dnsNames: ["localhost"], notAfter: new Date(Date.now() - 60_000) },
    "CERT_HAS_EXPIRED",
  ],
  [
    "a certificate that is not valid yet",
    { dnsNames: ["localhost"], notBefore: new Date(Date.now() + 3_600_000) },
    "CERT_NOT_YET_VALID",
  ],
  ["a certificate of an unknown authority", null, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
] as const)("%s is refused and nothing is sent", async ([, names, code]) => {
  const ca = await makeTestCa();
  const issuer = names === null ? await makeTestCa("Another CA") : ca;
  const { server, connections } = await listenTls(issuer, names ?? { dnsNames: ["localhost"] });
  const { engine, app } = await startTls(ca);
  await app.ask(inviteFrame("sip:b@carrier.test", `sip:localhost:${server.port};transport=tls`));
  await app.sip("SIP/2.0 503");
  expect(connections()).toBe(0);
  const faults = engine.events.flatMap((event) => (event.kind === "fault" ? [event.detail] : []));
  expect(faults.join()).toContain(code);
});

test("an inbound call over TLS is answered with a TLS Contact", async () => {
  const ca = await makeTestCa();
  const { engine, app } = await startTls(ca);
  const peer = await ScriptedPeer.connectTls(engine.port, ca.certificatePem, "localhost");
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const { ok } = await establish(peer, app);
  expect(ok.header("Contact")).toMatch(/@sip\.node\.test:5061;transport=tls>$/);
});
