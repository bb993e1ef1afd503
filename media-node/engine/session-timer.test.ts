import { expect, onTestFinished, test, vi } from "vitest";
import type { EngineConfig } from "./engine-config.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { type ScriptedPeer, ScriptedServer } from "./scripted-peer.ts";
import { ANSWER, OFFER, requestLines, startTestEngine, type TestEngine } from "./test-engine.ts";

async function start(
  changes: Partial<EngineConfig> = {},
): Promise<{ engine: TestEngine; app: ScriptedApp; peer: ScriptedPeer }> {
  const engine = await startTestEngine(changes);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app(), peer: await engine.peer() };
}

/** INVITE with these headers, answered at once and acknowledged. */
async function answer(peer: ScriptedPeer, app: ScriptedApp, headers: Record<string, string>) {
  peer.send(requestLines("INVITE", { "Content-Type": "application/sdp", ...headers }), OFFER);
  await peer.next("SIP/2.0 100");
  const answered = await app.respond(await app.sip("INVITE"), "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  const inDialog = (cseq: number, method: string) => ({
    To: ok.header("To"),
    "Call-ID": ok.header("Call-ID"),
    CSeq: `${cseq} ${method}`,
  });
  peer.send(requestLines("ACK", inDialog(1, "ACK")));
  await app.sip("ACK");
  return { ok, inDialog, dialogId: answered.tokens[11] ?? "" };
}

test("a peer with timers refreshes; without a refresh the call ends 32 s early (RFC 4028 §9, §10)", async () => {
  const { engine, app, peer } = await start();
  const timer = { Supported: "timer", "Session-Expires": "1800" };
  const { ok, inDialog, dialogId } = await answer(peer, app, timer);
  expect(ok.header("Session-Expires")).toBe("1800;refresher=uac");
  expect(ok.header("Require")).toBe("timer");
  engine.clock.advance(1_700_000);
  const refresh = { ...inDialog(2, "UPDATE"), "Session-Expires": "1800;refresher=uac" };
  peer.send(requestLines("UPDATE", { ...refresh, Supported: "timer" }));
  await app.respond(await app.sip("UPDATE"), "200 OK");
  expect((await peer.next("SIP/2.0 200")).header("Session-Expires")).toBe("1800;refresher=uac");
  engine.clock.advance(1_767_999);
  peer.send(requestLines("OPTIONS"));
  await peer.next("SIP/2.0 405");
  engine.clock.advance(1);
  const bye = await peer.next("BYE");
  expect(bye.header("Reason")).toContain("Session timer expired");
  const told = await app.sip("BYE");
  expect([told.tokens[2], told.tokens[8], told.tokens[9]]).toEqual([
    "application",
    "unsolicited",
    dialogId,
  ]);
});

test("an interval below 90 s is 422 with Min-SE, and Require: timer is met (RFC 4028 §9)", async () => {
  const { app, peer } = await start();
  const headers = { Require: "timer", "Session-Expires": "89;refresher=uac" };
  peer.send(requestLines("INVITE", headers));
  expect((await peer.next("SIP/2.0 422")).header("Min-SE")).toBe("90");
  expect(app.unread).toBe(0);
  const { ok } = await answer(peer, app, { ...headers, "Session-Expires": "90" });
  expect(ok.header("Session-Expires")).toBe("90;refresher=uac");
});

test("a configured least interval stands in the 422, and in INVITEs of ours (RFC 4028 §5)", async () => {
  const { app, peer } = await start({ minSeS: 600, sessionExpiresS: 1_800 });
  peer.send(requestLines("INVITE", { Supported: "timer", "Session-Expires": "599" }));
  expect((await peer.next("SIP/2.0 422")).header("Min-SE")).toBe("600");
  const { invite } = await place(app);
  expect(invite.header("Min-SE")).toBe("600");
});

test("for a peer without timers we refresh at half the interval by a re-INVITE with the last SDP, and nobody is told", async () => {
  const { engine, app, peer } = await start();
  const { ok } = await answer(peer, app, { "Session-Expires": "600" });
  expect(ok.header("Session-Expires")).toBe("600;refresher=uas");
  expect(ok.header("Require")).toBe("");
  for (const round of [1, 2]) {
    engine.clock.advance(300_000);
    const refresh = await peer.next("INVITE sip:caller@127.0.0.1:5060");
    expect(refresh.header("CSeq")).toBe(`${round} INVITE`);
    expect(refresh.header("Session-Expires")).toBe("600;refresher=uac");
    expect(refresh.header("Supported")).toBe("timer");
    expect(refresh.body).toBe(ANSWER);
    const contact = { lines: ["Contact: <sip:caller@127.0.0.1:5060;transport=tcp>"] };
    peer.reply(refresh, "200 OK", contact);
    const ack = await peer.next("ACK");
    expect(ack.header("CSeq")).toBe(`${round} ACK`);
    peer.reply(refresh, "200 OK", contact);
    expect((await peer.next("ACK")).text).toBe(ack.text);
  }
  expect(app.unread).toBe(0);
});

test("a peer that allows UPDATE is refreshed without SDP; 481 to that ends the call (RFC 4028 §7.4, §10)", async () => {
  const { engine, app, peer } = await start({ sessionExpiresS: 1200 });
  const { ok } = await answer(peer, app, { Allow: "INVITE, ACK, BYE, UPDATE" });
  expect(ok.header("Session-Expires")).toBe("1200;refresher=uas");
  engine.clock.advance(600_000);
  const refresh = await peer.next("UPDATE");
  expect(refresh.body).toBe("");
  peer.reply(refresh, "481 Call Does Not Exist");
  await peer.next("BYE");
  expect((await app.sip("BYE")).tokens[8]).toBe("unsolicited");
});

test("a refresh that nobody answers ends the call; one that crosses another is tried again", async () => {
  const { engine, app, peer } = await start();
  await answer(peer, app, { "Session-Expires": "600", Allow: "UPDATE" });
  engine.clock.advance(300_000);
  peer.reply(await peer.next("UPDATE"), "491 Request Pending");
  peer.send(requestLines("OPTIONS"));
  await peer.next("SIP/2.0 405");
  engine.clock.advance(2_000);
  await peer.next("UPDATE");
  engine.clock.advance(32_000);
  await peer.next("BYE");
  await app.sip("BYE");
});

test("a refresh whose connections close is tried again after 10 s, over another", async () => {
  const { engine, app } = await start({ sessionExpiresS: 600 });
  const { callee, invite, contact, server } = await place(app);
  const lines = [contact, "Allow: UPDATE", "Require: timer", "Session-Expires: 600;refresher=uac"];
  callee.reply(invite, "200 OK", { tag: "b", lines, body: ANSWER });
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await callee.next("ACK");
  engine.clock.advance(300_000);
  await callee.next("UPDATE");
  callee.end();
  const second = await server.accept();
  await second.next("UPDATE");
  second.end();
  const isOver = () => expect(engine.engine.counts().transactions).toBe(0);
  await vi.waitFor(isOver, { timeout: 5_000 });
  engine.clock.advance(10_000);
  const third = await server.accept();
  third.reply(await third.next("UPDATE"), "200 OK", { lines });
  expect(app.unread).toBe(0);
});

test("a peer that says it takes UPDATE and does not is refreshed by re-INVITE", async () => {
  const { engine, app, peer } = await start();
  await answer(peer, app, { "Session-Expires": "600", Allow: "UPDATE" });
  engine.clock.advance(300_000);
  peer.reply(await peer.next("UPDATE"), "405 Method Not Allowed");
  peer.send(requestLines("OPTIONS"));
  await peer.next("SIP/2.0 405");
  engine.clock.advance(0);
  expect((await peer.next("INVITE")).body).toBe(ANSWER);
});

test("a call that has ended is neither refreshed nor ended again", async () => {
  const { engine, app, peer } = await start();
  const { inDialog } = await answer(peer, app, { "Session-Expires": "600" });
  peer.send(requestLines("BYE", inDialog(2, "BYE")));
  await app.respond(await app.sip("BYE"), "200 OK");
  await peer.next("SIP/2.0 200");
  engine.clock.advance(700_000);
  peer.send(requestLines("OPTIONS"));
  await peer.next("SIP/2.0 405");
  expect(app.unread).toBe(0);
});

test("a re-INVITE of the application keeps interval and refresher, and its 2xx counts (RFC 4028 §7.4)", async () => {
  const { engine, app, peer } = await start();
  const timer = { Supported: "timer", "Session-Expires": "600;refresher=uac" };
  const { dialogId } = await answer(peer, app, timer);
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  const reinvite = await peer.next("INVITE");
  expect(reinvite.header("Session-Expires")).toBe("600;refresher=uas");
  const lines = ["Contact: <sip:caller@127.0.0.1:5060;transport=tcp>"];
  const agreed = [...lines, "Require: timer", "Session-Expires: 200;refresher=uac"];
  peer.reply(reinvite, "200 OK", { lines: agreed, body: ANSWER });
  await app.sip("SIP/2.0 200");
  await app.ask(`sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("ACK");
  engine.clock.advance(100_000);
  const refresh = await peer.next("INVITE");
  expect(refresh.header("Session-Expires")).toBe("200;refresher=uac");
  // The application's last offer, not its first answer.
  expect(refresh.body).toBe(OFFER);
});

async function place(app: ScriptedApp) {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const target = `sip:b@127.0.0.1:${server.port};transport=tcp`;
  await app.ask(`sip||\r\nINVITE ${target} SIP/2.0\r\nfrom: <sip:a@localhost>\r\n\r\n${OFFER}`);
  const callee = await server.accept();
  const invite = await callee.next("INVITE");
  return { callee, invite, server, contact: `Contact: <${target}>` };
}

test("a call of ours offers the configured interval, and refreshes when the callee leaves it to us (RFC 4028 §7)", async () => {
  const { engine, app } = await start({ sessionExpiresS: 1800 });
  const { callee, invite, contact } = await place(app);
  expect(invite.header("Session-Expires")).toBe("1800");
  expect(invite.header("Min-SE")).toBe("90");
  expect(invite.header("Supported")).toBe("timer");
  const lines = [contact, "Allow: UPDATE", "Require: timer", "Session-Expires: 1000;refresher=uac"];
  callee.reply(invite, "200 OK", { tag: "b", lines, body: ANSWER });
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await callee.next("ACK");
  engine.clock.advance(500_000);
  const refresh = await callee.next("UPDATE");
  expect(refresh.header("Session-Expires")).toBe("1000;refresher=uac");
  callee.reply(refresh, "200 OK", { lines: [contact, "Session-Expires: 1000;refresher=uas"] });
  callee.send(requestLines("OPTIONS"));
  await callee.next("SIP/2.0 405");
  // Now it is the callee's work, and it does nothing.
  engine.clock.advance(968_000);
  await callee.next("BYE");
  await app.sip("BYE");
});

test("a callee without timers has none (RFC 4028 §7.2)", async () => {
  const { engine, app } = await start({ sessionExpiresS: 1800 });
  const { callee, invite, contact } = await place(app);
  callee.reply(invite, "200 OK", { tag: "b", lines: [contact], body: ANSWER });
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await callee.next("ACK");
  engine.clock.advance(4_000_000);
  app.send(`sip||${ok.tokens[9]}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  await callee.next("BYE");
});

test("a 422 is answered by one more INVITE with its Min-SE; a second one is the application's (RFC 4028 §7.3)", async () => {
  const { app } = await start({ sessionExpiresS: 300 });
  const { callee, invite } = await place(app);
  callee.reply(invite, "422 Session Interval Too Small", { tag: "b", lines: ["Min-SE: 1800"] });
  await callee.next("ACK");
  const again = await callee.next("INVITE");
  expect(again.header("Session-Expires")).toBe("1800");
  expect(again.header("Min-SE")).toBe("1800");
  const number = Number.parseInt(invite.header("CSeq"), 10);
  expect(again.header("CSeq")).toBe(`${number + 1} INVITE`);
  expect(again.header("Call-ID")).toBe(invite.header("Call-ID"));
  expect(again.header("Via")).not.toBe(invite.header("Via"));
  expect(again.body).toBe(OFFER);
  expect(app.unread).toBe(0);
  callee.reply(again, "422 Session Interval Too Small", { tag: "b", lines: ["Min-SE: 3600"] });
  await callee.next("ACK");
  await app.sip("SIP/2.0 422");
});

test("a 422 to a re-INVITE of the application is answered by one more with its Min-SE; a second one is the application's (RFC 4028 §7.4)", async () => {
  const { app, peer } = await start();
  const timer = { Supported: "timer", "Session-Expires": "600;refresher=uac" };
  const { dialogId } = await answer(peer, app, timer);
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  const first = await peer.next("INVITE");
  const tooSmall = "422 Session Interval Too Small";
  peer.reply(first, tooSmall, { lines: ["Min-SE: 1800"] });
  await peer.next("ACK");
  const again = await peer.next("INVITE");
  expect(again.header("Session-Expires")).toBe("1800;refresher=uas");
  expect(again.header("Min-SE")).toBe("1800");
  expect([first, again].map((invite) => invite.header("CSeq"))).toEqual(["1 INVITE", "2 INVITE"]);
  expect(again.header("Via")).not.toBe(first.header("Via"));
  expect(again.body).toBe(OFFER);
  expect(app.unread).toBe(0);
  peer.reply(again, tooSmall, { lines: ["Min-SE: 3600"] });
  await peer.next("ACK");
  await app.sip("SIP/2.0 422");
  // Nothing is left open: the next one goes out.
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  expect((await peer.next("INVITE")).header("CSeq")).toBe("3 INVITE");
});

test.each([
  { name: "an interval of the application's own", header: "Session-Expires: 600", minSe: "1800" },
  { name: "a 422 that asks for no more than was offered", header: "X-Any: 1", minSe: "600" },
])("a 422 to $name is the application's", async ({ header, minSe }) => {
  const { app, peer } = await start();
  const timer = { Supported: "timer", "Session-Expires": "600;refresher=uac" };
  const { dialogId } = await answer(peer, app, timer);
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n${header}\r\n\r\n${OFFER}`);
  const lines = [`Min-SE: ${minSe}`];
  peer.reply(await peer.next("INVITE"), "422 Session Interval Too Small", { lines });
  await app.sip("SIP/2.0 422");
});

test("a refresh that is challenged is not repeated in vain: the fault says so, and a re-INVITE of the application counts", async () => {
  const { engine, app, peer } = await start();
  const { ok, dialogId } = await answer(peer, app, { "Session-Expires": "600" });
  engine.clock.advance(300_000);
  const lines = ['Proxy-Authenticate: Digest realm="carrier.test", nonce="n"'];
  peer.reply(await peer.next("INVITE"), "407 Proxy Authentication Required", { lines });
  await peer.next("ACK");
  engine.clock.advance(100_000);
  expect(engine.events).toContainEqual({
    kind: "fault",
    code: "session_refresh_challenged",
    detail: `${ok.header("Call-ID")}: 407`,
  });
  const credentials = "Proxy-Authorization: Digest of-the-application";
  await app.ask(
    `sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n${credentials}\r\n\r\n${OFFER}`,
  );
  const refresh = await peer.next("INVITE");
  expect(refresh.header("CSeq")).toBe("2 INVITE");
  const agreed = ["Contact: <sip:caller@127.0.0.1:5060>", "Session-Expires: 600;refresher=uac"];
  peer.reply(refresh, "200 OK", { lines: agreed, body: ANSWER });
  await app.sip("SIP/2.0 200");
  await app.ask(`sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("ACK");
  // Past the end of the first interval: the call is there still, and is refreshed anew.
  engine.clock.advance(300_000);
  expect((await peer.next("INVITE")).header("CSeq")).toBe("3 INVITE");
});
