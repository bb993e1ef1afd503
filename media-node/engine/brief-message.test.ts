import { expect, test } from "vitest";
import { ANSWER, OFFER, requestLines, startTestEngine } from "./test-engine.ts";

const VIA_OF_A_PROXY = "SIP/2.0/TCP proxy.test;branch=z9hG4bKproxy";

test("of an INVITE the application gets every header, of its answer what names the dialog", async () => {
  await using engine = await startTestEngine();
  const app = await engine.app();
  const peer = await engine.peer();
  const lines = requestLines("INVITE", {
    "Content-Type": "application/sdp",
    "X-Anything": "kept",
    "History-Info": "<sip:a@test>;index=1",
  });
  peer.send([...lines, `Via: ${VIA_OF_A_PROXY}`], OFFER);
  const invite = await app.sip("INVITE");
  expect(invite.sip?.body).toBe(OFFER);
  expect(invite.sip?.headers("Via")).toHaveLength(2);
  expect(invite.sip?.header("X-Anything")).toBe("kept");
  expect(invite.sip?.header("History-Info")).toBe("<sip:a@test>;index=1");

  const { sip } = await app.respond(invite, "200 OK", ["X-Ours: 1"], ANSWER);
  await peer.next("SIP/2.0 100");
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.body).toBe(ANSWER);
  expect(sip?.text).toBe(
    `SIP/2.0 200 OK\r\nTo: ${ok.header("To")}\r\nContact: ${ok.header("Contact")}\r\nContent-Length: 0\r\n\r\n`,
  );
});

test("of an ACK and a BYE it gets the Call-ID, the body and the reason, and of its 200 the status", async () => {
  await using engine = await startTestEngine();
  const app = await engine.app(["invite", "bye"]);
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { "Call-ID": "brief@peer.test" }));
  await peer.next("SIP/2.0 100");
  await app.respond(await app.sip("INVITE"), "200 OK", [], OFFER);
  const ok = await peer.next("SIP/2.0 200");
  const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  const inDialog = { To: ok.header("To"), "Call-ID": "brief@peer.test" };
  const sdp = { "Content-Type": "application/sdp" };
  peer.send(requestLines("ACK", { ...inDialog, CSeq: "1 ACK", ...sdp }, target), ANSWER);
  const ack = await app.sip("ACK");
  expect(ack.sip?.text).toBe(
    `ACK ${target} SIP/2.0\r\nCall-ID: brief@peer.test\r\nContent-Type: application/sdp\r\n` +
      `Content-Length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
  );

  const reason = 'Q.850;cause=16;text="Normal call clearing"';
  peer.send(requestLines("BYE", { ...inDialog, CSeq: "2 BYE", Reason: reason }, target));
  const bye = await app.sip("BYE");
  expect(bye.sip?.text).toBe(
    `BYE ${target} SIP/2.0\r\nCall-ID: brief@peer.test\r\nReason: ${reason}\r\nContent-Length: 0\r\n\r\n`,
  );
  const { sip } = await app.respond(bye, "200 OK");
  expect(sip?.text).toBe("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  // RFC 3261 §8.2.6.2: the peer's copy has all that must be copied.
  const done = await peer.next("SIP/2.0 200");
  expect(done.header("CSeq")).toBe("2 BYE");
  expect(done.header("From")).toContain("tag=caller1");
});
