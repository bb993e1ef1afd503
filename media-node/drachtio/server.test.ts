// biome-ignore-all lint/style/noRestrictedImports: this test puts the real engine behind the adapters.
import { expect, onTestFinished, test, vi } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { SipFault } from "../call/faults.ts";
import { ANSWER, OFFER, requestLines, startTestEngine } from "../engine/test-engine.ts";
import { connectSrf } from "./connect.ts";
import { answerCall, call, handlers, hangUp, startNode } from "./test-node.ts";

test("an INVITE reaches the call with its socket's source, its URIs and its headers", async () => {
  const node = await startNode();
  const lines = requestLines("INVITE", {
    "X-Campaign-ID": "42",
    __proto__x: "1",
    From: '"A" <sip:%2B1500;x=y@peer.test>;tag=c',
  });
  const { peer, invite } = await call(node, lines);
  expect(invite.query).toEqual({
    sourceAddress: "127.0.0.1",
    sourcePort: peer.localPort,
    tlsIdentities: [],
    transport: "tcp",
    requestHost: "sip.node.test",
    requestUser: "+15005550100",
    toUser: "+15005550100",
    fromUser: "%2B1500;x=y",
  });
  expect(invite.offer).toBe(OFFER);
  expect(invite.headers["x-campaign-id"]).toEqual(["42"]);
  expect(Object.getPrototypeOf(invite.headers)).toBe(null);
  expect(invite.sipCallId).toMatch(/@peer\.test$/);
});

test("a call rings, is answered and acknowledged, and our BYE carries the reason (RFC 3326)", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  invite.ringing();
  await peer.next("SIP/2.0 180");
  const answering = invite.answer(ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.body).toBe(ANSWER);
  peer.send(
    requestLines("ACK", { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" }),
  );
  const dialog = await answering;
  expect(dialog.remoteAnswer).toBe(null);
  const reason = await hangUp(peer, dialog.bye({ cause: 200, text: 'agent "done"' }));
  expect(reason).toBe('SIP;cause=200;text="agent \\"done\\""');
});

test("headers of the call's own stand in the 200 and in the BYE, beside those of the node", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  const answering = invite.answer(ANSWER, { "X-Conversation-Id": "conv_1", "X-Name": "Zoë" });
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("X-Conversation-Id")).toBe("conv_1");
  // The peer reads octets: these are the two of UTF-8.
  expect(Buffer.from(ok.header("X-Name"), "latin1").toString("utf8")).toBe("Zoë");
  expect(ok.header("Content-Type")).toBe("application/sdp");
  const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  const names = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", names, target));
  const dialog = await answering;
  const ending = dialog.bye({ cause: 200, text: "done" }, { "X-RouteType": "queue" });
  const bye = await peer.next("BYE");
  peer.reply(bye, "200 OK");
  await ending;
  expect(bye.header("X-RouteType")).toBe("queue");
  expect(bye.header("Reason")).toBe('SIP;cause=200;text="done"');
});

test("a BYE of the peer ends the dialog once, by the peer", async () => {
  const node = await startNode();
  const { peer, dialog, send } = await answerCall(node);
  const told = handlers();
  dialog.attach(told);
  send("BYE", 2);
  await peer.next("SIP/2.0 200");
  expect((await told.whenEnded()).by).toBe("peer");
  await dialog.bye({ cause: 200, text: "too late" });
  expect(peer.unread).toBe(0);
});

test("a BYE that came before the call attached its handlers is told then", async () => {
  const node = await startNode();
  const { peer, dialog, send } = await answerCall(node);
  send("BYE", 2);
  await peer.next("SIP/2.0 200");
  const told = handlers();
  dialog.attach(told);
  expect((await told.whenEnded()).by).toBe("peer");
});

test("an offer-less INVITE gets our offer, and the answer of its ACK is kept (RFC 3261 §13.2.1)", async () => {
  const node = await startNode();
  const { invite, dialog, ok } = await answerCall(node, OFFER, "");
  expect(invite.offer).toBe(null);
  expect(ok.body).toBe(ANSWER);
  expect(dialog.remoteAnswer).toBe(OFFER);
});

test("a CANCEL aborts the invite with the reason, and a late answer rejects", async () => {
  const node = await startNode();
  const lines = requestLines("INVITE");
  const { peer, invite } = await call(node, lines);
  const aborted = new Promise((resolve) => invite.cancelled.addEventListener("abort", resolve));
  peer.send(lines.map((line) => line.replace(/^INVITE/, "CANCEL").replace("1 INVITE", "1 CANCEL")));
  await peer.next("SIP/2.0 200");
  await peer.next("SIP/2.0 487");
  await deadline(aborted, 5_000, "not aborted");
  await invite.reject("cancelled");
  await expect(invite.answer(ANSWER)).rejects.toMatchObject({ code: "cancelled" });
});

test("an answer that is never acknowledged rejects, and the engine's BYE ended the call", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  const answering = invite.answer(ANSWER);
  answering.catch(() => undefined);
  await peer.next("SIP/2.0 200");
  node.engine.clock.advance(32_000);
  const error = await deadline(
    answering.catch((fault: unknown) => fault),
    5_000,
    "answer() hangs",
  );
  expect(error).toBeInstanceOf(SipFault);
  expect(error).toMatchObject({ code: "ack_timeout", message: "ACK timeout" });
});

test.for([
  ["number_unknown", "SIP/2.0 404 Not Found", "", ""],
  [
    "no_common_codec",
    "SIP/2.0 488 Not Acceptable Here",
    "Warning",
    '305 node "No codec of the offer is supported."',
  ],
  [
    "no_audio",
    "SIP/2.0 488 Not Acceptable Here",
    "Warning",
    '304 node "The offer has no usable audio line."',
  ],
  [
    "encryption_required",
    "SIP/2.0 488 Not Acceptable Here",
    "Warning",
    '399 node "The number requires SRTP and the offer has none."',
  ],
  ["node_draining", "SIP/2.0 503 Service Unavailable", "Retry-After", "5"],
  ["internal_error", "SIP/2.0 500 Server Internal Error", "", ""],
] as const)("%s is answered %s", async ([code, startLine, header, value]) => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  await invite.reject(code);
  const refused = await peer.next("SIP/2.0");
  expect(refused.startLine).toBe(startLine);
  if (header !== "") expect(refused.header(header)).toBe(value);
});

test("a re-INVITE is answered by the call, refused by it, or 500 when it fails", async () => {
  const node = await startNode();
  const { peer, dialog, send } = await answerCall(node);
  const offers: (string | null)[] = [];
  const reanswers: (string | null)[] = [];
  const outcomes = [
    { answer: ANSWER },
    { refuse: "no_common_codec" as const },
    null,
    { answer: OFFER },
  ];
  dialog.attach(
    handlers({
      async reoffer(offer) {
        offers.push(offer);
        const outcome = outcomes.shift();
        if (!outcome) throw new Error("the call failed");
        return outcome;
      },
      reanswered: (answer) => reanswers.push(answer),
    }),
  );
  send("INVITE", 2, OFFER);
  await peer.next("SIP/2.0 100");
  expect((await peer.next("SIP/2.0 200")).body).toBe(ANSWER);
  send("ACK", 2);
  send("INVITE", 3, OFFER);
  await peer.next("SIP/2.0 100");
  expect((await peer.next("SIP/2.0 488")).header("Warning")).toMatch(/^305 /);
  send("INVITE", 4, OFFER);
  await peer.next("SIP/2.0 100");
  await peer.next("SIP/2.0 500");
  send("INVITE", 5);
  await peer.next("SIP/2.0 100");
  expect((await peer.next("SIP/2.0 200")).body).toBe(OFFER);
  send("ACK", 5, ANSWER);
  send("INFO", 6);
  await peer.next("SIP/2.0 200");
  expect(offers).toEqual([OFFER, OFFER, OFFER, null]);
  expect(reanswers).toEqual([ANSWER]);
});

test("a re-INVITE to a call that was set up without an offer is the call's to answer too", async () => {
  const node = await startNode();
  const { peer, dialog, send } = await answerCall(node, "", "");
  dialog.attach(handlers());
  send("INVITE", 2, OFFER);
  await peer.next("SIP/2.0 100");
  expect((await peer.next("SIP/2.0 200")).body).toBe(ANSWER);
});

test("in-dialog INFO is 200, a NOTIFY that nobody asked for 489, UPDATE with SDP is a re-offer, REFER and MESSAGE are 405", async () => {
  const node = await startNode();
  const { peer, dialog, send } = await answerCall(node);
  dialog.attach(handlers());
  for (const [index, [method, status, body]] of [
    ["INFO", "200", ""],
    ["NOTIFY", "489", ""],
    ["OPTIONS", "200", ""],
    ["UPDATE", "200", ""],
    ["UPDATE", "200", OFFER],
    ["REFER", "405", ""],
    ["MESSAGE", "405", ""],
  ].entries()) {
    send(method ?? "", index + 2, body);
    const answer = await peer.next(`SIP/2.0 ${status}`);
    expect(answer.body).toBe(body === "" ? "" : ANSWER);
  }
});

test("REGISTER is 405 with Allow and is reported with its source", async () => {
  const node = await startNode();
  const peer = await node.engine.peer();
  node.refused.length = 0;
  peer.send(requestLines("REGISTER"));
  const refused = await peer.next("SIP/2.0 405");
  expect(refused.header("Allow")).toContain("INVITE");
  expect(refused.header("Allow")).not.toContain("REGISTER");
  expect(node.refused).toEqual(["REGISTER registration_not_supported 127.0.0.1 tcp"]);
});

test("OPTIONS tells the node's state: 200, or 503 with Retry-After", async () => {
  let isDraining = false;
  const node = await startNode({
    state: () => (isDraining ? { status: 503, retryAfterS: 7 } : { status: 200 }),
  });
  const peer = await node.engine.peer();
  peer.send(requestLines("OPTIONS"));
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("Accept")).toBe("application/sdp");
  isDraining = true;
  peer.send(requestLines("OPTIONS"));
  expect((await peer.next("SIP/2.0 503")).header("Retry-After")).toBe("7");
});

test("an INVITE whose body is no session description is 415 with what would be (RFC 3261 §21.4.13)", async () => {
  const node = await startNode();
  const peer = await node.engine.peer();
  peer.send(requestLines("INVITE", { "Content-Type": "application/unknown" }), "<audio/>");
  await peer.next("SIP/2.0 100");
  expect((await peer.next("SIP/2.0 415")).header("Accept")).toBe("application/sdp");
});

test.for([
  ["first", ["application/sdp", "application/isup"]],
  ["last", ["application/isup", "application/sdp"]],
] as const)(
  "a session description that is the %s part of a multipart body is the offer",
  async ([, types]) => {
    const node = await startNode();
    const peer = await node.engine.peer();
    const parts = types.map((type) => {
      const content = type === "application/sdp" ? OFFER.trimEnd() : "x";
      return `--b1\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
    });
    const headers = { "Content-Type": "multipart/mixed;boundary=b1" };
    peer.send(requestLines("INVITE", headers), `${parts.join("")}--b1--\r\n`);
    await peer.next("SIP/2.0 100");
    expect((await node.invited()).offer).toBe(OFFER);
  },
);

test("losing the engine aborts what rings and ends what is up, by the engine", async () => {
  const node = await startNode();
  const { dialog } = await answerCall(node);
  const told = handlers();
  dialog.attach(told);
  const { invite } = await call(node);
  await node.engine.engine.close();
  expect((await deadline(node.connection.lost, 5_000, "not lost")).message).toContain("SIP engine");
  expect((await told.whenEnded()).by).toBe("engine");
  expect(invite.cancelled.reason).toMatchObject({ code: "signalling_lost" });
  await invite.reject("internal_error");
});

test("a wrong secret is refused", async () => {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const connecting = connectSrf({ port: engine.engine.controlPort, secret: "wrong" });
  await expect(connecting).rejects.toMatchObject({ code: "sip_engine_unreachable" });
});

test("a BYE that nobody answers has ended the call after 5 s (RFC 3261 §15.1.1)", async () => {
  const node = await startNode();
  const { peer, dialog } = await answerCall(node);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const ending = dialog.bye({ cause: 200, text: "done" });
  vi.advanceTimersByTime(5_000);
  await ending;
  vi.useRealTimers();
  await peer.next("BYE");
});
