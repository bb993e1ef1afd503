import { expect, onTestFinished, test } from "vitest";
import {
  ADVERTISED,
  ANSWER,
  establish,
  OFFER,
  requestLines,
  startTestEngine,
  type TestEngine,
} from "./test-engine.ts";

async function start(): Promise<TestEngine> {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

test("an INVITE gets 100 at once and its answer carries the advertised Contact (RFC 3261 §13.3.1)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { invite, ok } = await establish(peer, app);
  expect(invite.body).toBe(OFFER);
  expect(ok.body).toBe(ANSWER);
  expect(ok.header("Contact")).toMatch(
    new RegExp(`^<sip:node7-[0-9a-f]{16}@${ADVERTISED}:5060;transport=tcp>$`),
  );
  expect(ok.header("Content-Type")).toBe("application/sdp");
  expect(ok.header("To")).toMatch(/;tag=node7-[0-9a-f]{16}$/);
});

test("the response's Via has the source in rport and received (RFC 3581 §4)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { ok } = await establish(peer, app);
  expect(ok.header("Via")).toContain(`;rport=${peer.localPort}`);
  expect(ok.header("Via")).toContain(";received=127.0.0.1");
});

test("Record-Route comes back in the answer and becomes the route set in the same order (RFC 3261 §12.1.1)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const routes = ["<sip:p2.test;lr>", "<sip:p1.test;lr>"];
  peer.send(
    requestLines("INVITE", {
      "Record-Route": routes.join(", "),
      "Content-Type": "application/sdp",
    }),
    OFFER,
  );
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  await app.respond(invite, "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.headers("Record-Route")).toEqual(routes);
  const ids = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", ids));
  const ack = await app.sip("ACK");
  app.send(`sip||${ack.tokens[9]}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  const bye = await peer.next("BYE sip:caller@127.0.0.1:5060;transport=tcp");
  expect(bye.headers("Route")).toEqual(routes);
});

test("a 200 is repeated over TCP from T1 to T2 until its ACK arrives (RFC 3261 §13.3.1.4)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { "Content-Type": "application/sdp" }), OFFER);
  await peer.next("SIP/2.0 100");
  await app.respond(await app.sip("INVITE"), "200 OK", [], ANSWER);
  const first = await peer.next("SIP/2.0 200");
  const gaps = [500, 1000, 2000, 4000, 4000];
  for (const gap of gaps) {
    engine.clock.advance(gap - 1);
    expect(peer.unread).toBe(0);
    engine.clock.advance(1);
    expect((await peer.next("SIP/2.0 200")).text).toBe(first.text);
  }
  const ids = { To: first.header("To"), "Call-ID": first.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", ids));
  await app.sip("ACK");
  engine.clock.advance(8_000);
  peer.send(requestLines("OPTIONS"));
  // The next thing on the wire is the answer to OPTIONS: no further 200.
  await peer.next("SIP/2.0 405");
});

test("without an ACK for 64*T1 the call ends by BYE and the application is told", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { "Content-Type": "application/sdp" }), OFFER);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  const answered = await app.respond(invite, "200 OK", [], ANSWER);
  await peer.next("SIP/2.0 200");
  engine.clock.advance(32_000);
  const told = await app.sip("BYE");
  expect(told.tokens[2]).toBe("application");
  expect(told.tokens[8]).toBe("unsolicited");
  expect(told.tokens[9]).toBe(answered.tokens[11]);
  for (let repeats = 0; repeats < 10; repeats += 1) await peer.next("SIP/2.0 200");
  const bye = await peer.next("BYE sip:caller@127.0.0.1:5060;transport=tcp");
  expect(bye.header("Reason")).toBe('SIP;cause=200;text="ACK timeout"');
});

test("a CANCEL is answered 200, its INVITE 487, and the application hears of it (RFC 3261 §9.2)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const lines = requestLines("INVITE");
  peer.send(lines);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  await app.respond(invite, "180 Ringing");
  const ringing = await peer.next("SIP/2.0 180");
  peer.send(lines.map((line) => line.replace(/^INVITE/, "CANCEL").replace("1 INVITE", "1 CANCEL")));
  expect((await peer.next("SIP/2.0 200")).header("CSeq")).toBe("1 CANCEL");
  const terminated = await peer.next("SIP/2.0 487");
  expect(terminated.header("CSeq")).toBe("1 INVITE");
  expect(terminated.header("To")).toBe(ringing.header("To"));
  const cancel = await app.sip("CANCEL");
  expect(cancel.tokens[8]).toBe(invite.tokens[8]);
  const late = await app.respond(invite, "200 OK", [], ANSWER);
  expect(late.tokens.slice(3)).toEqual(["NOK", "Response not sent due to unknown transaction"]);
});

test("a CANCEL whose Via was rewritten on the way still finds its INVITE", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const lines = requestLines("INVITE");
  peer.send(lines);
  await peer.next("SIP/2.0 100");
  await app.sip("INVITE");
  const rewritten = lines.map((line) =>
    line
      .replace(/^INVITE/, "CANCEL")
      .replace("1 INVITE", "1 CANCEL")
      .replace(/branch=[^;]+/, "branch=z9hG4bKother"),
  );
  peer.send(rewritten);
  await peer.next("SIP/2.0 200");
  await peer.next("SIP/2.0 487");
  await app.sip("CANCEL");
});

test("a CANCEL that matches nothing is answered 481", async () => {
  const engine = await start();
  await engine.app();
  const peer = await engine.peer();
  peer.send(requestLines("CANCEL"));
  await peer.next("SIP/2.0 481");
});

test("a BYE of the caller goes to the application under a transaction of its own and is answered by it", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { inDialog, target } = await establish(peer, app);
  peer.send(requestLines("BYE", inDialog(2, "BYE"), target));
  const bye = await app.sip("BYE");
  await app.respond(bye, "200 OK");
  await peer.next("SIP/2.0 200");
  peer.send(requestLines("INFO", inDialog(3, "INFO"), target));
  await peer.next("SIP/2.0 481");
});

test("a request for a dialog that nobody has is answered 481, its ACK with nothing (RFC 3261 §12.2.2)", async () => {
  const engine = await start();
  await engine.app();
  const peer = await engine.peer();
  const unknown = { To: "<sip:x@sip.node.test>;tag=node7-0000000000000000" };
  peer.send(requestLines("ACK", { ...unknown, CSeq: "1 ACK" }));
  for (const method of ["BYE", "INVITE", "UPDATE", "INFO"]) {
    peer.send(requestLines(method, unknown));
    await peer.next("SIP/2.0 481");
  }
});

test("a request with a lower CSeq than the last is answered 500 and changes nothing (RFC 3261 §12.2.2)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { inDialog, target } = await establish(peer, app);
  peer.send(requestLines("INFO", inDialog(5, "INFO"), target));
  await app.respond(await app.sip("INFO"), "200 OK");
  await peer.next("SIP/2.0 200");
  peer.send(requestLines("BYE", inDialog(4, "BYE"), target));
  const refused = await peer.next("SIP/2.0 500");
  expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
  expect(app.unread).toBe(0);
});

test("a second re-INVITE before the answer to the first is 500 with Retry-After, one that crosses ours is 491 (RFC 3261 §14.2)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { inDialog, target } = await establish(peer, app);
  peer.send(requestLines("INVITE", inDialog(2, "INVITE"), target));
  await peer.next("SIP/2.0 100");
  const first = await app.sip("INVITE");
  peer.send(requestLines("INVITE", inDialog(3, "INVITE"), target));
  const refused = await peer.next("SIP/2.0 500");
  expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
  // Ours, while the peer's is open: the application gets a 491 that nobody sent.
  const dialogId = first.tokens[9];
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n`);
  expect((await app.sip("SIP/2.0 491")).tokens[3]).toBe("0");
  await app.respond(first, "488 Not Acceptable Here");
  await peer.next("SIP/2.0 488");
  peer.send(requestLines("ACK", { ...inDialog(2, "ACK") }, target));
  // And the peer's, while ours is open.
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("INVITE sip:caller@");
  peer.send(requestLines("INVITE", inDialog(4, "INVITE"), target));
  await peer.next("SIP/2.0 491");
});

test("an accepted re-INVITE moves the remote target (RFC 3261 §12.2.2)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { inDialog, target } = await establish(peer, app);
  const contact = { Contact: "<sip:moved@127.0.0.1:5070;transport=tcp>" };
  peer.send(requestLines("INVITE", { ...inDialog(2, "INVITE"), ...contact }, target));
  await peer.next("SIP/2.0 100");
  const reinvite = await app.sip("INVITE");
  await app.respond(reinvite, "200 OK", [], ANSWER);
  await peer.next("SIP/2.0 200");
  peer.send(requestLines("ACK", inDialog(2, "ACK"), target));
  await app.sip("ACK");
  app.send(`sip||${reinvite.tokens[9]}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("BYE sip:moved@127.0.0.1:5070;transport=tcp SIP/2.0");
});

test("a BYE of ours waits for the ACK of the 200 (RFC 3261 §15)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { "Content-Type": "application/sdp" }), OFFER);
  await peer.next("SIP/2.0 100");
  const answered = await app.respond(await app.sip("INVITE"), "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  await app.ask(`sip||${answered.tokens[11]}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  engine.clock.advance(500);
  await peer.next("SIP/2.0 200");
  const ids = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", ids));
  const bye = await peer.next("BYE");
  peer.reply(bye, "200 OK");
  await app.sip("SIP/2.0 200");
});
