import { expect, onTestFinished, test } from "vitest";
import { ScriptedServer } from "./scripted-peer.ts";
import { ANSWER, OFFER, requestLines, startTestEngine } from "./test-engine.ts";

async function place(config: Parameters<typeof startTestEngine>[0] = {}) {
  const engine = await startTestEngine(config);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const app = await engine.app();
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const target = `sip:b@127.0.0.1:${server.port};transport=tcp`;
  const lines = ["from: <sip:a@localhost>", "supported: 100rel"].join("\r\n");
  const sent = await app.ask(`sip||\r\nINVITE ${target} SIP/2.0\r\n${lines}\r\n\r\n${OFFER}`);
  const callee = await server.accept();
  const invite = await callee.next("INVITE");
  const number = Number.parseInt(invite.header("CSeq"), 10);
  /** Header lines of a response that makes or continues an early dialog. */
  const contact = (user: string): string =>
    `Contact: <sip:${user}@127.0.0.1:${server.port};transport=tcp>`;
  /** A request of the callee in the dialog that it gave this tag. */
  const fromCallee = (method: string, cseq: number, tag: string): string[] =>
    requestLines(method, {
      From: `${invite.header("To")};tag=${tag}`,
      To: invite.header("From"),
      "Call-ID": invite.header("Call-ID"),
      CSeq: `${cseq} ${method}`,
      "Content-Type": "application/sdp",
    });
  return { engine, app, callee, invite, number, contact, fromCallee, sent };
}

const SDP = "Content-Type: application/sdp";

function reliable(rseq: number, contact: string, ...more: string[]): string[] {
  return ["Require: 100rel", `RSeq: ${rseq}`, contact, ...more];
}

test("reliable responses are told in the order of RSeq and each once; PRACK goes to their Contact (RFC 3262 §4)", async () => {
  const { app, callee, invite, number, contact } = await place();
  const options = (rseq: number) => ({ tag: "b", lines: reliable(rseq, contact("early")) });
  callee.reply(invite, "183 Session Progress", options(7));
  const progress = await app.sip("SIP/2.0 183");
  callee.reply(invite, "181 Call Is Being Forwarded", options(9));
  callee.reply(invite, "183 Session Progress", options(7));
  callee.reply(invite, "180 Ringing", options(8));
  const ringing = await app.sip("SIP/2.0 18");
  expect(ringing.sip?.startLine).toBe("SIP/2.0 180 Ringing");
  for (const [rseq, step] of [
    [7, 1],
    [8, 2],
  ] as const) {
    const frame = `sip||${progress.tokens[9]}\r\nPRACK sip:b@x SIP/2.0\r\nrack: ${rseq} ${number} INVITE\r\n\r\n`;
    await app.ask(frame.replace("sip:b@x", "sip:placeholder"));
    const prack = await callee.next("PRACK sip:early@127.0.0.1");
    expect(prack.header("RAck")).toBe(`${rseq} ${number} INVITE`);
    expect(prack.header("CSeq")).toBe(`${number + step} PRACK`);
    expect(prack.header("To")).toContain("tag=b");
    callee.reply(prack, "200 OK");
    await app.sip("SIP/2.0 200");
  }
  expect(app.unread).toBe(0);
});

test("of two forks that ring, each is acknowledged in its own dialog, and the one that answers is the call (RFC 3261 §13.2.2.4)", async () => {
  const { app, callee, invite, number, contact, fromCallee } = await place();
  const routes = (name: string): string => `Record-Route: <sip:${name}.test;lr>`;
  for (const [tag, rseq] of [
    ["one", 10],
    ["two", 20],
  ] as const) {
    const lines = reliable(rseq, contact(tag), routes(tag));
    callee.reply(invite, "183 Session Progress", { tag, lines });
    await app.sip("SIP/2.0 183");
  }
  const dialogId = `${invite.header("Call-ID")};from-tag=${/tag=(.*)$/.exec(invite.header("From"))?.[1]}`;
  for (const [tag, rseq] of [
    ["one", 10],
    ["two", 20],
  ] as const) {
    await app.ask(
      `sip||${dialogId}\r\nPRACK sip:placeholder SIP/2.0\r\nrack: ${rseq} ${number} INVITE\r\n\r\n`,
    );
    const prack = await callee.next(`PRACK sip:${tag}@`);
    expect(prack.header("Route")).toBe(`<sip:${tag}.test;lr>`);
    expect(prack.header("To")).toContain(`tag=${tag}`);
    expect(prack.header("CSeq")).toBe(`${number + 1} PRACK`);
    callee.reply(prack, "200 OK");
    await app.sip("SIP/2.0 200");
  }
  const answer = { tag: "one", lines: [contact("one"), routes("final"), SDP], body: ANSWER };
  callee.reply(invite, "200 OK", answer);
  const ok = await app.sip("SIP/2.0 200");
  expect(ok.tokens[9]).toBe(dialogId);
  await app.ask(`sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  const ack = await callee.next("ACK sip:one@");
  expect([ack.header("CSeq"), ack.header("Route")]).toEqual([
    `${number} ACK`,
    "<sip:final.test;lr>",
  ]);
  await app.ask(`sip||${dialogId}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
  expect((await callee.next("INFO sip:one@")).header("CSeq")).toBe(`${number + 2} INFO`);
  // The other fork's dialog is over.
  callee.send(fromCallee("UPDATE", 1, "two"));
  await callee.next("SIP/2.0 481");
});

test("of two forks that ring, what the application sends goes to the one that was heard last", async () => {
  const { app, callee, invite, contact } = await place();
  for (const tag of ["one", "two", "one"]) {
    callee.reply(invite, "180 Ringing", { tag, lines: [contact(tag)] });
    const ringing = await app.sip("SIP/2.0 180");
    await app.ask(`sip||${ringing.tokens[9]}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
    const info = await callee.next(`INFO sip:${tag}@`);
    expect(info.header("To")).toContain(`tag=${tag}`);
    callee.reply(info, "481 Call Does Not Exist");
    await app.sip("SIP/2.0 481");
  }
  // A fork that does not know its dialog takes nothing from the INVITE.
  expect(callee.unread).toBe(0);
  expect(app.unread).toBe(0);
});

test("after a 422 the PRACK names the INVITE that the callee has (RFC 3262 §7.2)", async () => {
  const { app, callee, invite, number, contact } = await place({ sessionExpiresS: 300 });
  callee.reply(invite, "422 Session Interval Too Small", { tag: "x", lines: ["Min-SE: 900"] });
  await callee.next("ACK");
  const again = await callee.next("INVITE");
  callee.reply(again, "183 Session Progress", { tag: "b", lines: reliable(3, contact("b")) });
  const progress = await app.sip("SIP/2.0 183");
  await app.ask(
    `sip||${progress.tokens[9]}\r\nPRACK sip:placeholder SIP/2.0\r\nrack: 3 ${number} INVITE\r\n\r\n`,
  );
  expect((await callee.next("PRACK")).header("RAck")).toBe(`3 ${number + 1} INVITE`);
});

test("a callee's UPDATE in the early dialog: 491 while our offer is open, then the application's (RFC 3311 §5.2)", async () => {
  const { app, callee, invite, number, contact, fromCallee } = await place();
  callee.reply(invite, "180 Ringing", { tag: "b", lines: [contact("b")] });
  await app.sip("SIP/2.0 180");
  callee.send(fromCallee("UPDATE", 1, "b"), OFFER);
  await callee.next("SIP/2.0 491");
  const lines = reliable(1, contact("b"), SDP);
  callee.reply(invite, "183 Session Progress", { tag: "b", lines, body: ANSWER });
  const progress = await app.sip("SIP/2.0 183");
  await app.ask(
    `sip||${progress.tokens[9]}\r\nPRACK sip:placeholder SIP/2.0\r\nrack: 1 ${number} INVITE\r\n\r\n`,
  );
  callee.reply(await callee.next("PRACK"), "200 OK");
  callee.send(fromCallee("UPDATE", 2, "b"), OFFER);
  const update = await app.sip("UPDATE");
  expect(update.tokens[9]).toBe(progress.tokens[9]);
  // A second one before the first has its answer is 500, whatever it carries.
  callee.send(fromCallee("UPDATE", 3, "b"));
  const refused = await callee.next("SIP/2.0 500");
  expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
  await app.respond(update, "200 OK", [SDP], ANSWER);
  expect((await callee.next("SIP/2.0 200")).body).toBe(ANSWER);
  callee.send(fromCallee("BYE", 4, "b"));
  await callee.next("SIP/2.0 403");
});

test("an INVITE that is refused ends its early dialogs", async () => {
  const { app, callee, invite, contact, fromCallee } = await place();
  callee.reply(invite, "180 Ringing", { tag: "b", lines: [contact("b")] });
  await app.sip("SIP/2.0 180");
  callee.reply(invite, "486 Busy Here", { tag: "b" });
  await callee.next("ACK");
  await app.sip("SIP/2.0 486");
  callee.send(fromCallee("UPDATE", 1, "b"));
  await callee.next("SIP/2.0 481");
});

test("an application that goes away has its ringing call cancelled, not ended by BYE (RFC 3261 §9.1)", async () => {
  const { app, callee, invite, contact } = await place();
  callee.reply(invite, "180 Ringing", { tag: "b", lines: [contact("b")] });
  await app.sip("SIP/2.0 180");
  await app[Symbol.asyncDispose]();
  const cancel = await callee.next("CANCEL");
  callee.reply(cancel, "200 OK");
  callee.reply(invite, "487 Request Terminated", { tag: "b" });
  await callee.next("ACK");
});
