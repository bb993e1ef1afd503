// biome-ignore-all lint/style/noRestrictedImports: this test puts the real engine behind the adapters.
import { expect, onTestFinished, test } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import { eventually } from "../../tests/support/deadline.ts";
import type { OutboundCall } from "../call/outbound/outbound-ports.ts";
import { ScriptedServer } from "../engine/scripted-peer.ts";
import { ANSWER, OFFER } from "../engine/test-engine.ts";
import { handlers, hangUp, type Node, startNode } from "./test-node.ts";

async function startCall(node: Node, changes: Partial<OutboundCall> = {}) {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const provisionals: number[] = [];
  const outcome = node.dialer.invite({
    requestUri: "sip:+15005550123@carrier.test",
    nextHop: `sip:127.0.0.1:${server.port};transport=tcp`,
    from: '"Agent" <sip:+15005550100@sip.node.test>',
    to: "<sip:+15005550123@carrier.test>",
    headers: {},
    sdp: OFFER,
    signal: new AbortController().signal,
    onProvisional: ({ status }) => provisionals.push(status),
    ...changes,
  });
  outcome.catch(() => undefined);
  return { server, provisionals, outcome };
}

test("an outbound call is answered, acknowledged and ended by us", async () => {
  const node = await startNode();
  const { server, provisionals, outcome } = await startCall(node, { headers: { "X-Foo": "bar" } });
  const peer = await server.accept();
  const invite = await peer.next("INVITE sip:+15005550123@carrier.test SIP/2.0");
  expect(invite.header("Contact")).toMatch(
    /^<sip:node7-[0-9a-f]+@sip\.node\.test:5060;transport=tcp>$/,
  );
  expect(invite.header("Via")).toMatch(
    /^SIP\/2\.0\/TCP sip\.node\.test:5060;branch=z9hG4bK[0-9a-f]+;rport$/,
  );
  expect(invite.header("X-Foo")).toBe("bar");
  expect(invite.body).toBe(OFFER);
  const contact = `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;
  peer.reply(invite, "100 Trying");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  peer.reply(invite, "200 OK", {
    tag: "b",
    lines: [contact, "Content-Type: application/sdp"],
    body: ANSWER,
  });
  await peer.next(`ACK sip:b@127.0.0.1:${server.port};transport=tcp SIP/2.0`);
  const answered = await outcome;
  expect(answered).toMatchObject({ kind: "answered", sdp: ANSWER, status: 200 });
  expect(provisionals).toEqual([180]);
  if (answered.kind === "answered")
    await hangUp(peer, answered.dialog.bye({ cause: 200, text: "done" }));
});

test("an outbound call may be ended by the peer", async () => {
  const node = await startNode();
  const { server, outcome } = await startCall(node);
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "200 OK", {
    tag: "b",
    lines: [`Contact: <sip:b@127.0.0.1:${server.port}>`],
    body: "",
  });
  await peer.next("ACK");
  const answered = await outcome;
  if (answered.kind !== "answered") throw new Error("not answered");
  const told = handlers();
  answered.dialog.attach(told);
  peer.send([
    `BYE ${/<([^>]+)>/.exec(invite.header("Contact"))?.[1]} SIP/2.0`,
    "Via: SIP/2.0/TCP peer.test;branch=z9hG4bKbye",
    `From: ${invite.header("To")};tag=b`,
    `To: ${invite.header("From")}`,
    `Call-ID: ${invite.header("Call-ID")}`,
    "CSeq: 9 BYE",
  ]);
  await peer.next("SIP/2.0 200");
  expect((await told.whenEnded()).by).toBe("peer");
});

test("a refused outbound call says how, and its final response is acknowledged", async () => {
  const node = await startNode();
  const { server, outcome } = await startCall(node);
  const peer = await server.accept();
  peer.reply(await peer.next("INVITE"), "486 Busy Here", { tag: "b" });
  await peer.next("ACK");
  expect(await outcome).toMatchObject({ kind: "refused", status: 486, reason: "Busy Here" });
});

test("an aborted outbound call is cancelled once it rings", async () => {
  const node = await startNode();
  const abort = new AbortController();
  const { server, outcome } = await startCall(node, { signal: abort.signal });
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  abort.abort();
  peer.reply(invite, "180 Ringing", { tag: "b" });
  const cancel = await peer.next("CANCEL sip:+15005550123@carrier.test");
  peer.reply(cancel, "200 OK");
  peer.reply(invite, "487 Request Terminated", { tag: "b" });
  await peer.next("ACK");
  expect(await outcome).toEqual({ kind: "cancelled" });
});

test("an answer that crosses the CANCEL is acknowledged and ended", async () => {
  const node = await startNode();
  const abort = new AbortController();
  const { server, provisionals, outcome } = await startCall(node, { signal: abort.signal });
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  await eventually(() => provisionals[0] ?? null, 5_000, "no 180");
  abort.abort();
  await peer.next("CANCEL");
  peer.reply(invite, "200 OK", { tag: "b", lines: [`Contact: <sip:b@127.0.0.1:${server.port}>`] });
  await peer.next("ACK");
  peer.reply(await peer.next("BYE"), "200 OK");
  expect(await outcome).toEqual({ kind: "cancelled" });
});

test("an unreachable next hop is told apart from a refusal, and a header that breaks out is refused", async () => {
  const node = await startNode();
  const closed = await ScriptedServer.listen();
  const { port } = closed;
  await closed[Symbol.asyncDispose]();
  const asked = {
    requestUri: "sip:+15005550123@carrier.test",
    nextHop: `sip:127.0.0.1:${port};transport=tcp`,
    from: "<sip:a@sip.node.test>",
    to: "<sip:b@carrier.test>",
    headers: {},
    sdp: OFFER,
    signal: new AbortController().signal,
  };
  expect(await node.dialer.invite(asked)).toEqual({
    kind: "failed",
    cause: "unreachable",
    detail: "ECONNREFUSED",
  });
  const injected = { ...asked, headers: { "X-Foo": "a\r\nRoute: <sip:evil>" } };
  await expect(node.dialer.invite(injected)).rejects.toBeInstanceOf(RangeError);
});

test("early media, a redirection and what a repeat needs come out of the INVITE", async () => {
  const node = await startNode();
  const early: (string | null)[] = [];
  const departures: string[] = [];
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const asked = {
    requestUri: "sip:+15005550123@carrier.test",
    nextHop: `sip:127.0.0.1:${server.port};transport=tcp`,
    from: "<sip:a@sip.node.test>",
    to: "<sip:b@carrier.test>",
    headers: {},
    sdp: OFFER,
    signal: new AbortController().signal,
    onSent: ({ transport, address }: { transport: string; address: string }) =>
      departures.push(`${transport} ${address}`),
    onProvisional: ({ sdp }: { sdp: string | null }) => early.push(sdp),
  };
  const outcome = node.dialer.invite(asked);
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "183 Session Progress", {
    tag: "b",
    lines: ["Content-Type: application/sdp"],
    body: ANSWER,
  });
  // What only the engine may write proves nothing on the wire.
  const lines = ["Contact: <sip:elsewhere@127.0.0.1>", "X-Failure: tls_identity_mismatch"];
  peer.reply(invite, "302 Moved Temporarily", { tag: "b", lines });
  await peer.next("ACK");
  const refused = await outcome;
  expect(refused).toMatchObject({ kind: "refused", status: 302, retryAfter: null });
  expect(early).toEqual([ANSWER]);
  expect(departures).toEqual(["tcp 127.0.0.1"]);
  if (refused.kind !== "refused") return;

  const repeated = node.dialer.invite({ ...asked, after: refused.sent });
  const again = await peer.next("INVITE");
  expect(again.header("Call-ID")).toBe(invite.header("Call-ID"));
  expect(again.header("From")).toBe(invite.header("From"));
  expect(Number.parseInt(again.header("CSeq"), 10)).toBe(
    Number.parseInt(invite.header("CSeq"), 10) + 1,
  );
  peer.reply(again, "503 Service Unavailable", { tag: "c", lines: ["Retry-After: 30"] });
  expect(await repeated).toMatchObject({ kind: "refused", status: 503, retryAfter: "30" });
});

test("a carrier that says nothing for 32 s is silent, and not a refusal", async () => {
  const node = await startNode();
  const { server, outcome } = await startCall(node);
  const peer = await server.accept();
  await peer.next("INVITE");
  node.engine.clock.advance(32_000);
  expect(await outcome).toEqual({ kind: "failed", cause: "silent", detail: "timeout" });
});

test("a call answers challenges to its INVITE and to its BYE, which carries headers of the call", async () => {
  const node = await startNode();
  const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"';
  const account = { username: "trunk", password: new Secret("the password") };
  const { server, outcome } = await startCall(node, { account });
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "401 Unauthorized", { tag: "x", lines: [challenge] });
  await peer.next("ACK");
  const again = await peer.next("INVITE");
  expect(again.header("Authorization")).toMatch(/^Digest username="trunk", realm="r"/);
  expect(again.text).not.toMatch(/X-Trunkline|the password/);
  peer.reply(again, "200 OK", {
    tag: "b",
    lines: [`Contact: <sip:b@127.0.0.1:${server.port}>`, "Content-Type: application/sdp"],
    body: ANSWER,
  });
  await peer.next("ACK");
  const answered = await outcome;
  if (answered.kind !== "answered") throw new Error("not answered");
  const ended = answered.dialog.bye({ cause: 200, text: "done" }, { "X-Outcome": "sold" });
  const bye = await peer.next("BYE");
  expect(bye.header("X-Outcome")).toBe("sold");
  peer.reply(bye, "401 Unauthorized", { lines: [challenge.replace("n1", "n2")] });
  const authorised = await peer.next("BYE");
  expect(authorised.header("Authorization")).toContain('nonce="n2"');
  peer.reply(authorised, "200 OK");
  await ended;
});
