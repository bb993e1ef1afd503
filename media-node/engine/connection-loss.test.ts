import { describe, expect, onTestFinished, test } from "vitest";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedServer } from "./scripted-peer.ts";
import { OFFER, startTestEngine, type TestEngine } from "./test-engine.ts";

async function start(): Promise<{ engine: TestEngine; app: ScriptedApp; server: ScriptedServer }> {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { engine, app: await engine.app(), server };
}

function invite({ port }: ScriptedServer): string {
  return `sip||\r\nINVITE sip:b@127.0.0.1:${port};transport=tcp SIP/2.0\r\n\r\n${OFFER}`;
}

function faults({ events }: TestEngine): string[] {
  return events.flatMap((event) => (event.kind === "fault" ? [event.code] : []));
}

describe("an INVITE of ours fails with 503 at once, without waiting for its timer", () => {
  test.each([
    ["HTTP", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
    ["something with a banner", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["something binary", "\x15\x03\x03\x00\x02\x02\x28"],
  ])("when the peer speaks %s, which the fault says", async (_what, answer) => {
    const { engine, app, server } = await start();
    await app.ask(invite(server));
    for (const _attempt of [1, 2]) {
      const peer = await server.accept();
      await peer.next("INVITE");
      peer.write(answer);
    }
    const refused = await app.sip("SIP/2.0 503");
    expect(refused.tokens[3]).toBe("0");
    expect(faults(engine)).toEqual(["peer_is_not_sip", "peer_is_not_sip"]);
  });

  test("when the peer closes both connections that it was sent by", async () => {
    const { app, server } = await start();
    await app.ask(invite(server));
    for (const _attempt of [1, 2]) {
      const peer = await server.accept();
      await peer.next("INVITE");
      peer.end();
    }
    await app.sip("SIP/2.0 503");
    expect(server.waiting).toBe(0);
  });
});

test("an INVITE whose connection closed once is answered on the second", async () => {
  const { app, server } = await start();
  await app.ask(invite(server));
  const first = await server.accept();
  const { text } = await first.next("INVITE");
  first.end();
  const second = await server.accept();
  const repeated = await second.next("INVITE");
  expect(repeated.text).toBe(text);
  second.reply(repeated, "486 Busy Here", { tag: "b" });
  await app.sip("SIP/2.0 486");
  await second.next("ACK");
});

test("a call that rings is cancelled over another connection when its own has closed (RFC 3261 §9.1)", async () => {
  const { app, server } = await start();
  const sent = await app.ask(invite(server));
  const first = await server.accept();
  const ringing = await first.next("INVITE");
  first.reply(ringing, "180 Ringing", { tag: "b" });
  await app.sip("SIP/2.0 180");
  first.end();
  await first.closed;
  await app.ask(`sip|${sent.tokens[10]}|\r\nCANCEL sip:b@x SIP/2.0\r\n\r\n`);
  const second = await server.accept();
  const cancel = await second.next("CANCEL");
  expect(cancel.header("Via")).toBe(ringing.header("Via"));
  second.reply(cancel, "200 OK");
  second.reply(ringing, "487 Request Terminated", { tag: "b" });
  await app.sip("SIP/2.0 487");
});

test("a BYE that is challenged in vain leaves no dialog for ever", async () => {
  const { engine, app, server } = await start();
  await app.ask(invite(server));
  const peer = await server.accept();
  const contact = `Contact: <sip:b@127.0.0.1:${server.port};transport=tcp>`;
  peer.reply(await peer.next("INVITE"), "200 OK", { tag: "b", lines: [contact] });
  const ok = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${ok.tokens[9]}\r\nACK sip:ignored SIP/2.0\r\n\r\n`);
  await peer.next("ACK");
  app.send(`sip||${ok.tokens[9]}\r\nBYE sip:ignored SIP/2.0\r\n\r\n`);
  const challenge = 'WWW-Authenticate: Digest realm="carrier.test", nonce="n"';
  peer.reply(await peer.next("BYE"), "401 Unauthorized", { lines: [challenge] });
  await app.sip("SIP/2.0 401");
  expect(engine.engine.counts().dialogs).toBe(1);
  engine.clock.advance(64 * 500);
  expect(engine.engine.counts().dialogs).toBe(0);
});
