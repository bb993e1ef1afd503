import { expect, onTestFinished, test } from "vitest";
import { ANSWER, establish, OFFER, requestLines, startTestEngine } from "./test-engine.ts";

async function start() {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app(), peer: await engine.peer() };
}

const SDP = { "Content-Type": "application/sdp" };

test("an accepted UPDATE moves the remote target, a refused one does not (RFC 3311 §5.2)", async () => {
  const { app, peer } = await start();
  const { inDialog, target, dialogId } = await establish(peer, app);
  const contact = (user: string) => ({ Contact: `<sip:${user}@127.0.0.1:5060;transport=tcp>` });
  peer.send(requestLines("UPDATE", { ...inDialog(2, "UPDATE"), ...contact("moved") }, target));
  await app.respond(await app.sip("UPDATE"), "200 OK");
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("Contact")).toMatch(/^<sip:node7-/);
  peer.send(requestLines("UPDATE", { ...inDialog(3, "UPDATE"), ...contact("refused") }, target));
  await app.respond(await app.sip("UPDATE"), "488 Not Acceptable Here");
  await peer.next("SIP/2.0 488");
  app.send(`sip||${dialogId}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("BYE sip:moved@127.0.0.1:5060;transport=tcp SIP/2.0");
});

test("an offer that crosses ours is 491, one on top of theirs is 500 with Retry-After (RFC 3311 §5.2)", async () => {
  const { app, peer } = await start();
  const { inDialog, target, dialogId } = await establish(peer, app);
  await app.ask(`sip||${dialogId}\r\nUPDATE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  const ours = await peer.next("UPDATE");
  peer.send(requestLines("UPDATE", { ...inDialog(2, "UPDATE"), ...SDP }, target), OFFER);
  await peer.next("SIP/2.0 491");
  peer.send(requestLines("INVITE", { ...inDialog(3, "INVITE"), ...SDP }, target), OFFER);
  await peer.next("SIP/2.0 491");
  peer.send(requestLines("ACK", inDialog(3, "ACK"), target));
  // Without an offer it disturbs nothing.
  peer.send(requestLines("UPDATE", inDialog(4, "UPDATE"), target));
  await app.respond(await app.sip("UPDATE"), "200 OK");
  await peer.next("SIP/2.0 200");
  peer.reply(ours, "200 OK", { lines: ["Content-Type: application/sdp"], body: ANSWER });
  await app.sip("SIP/2.0 200");
  peer.send(requestLines("INVITE", { ...inDialog(5, "INVITE"), ...SDP }, target), OFFER);
  await peer.next("SIP/2.0 100");
  const reinvite = await app.sip("INVITE");
  peer.send(requestLines("UPDATE", { ...inDialog(6, "UPDATE"), ...SDP }, target), OFFER);
  const refused = await peer.next("SIP/2.0 500");
  expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
  // And ours, while theirs is open: the application gets a 491 that nobody sent.
  await app.ask(`sip||${dialogId}\r\nUPDATE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  expect((await app.sip("SIP/2.0 491")).tokens[3]).toBe("0");
  await app.respond(reinvite, "200 OK", [], ANSWER);
  await peer.next("SIP/2.0 200");
});

test("an UPDATE that is refused leaves the way free for the next offer", async () => {
  const { app, peer } = await start();
  const { dialogId } = await establish(peer, app);
  for (const status of ["488 Not Acceptable Here", "500 Server Internal Error"]) {
    await app.ask(`sip||${dialogId}\r\nUPDATE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
    peer.reply(await peer.next("UPDATE"), status);
    await app.sip(`SIP/2.0 ${status}`);
  }
  await app.ask(`sip||${dialogId}\r\nINVITE sip:placeholder SIP/2.0\r\n\r\n${OFFER}`);
  await peer.next("INVITE");
});

test("a caller's UPDATE while it rings is 500 until the offer of its INVITE has an answer (RFC 3311 §5.2)", async () => {
  const { app, peer } = await start();
  peer.send(requestLines("INVITE", { ...SDP, Supported: "100rel" }), OFFER);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  await app.respond(invite, "180 Ringing");
  const ringing = await peer.next("SIP/2.0 180");
  const ids = { To: ringing.header("To"), "Call-ID": ringing.header("Call-ID"), ...SDP };
  peer.send(requestLines("UPDATE", { ...ids, CSeq: "2 UPDATE" }), OFFER);
  await peer.next("SIP/2.0 500");
  await app.respond(invite, "183 Session Progress", ["Require: 100rel"], ANSWER);
  const progress = await peer.next("SIP/2.0 183");
  const rack = `${progress.header("RSeq")} 1 INVITE`;
  peer.send(requestLines("PRACK", { ...ids, CSeq: "3 PRACK", RAck: rack }));
  await app.respond(await app.sip("PRACK"), "200 OK");
  await peer.next("SIP/2.0 200");
  peer.send(requestLines("UPDATE", { ...ids, CSeq: "4 UPDATE" }), OFFER);
  await app.respond(await app.sip("UPDATE"), "200 OK", [], ANSWER);
  expect((await peer.next("SIP/2.0 200")).body).toBe(ANSWER);
});

test("an answer that a second reliable response repeats is no offer (RFC 3262 §5)", async () => {
  const { app, peer } = await start();
  peer.send(requestLines("INVITE", { ...SDP, Supported: "100rel" }), OFFER);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  let ids: Record<string, string> = {};
  for (const [cseq, status] of [
    [2, "183 Session Progress"],
    [3, "180 Ringing"],
  ] as const) {
    await app.respond(invite, status, ["Require: 100rel"], ANSWER);
    const response = await peer.next(`SIP/2.0 ${status}`);
    ids = { To: response.header("To"), "Call-ID": response.header("Call-ID") };
    const rack = { CSeq: `${cseq} PRACK`, RAck: `${response.header("RSeq")} 1 INVITE` };
    peer.send(requestLines("PRACK", { ...ids, ...rack }));
    await app.respond(await app.sip("PRACK"), "200 OK");
    await peer.next("SIP/2.0 200");
  }
  peer.send(requestLines("UPDATE", { ...ids, ...SDP, CSeq: "4 UPDATE" }), OFFER);
  await app.respond(await app.sip("UPDATE"), "200 OK", [], ANSWER);
  await peer.next("SIP/2.0 200");
});

test("the offer of a reliable 183 is answered by the PRACK, and is open until then (RFC 3262 §5)", async () => {
  const { app, peer } = await start();
  peer.send(requestLines("INVITE", { Supported: "100rel" }));
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  await app.respond(invite, "183 Session Progress", ["Require: 100rel"], OFFER);
  const progress = await peer.next("SIP/2.0 183");
  const ids = { To: progress.header("To"), "Call-ID": progress.header("Call-ID"), ...SDP };
  peer.send(requestLines("UPDATE", { ...ids, CSeq: "2 UPDATE" }), OFFER);
  await peer.next("SIP/2.0 491");
  const rack = { CSeq: "3 PRACK", RAck: `${progress.header("RSeq")} 1 INVITE` };
  peer.send(requestLines("PRACK", { ...ids, ...rack }), ANSWER);
  const prack = await app.sip("PRACK");
  expect(prack.sip?.body).toBe(ANSWER);
  await app.respond(prack, "200 OK");
  await peer.next("SIP/2.0 200");
  peer.send(requestLines("UPDATE", { ...ids, CSeq: "4 UPDATE" }), OFFER);
  await app.sip("UPDATE");
});
