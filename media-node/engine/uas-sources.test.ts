import { expect, onTestFinished, test } from "vitest";
import { parseCidr } from "../../schema/values/cidr.ts";
import type { EngineConfig } from "./engine-config.ts";
import { ScriptedPeer } from "./scripted-peer.ts";
import { establish, requestLines, startTestEngine, type TestEngine } from "./test-engine.ts";

async function start(changes: Partial<EngineConfig> = {}): Promise<TestEngine> {
  const engine = await startTestEngine(changes);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

/** IPv4 and IPv6 of one machine are two sources. */
const BOTH_FAMILIES: Partial<EngineConfig> = {
  listeners: [
    { transport: "tcp", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5060 },
    { transport: "tcp", bindAddress: "::1", port: 0, advertisedPort: 5060 },
  ],
};

async function otherSource(engine: TestEngine): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.connect(engine.engine.listeners[1]?.port ?? 0, "::1");
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

function cancelOf(lines: readonly string[], branch: string | null): string[] {
  return lines.map((line) =>
    line
      .replace(/INVITE(?= sip|$)/, "CANCEL")
      .replace(/branch=[^;]+/, (own) => (branch === null ? own : `branch=${branch}`)),
  );
}

test("a CANCEL with the branch of another call ends neither that call nor its own", async () => {
  const engine = await start();
  const app = await engine.app();
  const peer = await engine.peer();
  const lines = requestLines("INVITE");
  peer.send(lines);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  peer.send(cancelOf(lines, null).map((line) => line.replace(/^Call-ID: .*/, "Call-ID: other@x")));
  await peer.next("SIP/2.0 481");
  await app.respond(invite, "180 Ringing");
  await peer.next("SIP/2.0 180");
  expect(app.unread).toBe(0);
});

test("a CANCEL without its INVITE's branch counts only from where the INVITE came from", async () => {
  const engine = await start(BOTH_FAMILIES);
  const app = await engine.app();
  const [peer, stranger] = [await engine.peer(), await otherSource(engine)];
  const lines = requestLines("INVITE");
  peer.send(lines);
  await peer.next("SIP/2.0 100");
  await app.sip("INVITE");
  stranger.send(cancelOf(lines, "z9hG4bKstranger"));
  await stranger.next("SIP/2.0 481");
  expect(app.unread).toBe(0);
  peer.send(cancelOf(lines, "z9hG4bKrewritten"));
  await peer.next("SIP/2.0 200");
  await peer.next("SIP/2.0 487");
  await app.sip("CANCEL");
});

test("inside a dialog another source is 403 unless its network is named, and cannot move the dialog", async () => {
  const engine = await start({ ...BOTH_FAMILIES, dialogSources: ["192.0.2.0/24"] });
  const app = await engine.app();
  const [peer, stranger] = [await engine.peer(), await otherSource(engine)];
  const { inDialog, target, dialogId } = await establish(peer, app);
  stranger.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await stranger.next("SIP/2.0 403");
  expect(app.unread).toBe(0);
  app.send(`sip||${dialogId}\r\nINFO sip:placeholder SIP/2.0\r\n\r\n`);
  await peer.next("INFO");
  const again = await engine.peer();
  again.send(requestLines("BYE", inDialog(2, "BYE"), target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await again.next("SIP/2.0 200");
});

test("inside a dialog a source of a named network is taken, and requests of ours follow it", async () => {
  const engine = await start({ ...BOTH_FAMILIES, dialogSources: ["::/64"] });
  const app = await engine.app();
  const [peer, other] = [await engine.peer(), await otherSource(engine)];
  const { inDialog, target, dialogId } = await establish(peer, app);
  other.send(requestLines("INFO", inDialog(2, "INFO"), target));
  await app.respond(await app.sip("INFO"), "200 OK");
  await other.next("SIP/2.0 200");
  app.send(`sip||${dialogId}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
  await other.next("BYE");
});

test("inside a dialog the sources that trunks name are taken, as the list is at that time", async () => {
  const engine = await start({ ...BOTH_FAMILIES, dialogSources: "named" });
  const app = await engine.app();
  const [peer, other] = [await engine.peer(), await otherSource(engine)];
  const { inDialog, target } = await establish(peer, app);
  other.send(requestLines("INFO", inDialog(2, "INFO"), target));
  await other.next("SIP/2.0 403");
  const named = parseCidr("::1/128");
  if (named === null) throw new Error("no block");
  engine.engine.setTrustedSources([named]);
  other.send(requestLines("INFO", inDialog(3, "INFO"), target));
  await app.respond(await app.sip("INFO"), "200 OK");
  await other.next("SIP/2.0 200");
});
