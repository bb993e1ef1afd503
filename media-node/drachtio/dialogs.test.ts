// biome-ignore-all lint/style/noRestrictedImports: this test puts the real engine behind the adapters.
import { expect, onTestFinished, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { ScriptedServer, type WireText } from "../engine/scripted-peer.ts";
import { ANSWER, OFFER, requestLines } from "../engine/test-engine.ts";
import { call, handlers, hangUp, type Node, startNode } from "./test-node.ts";

const SDP = "Content-Type: application/sdp";

async function dial(node: Node, headers: Record<string, string> = {}) {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const outcome = node.dialer.invite({
    requestUri: "sip:+15005550123@carrier.test",
    nextHop: `sip:127.0.0.1:${server.port};transport=tcp`,
    from: "<sip:+15005550100@sip.node.test>",
    to: "<sip:+15005550123@carrier.test>",
    headers,
    sdp: OFFER,
    signal: new AbortController().signal,
  });
  outcome.catch(() => undefined);
  const peer = await server.accept();
  const contact = `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;
  return { peer, outcome, contact, invite: await peer.next("INVITE") };
}

function inDialog(response: WireText, cseq: number, method: string): Record<string, string> {
  const [from, to, callId] = ["From", "To", "Call-ID"].map((name) => response.header(name));
  return {
    From: from ?? "",
    To: to ?? "",
    "Call-ID": callId ?? "",
    CSeq: `${cseq} ${method}`,
  };
}

test("a number calls a number through a proxy that keeps Call-ID and tags: two calls, each ended alone", async () => {
  const node = await startNode();
  const outbound = await dial(node);
  const names = inDialog(outbound.invite, 1, "INVITE");
  const inbound = await call(node, requestLines("INVITE", { ...names }));
  // One Call-ID in the records of both, and one name each at the control side.
  expect(inbound.invite.sipCallId).toBe(outbound.invite.header("Call-ID"));
  const answering = inbound.invite.answer(ANSWER);
  const ok = await inbound.peer.next("SIP/2.0 200");
  inbound.peer.send(requestLines("ACK", inDialog(ok, 1, "ACK")));
  const callee = await deadline(answering, 5_000, "not acknowledged");
  outbound.peer.reply(outbound.invite, "200 OK", {
    tag: /tag=(.*)$/.exec(ok.header("To"))?.[1] ?? "",
    lines: [outbound.contact, SDP],
    body: ANSWER,
  });
  await outbound.peer.next("ACK");
  const answered = await outbound.outcome;
  if (answered.kind !== "answered") throw new Error("not answered");
  expect(callee.sipCallId).toBe(answered.dialog.sipCallId);
  const [told, toldOther] = [handlers(), handlers()];
  answered.dialog.attach(told);
  callee.attach(toldOther);
  inbound.peer.send(requestLines("BYE", inDialog(ok, 2, "BYE")));
  await inbound.peer.next("SIP/2.0 200");
  expect((await toldOther.whenEnded()).by).toBe("peer");
  await hangUp(outbound.peer, answered.dialog.bye({ cause: 200, text: "done" }));
});

test("of two calls that ring with one Call-ID, the CANCEL of the first ends the first", async () => {
  const node = await startNode();
  const from = (tag: string) => ({ "Call-ID": "one@x", From: `<sip:c@x>;tag=${tag}` });
  const lines = requestLines("INVITE", from("a"));
  const first = await call(node, lines);
  const second = await call(node, requestLines("INVITE", from("b")));
  const aborted = new Promise((resolve) =>
    first.invite.cancelled.addEventListener("abort", resolve),
  );
  first.peer.send(lines.map((line) => line.replace(/INVITE(?= sip|$)/, "CANCEL")));
  await first.peer.next("SIP/2.0 200");
  await first.peer.next("SIP/2.0 487");
  await deadline(aborted, 5_000, "not aborted");
  expect(second.invite.cancelled.aborted).toBe(false);
  await second.invite.reject("number_unknown");
  await second.peer.next("SIP/2.0 404");
});

test("a caller that requires 100rel rings reliably, its PRACK is answered, and the call is (RFC 3262 §3)", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node, requestLines("INVITE", { Require: "100rel" }));
  invite.ringing();
  const ringing = await peer.next("SIP/2.0 180");
  const answering = invite.answer(ANSWER);
  const rack = { RAck: `${ringing.header("RSeq")} 1 INVITE` };
  peer.send(requestLines("PRACK", { ...inDialog(ringing, 2, "PRACK"), ...rack }));
  const responses = [await peer.next("SIP/2.0 200"), await peer.next("SIP/2.0 200")];
  expect(responses.map((response) => response.header("CSeq")).sort()).toEqual([
    "1 INVITE",
    "2 PRACK",
  ]);
  peer.send(requestLines("ACK", inDialog(ringing, 1, "ACK")));
  const dialog = await deadline(answering, 5_000, "not acknowledged");
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});

test("a reliable 183 to a call of ours is acknowledged by the package and the call goes on (RFC 3262 §4)", async () => {
  const node = await startNode();
  const { peer, outcome, invite, contact } = await dial(node, { Supported: "100rel" });
  expect(invite.headers("Supported").join()).toContain("100rel");
  const lines = ["Require: 100rel", "RSeq: 41", contact, SDP];
  peer.reply(invite, "183 Session Progress", { tag: "b", lines, body: ANSWER });
  const prack = await peer.next("PRACK sip:b@127.0.0.1");
  expect(prack.header("RAck")).toBe(`41 ${invite.header("CSeq")}`);
  peer.reply(prack, "200 OK");
  peer.reply(invite, "200 OK", { tag: "b", lines: [contact, SDP], body: ANSWER });
  await peer.next("ACK");
  const answered = await outcome;
  if (answered.kind !== "answered") throw new Error("not answered");
  await hangUp(peer, answered.dialog.bye({ cause: 200, text: "done" }));
});

test("a session that nobody refreshes ends the dialog, by the engine (RFC 4028 §10)", async () => {
  const node = await startNode();
  const timer = { Supported: "timer", "Session-Expires": "90" };
  const { peer, invite } = await call(node, requestLines("INVITE", timer));
  const answering = invite.answer(ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  peer.send(requestLines("ACK", inDialog(ok, 1, "ACK")));
  const dialog = await deadline(answering, 5_000, "not acknowledged");
  const told = handlers();
  dialog.attach(told);
  node.engine.clock.advance(60_000);
  expect(await told.whenEnded()).toEqual({ by: "engine", reason: "Session timer expired" });
  await peer.next("BYE");
});

test("a key in an INFO is told to the call; other bodies are refused, an empty one is answered", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  const answering = invite.answer(ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  peer.send(requestLines("ACK", inDialog(ok, 1, "ACK")));
  const dialog = await deadline(answering, 5_000, "not acknowledged");
  const keys: string[] = [];
  dialog.attach(handlers({ digit: (digit, durationMs) => keys.push(`${digit} ${durationMs}`) }));
  const info = async (cseq: number, contentType: string | null, body: string) => {
    const type = contentType === null ? {} : { "Content-Type": contentType };
    peer.send(requestLines("INFO", { ...inDialog(ok, cseq, "INFO"), ...type }), body);
    return peer.next("SIP/2.0");
  };
  const answers = [
    await info(2, "application/dtmf-relay", "Signal=5\r\nDuration=240\r\n"),
    await info(3, "application/dtmf", "#"),
    await info(4, "application/dtmf-relay", "Signal=16\r\n"),
    await info(5, null, ""),
    await info(6, "application/media_control+xml", "<media_control/>"),
  ];
  expect(answers.map(({ startLine }) => startLine)).toEqual([
    ...Array(4).fill("SIP/2.0 200 OK"),
    "SIP/2.0 415 Unsupported Media Type",
  ]);
  expect(answers.at(-1)?.header("Accept")).toContain("application/dtmf-relay");
  expect(keys).toEqual(["5 240", "# 160"]);
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});

test("a REFER and its NOTIFYs: the request as asked for, every word of the peer told (RFC 3515 §2.4)", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  const answering = invite.answer(ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  peer.send(requestLines("ACK", inDialog(ok, 1, "ACK")));
  const dialog = await deadline(answering, 5_000, "not acknowledged");
  const notices: unknown[] = [];
  dialog.attach(handlers({ referNotice: (notice) => notices.push(notice) }));
  const referring = new Promise((answered) => {
    const headers = { "X-Conversation-ID": "conv_1" };
    dialog.refer({ referTo: "<tel:+49301234>", headers }, answered);
  });
  const refer = await peer.next("REFER");
  expect(refer.header("Refer-To")).toBe("<tel:+49301234>");
  expect(refer.header("X-Conversation-ID")).toBe("conv_1");
  expect(refer.header("CSeq")).toMatch(/^\d+ REFER$/);
  peer.reply(refer, "202 Accepted");
  expect(await referring).toEqual({ status: 202, reason: "Accepted" });

  const notify = async (cseq: number, event: string, state: string, body: string) => {
    const lines = { Event: event, "Subscription-State": state, "Content-Type": "message/sipfrag" };
    peer.send(requestLines("NOTIFY", { ...inDialog(ok, cseq, "NOTIFY"), ...lines }), body);
    return (await peer.next("SIP/2.0")).startLine;
  };
  expect(await notify(2, "refer", "active;expires=60", "SIP/2.0 180 Ringing\r\n")).toContain("200");
  expect(await notify(3, "refer;id=1", "terminated;reason=noresource", "SIP/2.0 200 OK")).toContain(
    "200",
  );
  expect(await notify(4, "presence", "active", "x")).toContain("489");
  expect(notices).toEqual([
    { status: 180, reason: "Ringing", isLast: false },
    { status: 200, reason: "OK", isLast: true },
  ]);
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
  const afterwards: number[] = [];
  dialog.refer({ referTo: "<tel:1>", headers: {} }, ({ status }) => afterwards.push(status));
  expect(afterwards).toEqual([481]);
});
