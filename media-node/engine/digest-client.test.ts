import { expect, onTestFinished, test } from "vitest";
import { credentialsProve, parseCredentials } from "../protocol/sip/digest.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { ACCOUNT_HEADER } from "./digest-client.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { type ScriptedPeer, ScriptedServer, type WireText } from "./scripted-peer.ts";
import { ANSWER, OFFER, startTestEngine, type TestEngine } from "./test-engine.ts";

const PASSWORD = "the carrier's password";
const CHALLENGE = 'Digest realm="carrier.test", nonce="n1", qop="auth", algorithm=MD5';

async function placed(account: string | null = "acc-1") {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  engine.engine.setAccount("acc-1", { username: "trunk", password: PASSWORD });
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const app = await engine.app();
  const lines = [
    "sip|||",
    `INVITE sip:b@127.0.0.1:${server.port};transport=tcp SIP/2.0`,
    "from: <sip:100@localhost>",
    ...(account === null ? [] : [`${ACCOUNT_HEADER.toLowerCase()}: ${account}`]),
    "",
    OFFER,
  ];
  const sent = await app.ask(lines.join("\r\n"));
  const peer = await server.accept();
  return { engine, app, server, sent, peer, invite: await peer.next("INVITE") };
}

async function challenged(
  peer: ScriptedPeer,
  request: WireText,
  status: "401 Unauthorized" | "407 Proxy Authentication Required",
  ...challenges: string[]
): Promise<WireText> {
  const name = status.startsWith("401") ? "WWW-Authenticate" : "Proxy-Authenticate";
  peer.reply(request, status, { tag: "x", lines: challenges.map((value) => `${name}: ${value}`) });
  const [method = ""] = request.startLine.split(" ");
  if (method === "INVITE") await peer.next("ACK");
  return peer.next(method);
}

/** What the request proves in this header: nonce and count, or what is wrong with it. */
function proof(request: WireText, header: "Authorization" | "Proxy-Authorization"): string {
  const credentials = parseCredentials(request.header(header));
  if (credentials === null || credentials instanceof SipSyntaxError) return "no credentials";
  const [method = "", uri = ""] = request.startLine.split(" ");
  const secret = { password: PASSWORD, method, body: request.body };
  if (credentials.uri !== uri || credentials.username !== "trunk") return "for something else";
  const { nonce, nc, algorithm } = credentials;
  return credentialsProve(credentials, secret) ? `${nonce} ${nc} ${algorithm}` : "wrong response";
}

async function answered(app: ScriptedApp, peer: ScriptedPeer, invite: WireText, port: number) {
  peer.reply(invite, "200 OK", {
    tag: "b",
    lines: [`Contact: <sip:b@127.0.0.1:${port};transport=tcp>`, "Content-Type: application/sdp"],
    body: ANSWER,
  });
  const ok = await app.sip("SIP/2.0 200");
  const dialogId = ok.tokens[9] ?? "";
  await app.ask(`sip||${dialogId}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
  return { ack: await peer.next("ACK"), dialogId };
}

const wireTexts = ({ events }: TestEngine): string =>
  events.flatMap((event) => (event.kind === "message" ? [event.text] : [])).join("\n");

test("a challenged INVITE goes out again with credentials: same Call-ID and From tag, the next CSeq (RFC 3261 §22.2)", async () => {
  const { app, peer, invite, sent, engine } = await placed();
  expect(invite.header(ACCOUNT_HEADER)).toBe("");
  expect(invite.header("Authorization")).toBe("");
  const again = await challenged(peer, invite, "401 Unauthorized", CHALLENGE);
  expect(proof(again, "Authorization")).toBe("n1 00000001 MD5");
  expect(again.header("Call-ID")).toBe(invite.header("Call-ID"));
  expect(again.header("From")).toBe(invite.header("From"));
  expect(Number.parseInt(again.header("CSeq"), 10)).toBe(
    Number.parseInt(invite.header("CSeq"), 10) + 1,
  );
  expect(again.header("Via")).not.toBe(invite.header("Via"));
  expect(again.body).toBe(OFFER);
  peer.reply(again, "180 Ringing", { tag: "b" });
  // To the control side it is the one INVITE that it asked for.
  const ringing = await app.sip("SIP/2.0 180");
  expect(ringing.tokens[8]).toBe(sent.tokens[10]);
  // Neither the password nor what is made of it is in what is reported.
  expect(wireTexts(engine)).toContain("Authorization: [redacted]");
  expect(wireTexts(engine)).not.toMatch(/response=|carrier's password/);
});

test("a proxy and the carrier behind it are both answered, by SHA-256 where it is offered first", async () => {
  const { peer, invite } = await placed();
  const sha = 'Digest realm="proxy.test", nonce="p1", qop="auth", algorithm=SHA-256';
  const md5 = 'Digest realm="proxy.test", nonce="p2", qop="auth", algorithm=MD5';
  const second = await challenged(peer, invite, "407 Proxy Authentication Required", sha, md5);
  expect(proof(second, "Proxy-Authorization")).toBe("p1 00000001 SHA-256");
  const third = await challenged(peer, second, "401 Unauthorized", CHALLENGE);
  expect(proof(third, "Authorization")).toBe("n1 00000001 MD5");
  // The nonce counts up: a repeat with the same count is what an eavesdropper would send (RFC 7616 §3.4).
  expect(proof(third, "Proxy-Authorization")).toBe("p1 00000002 SHA-256");
});

test("a stale nonce is replaced once; credentials that are not taken end the call with the challenge", async () => {
  const { app, peer, invite } = await placed();
  const second = await challenged(peer, invite, "401 Unauthorized", CHALLENGE);
  const stale = CHALLENGE.replace("n1", "n2").concat(", stale=true");
  const third = await challenged(peer, second, "401 Unauthorized", stale);
  expect(proof(third, "Authorization")).toBe("n2 00000001 MD5");
  peer.reply(third, "401 Unauthorized", { tag: "x", lines: [`WWW-Authenticate: ${stale}`] });
  await peer.next("ACK");
  await app.sip("SIP/2.0 401");
  expect(peer.unread).toBe(0);
});

test.each([
  ["a wrong password", "acc-1", [CHALLENGE, CHALLENGE.replace("n1", "n2")]],
  ["no account", null, [CHALLENGE]],
  ["an account that is gone", "acc-2", [CHALLENGE]],
  ["another scheme", "acc-1", ['Bearer realm="carrier.test"']],
  ["an unknown algorithm", "acc-1", [CHALLENGE.replace("MD5", "SHA3-256")]],
])("with %s the challenge is the final word", async (_name, account, challenges) => {
  const { app, peer, invite } = await placed(account);
  let request = invite;
  for (const [index, challenge] of challenges.entries()) {
    if (index > 0) request = await peer.next("INVITE");
    peer.reply(request, "401 Unauthorized", {
      tag: "x",
      lines: [`WWW-Authenticate: ${challenge}`],
    });
    await peer.next("ACK");
  }
  await app.sip("SIP/2.0 401");
  expect(peer.unread).toBe(0);
});

test("ACK repeats the credentials of the INVITE, and a challenged BYE is answered too (RFC 3261 §13.2.2.4, §22.2)", async () => {
  const { app, peer, invite, server } = await placed();
  const again = await challenged(peer, invite, "401 Unauthorized", CHALLENGE);
  const { ack, dialogId } = await answered(app, peer, again, server.port);
  expect(ack.header("Authorization")).toBe(again.header("Authorization"));
  app.send(`sip||${dialogId}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
  const bye = await peer.next("BYE");
  const second = await challenged(
    peer,
    bye,
    "407 Proxy Authentication Required",
    CHALLENGE.replace("n1", "n9"),
  );
  expect(proof(second, "Proxy-Authorization")).toBe("n9 00000001 MD5");
  expect(Number.parseInt(second.header("CSeq"), 10)).toBe(
    Number.parseInt(bye.header("CSeq"), 10) + 1,
  );
  peer.reply(second, "200 OK");
  await app.sip("SIP/2.0 200");
});

test("a challenged re-INVITE and the engine's own session refresh are answered", async () => {
  const { app, peer, invite, server, engine } = await placed();
  peer.reply(invite, "200 OK", {
    tag: "b",
    lines: [
      `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`,
      "Content-Type: application/sdp",
      "Session-Expires: 90;refresher=uac",
      "Require: timer",
    ],
    body: ANSWER,
  });
  const ok = await app.sip("SIP/2.0 200");
  const dialogId = ok.tokens[9] ?? "";
  await app.ask(`sip||${dialogId}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
  await peer.next("ACK");

  const body = OFFER.replace("o=- 1 1", "o=- 1 2");
  app.send(`sip||${dialogId}|\r\nINVITE sip:ignored SIP/2.0\r\n\r\n${body}`);
  const reinvite = await peer.next("INVITE");
  const again = await challenged(peer, reinvite, "401 Unauthorized", CHALLENGE);
  expect(proof(again, "Authorization")).toBe("n1 00000001 MD5");
  peer.reply(again, "200 OK", {
    lines: ["Content-Type: application/sdp", "Session-Expires: 90;refresher=uac", "Require: timer"],
    body: ANSWER,
  });
  await app.sip("SIP/2.0 200");
  await app.ask(`sip||${dialogId}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
  const ack = await peer.next("ACK");
  expect(ack.header("CSeq")).toBe(again.header("CSeq").replace("INVITE", "ACK"));

  // RFC 3261 §13.2.2.4: the ACK of an INVITE that nobody challenged proves nothing again.
  app.send(`sip||${dialogId}|\r\nINVITE sip:ignored SIP/2.0\r\n\r\n${body}`);
  const unchallenged = await peer.next("INVITE");
  peer.reply(unchallenged, "200 OK", {
    lines: ["Content-Type: application/sdp", "Session-Expires: 90;refresher=uac", "Require: timer"],
    body: ANSWER,
  });
  await app.sip("SIP/2.0 200");
  await app.ask(`sip||${dialogId}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
  expect((await peer.next("ACK")).header("Authorization")).toBe("");

  engine.clock.advance(45_000);
  const refresh = await peer.next("INVITE");
  const authorised = await challenged(peer, refresh, "401 Unauthorized", CHALLENGE);
  expect(proof(authorised, "Authorization")).toBe("n1 00000002 MD5");
});

test("a challenge from another address than the one that was called is not answered", async () => {
  const { app, peer, invite, server } = await placed();
  const stranger = await ScriptedServer.listen(undefined, "connection", "127.0.0.2");
  onTestFinished(() => stranger[Symbol.asyncDispose]());
  peer.reply(invite, "200 OK", {
    tag: "b",
    lines: [
      `Contact: <sip:b@127.0.0.2:${stranger.port};transport=tcp>`,
      "Content-Type: application/sdp",
    ],
    body: ANSWER,
  });
  const ok = await app.sip("SIP/2.0 200");
  const dialogId = ok.tokens[9] ?? "";
  await app.ask(`sip||${dialogId}|\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
  await peer.next("ACK");
  peer.end();
  await server[Symbol.asyncDispose]();
  await peer.closed;
  app.send(`sip||${dialogId}|\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
  const elsewhere = await stranger.accept();
  const bye = await elsewhere.next("BYE");
  elsewhere.reply(bye, "401 Unauthorized", { lines: [`WWW-Authenticate: ${CHALLENGE}`] });
  await app.sip("SIP/2.0 401");
  expect(elsewhere.unread).toBe(0);
});

test("a target that closes the connection with its challenge is answered over another", async () => {
  const { peer, invite, server } = await placed();
  peer.reply(invite, "401 Unauthorized", { tag: "x", lines: [`WWW-Authenticate: ${CHALLENGE}`] });
  await peer.next("ACK");
  await peer.next("INVITE");
  peer.end();
  // Nothing was heard of the repeat, so it goes out again, as it was.
  const second = await server.accept();
  const again = await second.next("INVITE");
  expect(proof(again, "Authorization")).toBe("n1 00000001 MD5");
  second.reply(again, "401 Unauthorized", {
    tag: "x",
    lines: [`WWW-Authenticate: ${CHALLENGE.replace("n1", "n2")}, stale=true`],
  });
  second.end();
  const third = await server.accept();
  expect(proof(await third.next("INVITE"), "Authorization")).toBe("n2 00000001 MD5");
});
