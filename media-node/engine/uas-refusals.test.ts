import { expect, onTestFinished, test } from "vitest";
import type { Cidr } from "../../schema/values/cidr.ts";
import type { EngineConfig } from "./engine-config.ts";
import { ScriptedPeer, ScriptedServer, type WireText } from "./scripted-peer.ts";
import {
  ANSWER,
  establish,
  OFFER,
  requestLines,
  startTestEngine,
  type TestEngine,
} from "./test-engine.ts";

async function start(changes: Partial<EngineConfig> = {}): Promise<TestEngine> {
  const engine = await startTestEngine(changes);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

test("the same request by another path is 482, its plain repeat is absorbed (RFC 3261 §8.2.2.2)", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const lines = requestLines("INVITE");
  peer.send(lines);
  await peer.next("SIP/2.0 100");
  await app.sip("INVITE");
  peer.send(lines);
  await peer.next("SIP/2.0 100");
  peer.send(lines.map((line) => line.replace(/branch=[^;]+/, "branch=z9hG4bKfork")));
  await peer.next("SIP/2.0 482");
  expect(app.unread).toBe(0);
});

test("INVITE with Max-Forwards 0 is 483; OPTIONS with 0 is answered by this hop (RFC 3261 §11)", async () => {
  const engine = await start();
  const app = await engine.app(["invite", "options"]);
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { "Max-Forwards": "0" }));
  await peer.next("SIP/2.0 483");
  peer.send(requestLines("OPTIONS", { "Max-Forwards": "0" }));
  await app.respond(await app.sip("OPTIONS"), "200 OK");
  await peer.next("SIP/2.0 200");
});

test("an extension that is required and unknown is 420 with its name (RFC 3261 §8.2.2.3)", async () => {
  const engine = await start();
  await engine.app();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { Require: "100rel, timer, nothingSupportsThis, norThis" }));
  const refused = await peer.next("SIP/2.0 420");
  expect(refused.header("Unsupported")).toBe("nothingSupportsThis, norThis");
});

test("a method that nobody ever took is 405 with Allow, one that nobody takes now is 503 (RFC 3261 §8.2.1)", async () => {
  const engine = await start();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE"));
  const early = await peer.next("SIP/2.0 503");
  expect(Number(early.header("Retry-After"))).toBeGreaterThan(0);
  const app = await engine.app(["invite", "options"]);
  peer.send(requestLines("PUBLISH"));
  const refused = await peer.next("SIP/2.0 405");
  expect(refused.header("Allow")).toBe("INVITE, ACK, CANCEL, BYE, OPTIONS");
  await app[Symbol.asyncDispose]();
  peer.send(requestLines("OPTIONS"));
  await peer.next("SIP/2.0 503");
});

test("a malformed request is 400 with what can be copied, and the connection goes on", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { "Call-ID": null }));
  await peer.next("SIP/2.0 400");
  peer.send(requestLines("INVITE", { CSeq: "1 OPTIONS" }));
  await peer.next("SIP/2.0 400");
  peer.send(["INVITE sip:a b@c SIP/2.0", ...requestLines("INVITE").slice(1)]);
  const refused = await peer.next("SIP/2.0 400");
  expect(refused.header("Call-ID")).toMatch(/@peer\.test$/);
  peer.send(requestLines("INVITE", {}, "http://example.test/"));
  await peer.next("SIP/2.0 416");
  peer.send(requestLines("INVITE"));
  await peer.next("SIP/2.0 100");
  await app.sip("INVITE");
});

test("a message without Content-Length is 400 and the end of its connection (RFC 3261 §20.14)", async () => {
  const engine = await start();
  await engine.app();
  const peer = await engine.peer();
  peer.write(`${requestLines("INVITE").join("\r\n")}\r\n\r\n`);
  await peer.next("SIP/2.0 400");
  await peer.closed;
});

test("a double CRLF is answered by one (RFC 5626 §4.4.1)", async () => {
  const engine = await start();
  await engine.app();
  const peer = await engine.peer();
  peer.write("\r\n\r\n");
  peer.send(requestLines("PUBLISH"));
  await peer.next("SIP/2.0 405");
  expect(peer.rawText.startsWith("\r\nSIP/2.0 405")).toBe(true);
});

test("an application that goes away leaves 503 to what rang and BYE to what was up", async () => {
  const engine = await start();
  const app = await engine.app();
  const [up, ringing] = [await engine.peer(), await engine.peer()];
  await establish(up, app);
  ringing.send(requestLines("INVITE"));
  await ringing.next("SIP/2.0 100");
  await app.sip("INVITE");
  await app[Symbol.asyncDispose]();
  const refused = await ringing.next("SIP/2.0 503");
  expect(Number(refused.header("Retry-After"))).toBeGreaterThan(0);
  await up.next("BYE sip:caller@127.0.0.1");
});

test("the connection of a call may close under it: the peer's BYE on a new one is answered", async () => {
  const engine = await start();
  const app = await engine.app();
  const first = await engine.peer();
  const { inDialog, target } = await establish(first, app);
  await first[Symbol.asyncDispose]();
  const second = await engine.peer();
  second.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await second.next("SIP/2.0 200");
});

test("the connection of a call may close under it: our BYE opens a new one to the remote target", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  await using server = await ScriptedServer.listen();
  const { inDialog, target, dialogId } = await establish(peer, app);
  const contact = { Contact: `<sip:caller@127.0.0.1:${server.port};transport=tcp>` };
  peer.send(requestLines("INVITE", { ...inDialog(2, "INVITE"), ...contact }, target));
  await peer.next("SIP/2.0 100");
  await app.respond(await app.sip("INVITE"), "200 OK", [], ANSWER);
  await peer.next("SIP/2.0 200");
  peer.send(requestLines("ACK", inDialog(2, "ACK"), target));
  await app.sip("ACK");
  await peer[Symbol.asyncDispose]();
  app.send(`sip||${dialogId}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  const fresh = await server.accept();
  const bye = await fresh.next(`BYE sip:caller@127.0.0.1:${server.port};transport=tcp`);
  fresh.reply(bye, "200 OK");
  await app.sip("SIP/2.0 200");
});

test("events carry every message, without credentials and without SRTP keys", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const body = `${OFFER}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\r\n`;
  peer.send(requestLines("INVITE", { Authorization: 'Digest response="topsecret"' }), body);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  expect(invite.sip?.body).toBe(body);
  const messages = engine.events.filter((event) => event.kind === "message");
  expect(
    messages.map(({ direction, startLine }) => `${direction} ${startLine.slice(0, 11)}`),
  ).toEqual(["in INVITE sip:", "out SIP/2.0 100"]);
  const texts = messages.map(({ text }) => text).join("");
  expect(texts).not.toMatch(/topsecret|c2VjcmV0/);
  expect(texts).toContain("inline:[redacted]");
});

test("a connection that carries a dialog is kept alive every 25 s, any other is not (RFC 5626 §4.4.1)", async () => {
  const engine = await start();
  const app = await engine.app();
  const [busy, idle] = [await engine.peer(), await engine.peer()];
  await establish(busy, app);
  engine.clock.advance(25_000);
  for (const peer of [busy, idle]) {
    peer.send(requestLines("PUBLISH"));
    await peer.next("SIP/2.0 405");
  }
  expect(busy.rawText).toContain("AVP 0\r\n\r\n\r\nSIP/2.0 405");
  expect(idle.rawText.startsWith("SIP/2.0 405")).toBe(true);
});

test("IPv6: sources are told without brackets, URIs have them (RFC 3261 §25.1)", async () => {
  const engine = await startTestEngine({
    listeners: [{ transport: "tcp", bindAddress: "::1", port: 0, advertisedPort: 5060 }],
    advertisedHost: "2001:db8::5",
  });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const app = await engine.app();
  const peer = await ScriptedPeer.connect(engine.port, "::1");
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const via = { Via: "SIP/2.0/TCP [2001:db8::9]:5060;branch=z9hG4bKsix;rport" };
  peer.send(requestLines("INVITE", via, "sip:+15005550100@[2001:db8::5]"));
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  expect(invite.tokens[5]).toBe("::1");
  await app.respond(invite, "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("Contact")).toMatch(/@\[2001:db8::5\]:5060;transport=tcp>$/);
  expect(ok.header("Via")).toContain(";received=::1");
});

test("an application that has stopped reading gets no more calls: 503 with Retry-After and no state, until it reads again (RFC 3261 §8.2.7)", async () => {
  // A known source: its own rate does not hold it back first.
  const engine = await start({ trustedSources: ["127.0.0.0/8" as Cidr] });
  const app = await engine.app(["invite", "options"]);
  const peer = await engine.peer();
  app.pause();
  const body = "x".repeat(60_000);
  const large = (callId: string): void => {
    peer.send(requestLines("INVITE", { "Call-ID": callId, "Content-Type": "text/plain" }), body);
  };
  for (let count = 0; count < 400; count += 1) large(`flood${count}`);
  const firstRefusal = async (): Promise<WireText> => {
    const response = await peer.next("SIP/2.0 ");
    return response.startLine.startsWith("SIP/2.0 503") ? response : firstRefusal();
  };
  const refused = await firstRefusal();
  expect(refused.header("Retry-After")).toBe("5");
  // What the refused one leaves is nothing: the same request again is no repeat of a transaction's.
  const callId = refused.header("Call-ID");
  peer.send(requestLines("ACK", { "Call-ID": callId, To: refused.header("To") }));
  app.resume();
  await app.ask("ping");
  large(callId);
  const taken = async (): Promise<string> => {
    const invite = await app.sip("INVITE");
    return invite.sip?.header("Call-ID") === callId ? callId : taken();
  };
  expect(await taken()).toBe(callId);
});
