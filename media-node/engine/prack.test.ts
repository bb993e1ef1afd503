import { expect, onTestFinished, test } from "vitest";
import type { ScriptedApp } from "./scripted-app.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";
import { ANSWER, OFFER, requestLines, startTestEngine } from "./test-engine.ts";

async function start() {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app(), peer: await engine.peer() };
}

const RELIABLE = ["Require: 100rel"];

async function ring(peer: ScriptedPeer, app: ScriptedApp, headers: Record<string, string>) {
  const lines = requestLines("INVITE", { "Content-Type": "application/sdp", ...headers });
  peer.send(lines, OFFER);
  await peer.next("SIP/2.0 100");
  return { lines, invite: await app.sip("INVITE") };
}

function prack(response: { header(name: string): string }, cseq: number, rack: string): string[] {
  return requestLines("PRACK", {
    To: response.header("To"),
    "Call-ID": response.header("Call-ID"),
    CSeq: `${cseq} PRACK`,
    RAck: rack,
  });
}

test("a reliable 183 is repeated, doubling from T1, until its PRACK, which the application answers (RFC 3262 §3)", async () => {
  const { engine, app, peer } = await start();
  const { invite } = await ring(peer, app, { Supported: "100rel" });
  const sent = await app.respond(invite, "183 Session Progress", RELIABLE, ANSWER);
  const first = await peer.next("SIP/2.0 183");
  const rseq = Number(first.header("RSeq"));
  expect(rseq).toBeGreaterThan(0);
  expect(first.header("Require")).toBe("100rel");
  expect(sent.sip?.header("RSeq")).toBe(String(rseq));
  for (const gap of [500, 1000, 2000, 4000, 8000]) {
    engine.clock.advance(gap - 1);
    expect(peer.unread).toBe(0);
    engine.clock.advance(1);
    expect((await peer.next("SIP/2.0 183")).text).toBe(first.text);
  }
  peer.send(prack(first, 2, `${rseq + 1} 1 INVITE`));
  await peer.next("SIP/2.0 481");
  peer.send(prack(first, 3, `${rseq} 2 INVITE`));
  await peer.next("SIP/2.0 481");
  peer.send(prack(first, 4, `${rseq} 1 INVITE`));
  const told = await app.sip("PRACK");
  expect(told.tokens[9]).toBe(sent.tokens[11]);
  await app.respond(told, "200 OK");
  expect((await peer.next("SIP/2.0 200")).header("CSeq")).toBe("4 PRACK");
  engine.clock.advance(20_000);
  peer.send(prack(first, 5, `${rseq} 1 INVITE`));
  await peer.next("SIP/2.0 481");
});

test("the next reliable response and the 200 wait for the PRACK, with RSeq one higher (RFC 3262 §3, §5)", async () => {
  const { app, peer } = await start();
  const { invite } = await ring(peer, app, { Supported: "100rel" });
  await app.respond(invite, "183 Session Progress", RELIABLE, ANSWER);
  await app.respond(invite, "180 Ringing", RELIABLE);
  await app.respond(invite, "200 OK", [], ANSWER);
  const again = await app.respond(invite, "486 Busy Here");
  expect(again.tokens[3]).toBe("NOK");
  const first = await peer.next("SIP/2.0 183");
  const rseq = Number(first.header("RSeq"));
  expect(peer.unread).toBe(0);
  peer.send(prack(first, 2, `${rseq} 1 INVITE`));
  const second = await peer.next("SIP/2.0 180");
  expect(second.header("RSeq")).toBe(String(rseq + 1));
  await app.respond(await app.sip("PRACK"), "200 OK");
  expect((await peer.next("SIP/2.0 200")).header("CSeq")).toBe("2 PRACK");
  peer.send(prack(first, 3, `${rseq + 1} 1 INVITE`));
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("CSeq")).toBe("1 INVITE");
  const ids = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", ids));
  await app.sip("ACK");
});

test("without a PRACK for 64*T1 the INVITE is 504 and the application hears of a CANCEL (RFC 3262 §3)", async () => {
  const { engine, app, peer } = await start();
  const { invite } = await ring(peer, app, { Supported: "100rel" });
  await app.respond(invite, "180 Ringing", [...RELIABLE, "To: <sip:b@localhost>;tag=chosen"]);
  await peer.next("SIP/2.0 180");
  engine.clock.advance(32_000);
  for (let repeats = 0; repeats < 6; repeats += 1) await peer.next("SIP/2.0 180");
  // RFC 3261 §8.2.6.2: the tag that the application chose for its first response.
  expect((await peer.next("SIP/2.0 504")).header("To")).toMatch(/;tag=chosen$/);
  expect((await app.sip("CANCEL")).tokens[8]).toBe(invite.tokens[8]);
});

test("a CANCEL while the 200 waits for a PRACK ends the call that the application has", async () => {
  const { app, peer } = await start();
  const { invite, lines } = await ring(peer, app, { Supported: "100rel" });
  await app.respond(invite, "183 Session Progress", RELIABLE, ANSWER);
  const answered = await app.respond(invite, "200 OK", [], ANSWER);
  await peer.next("SIP/2.0 183");
  peer.send(lines.map((line) => line.replace(/INVITE(?= sip|$)/, "CANCEL")));
  await peer.next("SIP/2.0 200");
  await peer.next("SIP/2.0 487");
  const told = await app.sip("BYE");
  expect([told.tokens[8], told.tokens[9]]).toEqual(["unsolicited", answered.tokens[11]]);
});

test("100rel is not sent to a peer that does not know it, and always to one that requires it", async () => {
  const { app, peer } = await start();
  const plain = await ring(peer, app, {});
  const refused = await app.respond(plain.invite, "180 Ringing", RELIABLE);
  expect(refused.tokens.slice(3)).toEqual(["NOK", "Remote endpoint does not support 100rel"]);
  await app.respond(plain.invite, "180 Ringing");
  expect((await peer.next("SIP/2.0 180")).header("RSeq")).toBe("");
  const strict = await ring(peer, app, { Require: "100rel" });
  await app.respond(strict.invite, "180 Ringing");
  const ringing = await peer.next("SIP/2.0 180");
  expect(ringing.header("Require")).toBe("100rel");
  expect(Number(ringing.header("RSeq"))).toBeGreaterThan(0);
});
