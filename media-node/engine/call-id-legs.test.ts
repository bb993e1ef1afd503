import { expect, onTestFinished, test } from "vitest";
import { ScriptedServer } from "./scripted-peer.ts";
import {
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

test("a number that calls a number through a proxy which keeps Call-ID and From tag is two legs at the control side", async () => {
  const engine = await start();
  const app = await engine.app();
  await using proxy = await ScriptedServer.listen();
  const target = `sip:b@127.0.0.1:${proxy.port};transport=tcp`;
  await app.ask(`sip||\r\nINVITE ${target} SIP/2.0\r\nfrom: <sip:a@localhost>\r\n\r\n${OFFER}`);
  const toProxy = await proxy.accept();
  const out = await toProxy.next("INVITE");
  const [callId, from] = [out.header("Call-ID"), out.header("From")];
  // The proxy sends it back to us: another leg, with the same names.
  const back = await engine.peer();
  const names = { "Call-ID": callId, From: from, CSeq: out.header("CSeq") };
  back.send(requestLines("INVITE", { ...names, "Content-Type": "application/sdp" }), OFFER);
  await back.next("SIP/2.0 100");
  const inbound = await app.sip("INVITE");
  expect(inbound.sip?.header("Call-ID")).toMatch(/;leg=\d+$/);
  expect(inbound.sip?.header("Call-ID").startsWith(callId)).toBe(true);
  const answered = await app.respond(inbound, "200 OK", [], ANSWER);
  const ok = await back.next("SIP/2.0 200");
  expect(ok.header("Call-ID")).toBe(callId);
  const tag = /tag=(.*)$/.exec(from)?.[1] ?? "";
  expect(answered.tokens[11]).toBe(`${inbound.sip?.header("Call-ID")};from-tag=${tag}`);
  const inDialog = { "Call-ID": callId, From: from, To: ok.header("To") };
  const number = Number.parseInt(out.header("CSeq"), 10);
  back.send(requestLines("ACK", { ...inDialog, CSeq: `${number} ACK` }));
  expect((await app.sip("ACK")).tokens[9]).toBe(answered.tokens[11]);
  toProxy.reply(out, "200 OK", {
    tag: /tag=(.*)$/.exec(ok.header("To"))?.[1] ?? "",
    lines: [`Contact: <${target}>`],
    body: ANSWER,
  });
  const upstream = await app.sip("SIP/2.0 200");
  expect(upstream.tokens[9]).toBe(`${callId};from-tag=${tag}`);
  await app.ask(`sip||${upstream.tokens[9]}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
  await toProxy.next("ACK");
  // Each leg is ended under its own name, and the other one stays.
  back.send(requestLines("BYE", { ...inDialog, CSeq: `${number + 1} BYE` }));
  const bye = await app.sip("BYE");
  expect(bye.tokens[9]).toBe(answered.tokens[11]);
  expect(bye.sip?.header("Call-ID")).toBe(inbound.sip?.header("Call-ID"));
  await app.respond(bye, "200 OK");
  expect((await back.next("SIP/2.0 200")).header("Call-ID")).toBe(callId);
  await app.ask(`sip||${upstream.tokens[9]}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  expect((await toProxy.next("BYE")).header("Call-ID")).toBe(callId);
});

test("a new INVITE with the Call-ID and From tag of a call that is up is a call of its own", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const { ok, inDialog, target, dialogId } = await establish(peer, app);
  engine.clock.advance(40_000);
  peer.send(requestLines("INVITE", { "Call-ID": ok.header("Call-ID"), CSeq: "7 INVITE" }));
  await peer.next("SIP/2.0 100");
  const second = await app.sip("INVITE");
  const refused = await app.respond(second, "486 Busy Here");
  expect(refused.tokens[11]).not.toBe(dialogId);
  expect((await peer.next("SIP/2.0 486")).header("Call-ID")).toBe(ok.header("Call-ID"));
  peer.send(requestLines("BYE", inDialog(2, "BYE"), target));
  const bye = await app.sip("BYE");
  expect(bye.tokens[9]).toBe(dialogId);
  await app.respond(bye, "200 OK");
  await peer.next("SIP/2.0 200");
});

test("of two INVITEs that ring with one Call-ID, a CANCEL is told under the name of its own", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const callId = { "Call-ID": "shared@peer.test" };
  const from = (tag: string) => ({ ...callId, From: `<sip:c@peer.test>;tag=${tag}` });
  const [first, second] = [
    requestLines("INVITE", from("one")),
    requestLines("INVITE", from("two")),
  ];
  peer.send(first);
  await peer.next("SIP/2.0 100");
  const one = await app.sip("INVITE");
  peer.send(second);
  await peer.next("SIP/2.0 100");
  const two = await app.sip("INVITE");
  expect(one.sip?.header("Call-ID")).toBe("shared@peer.test");
  expect(two.sip?.header("Call-ID")).not.toBe("shared@peer.test");
  peer.send(second.map((line) => line.replace(/INVITE(?= sip|$)/, "CANCEL")));
  await peer.next("SIP/2.0 200");
  await peer.next("SIP/2.0 487");
  const cancel = await app.sip("CANCEL");
  expect(cancel.sip?.header("Call-ID")).toBe(two.sip?.header("Call-ID"));
  await app.respond(one, "486 Busy Here");
  await peer.next("SIP/2.0 486");
});
