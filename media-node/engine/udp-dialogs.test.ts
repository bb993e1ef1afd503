import { expect, onTestFinished, test } from "vitest";
import type { EngineConfig } from "./engine-config.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedUdpPeer } from "./scripted-udp-peer.ts";
import { ANSWER, OFFER, requestLines, startTestEngine, type TestEngine } from "./test-engine.ts";

async function start(
  changes: Partial<EngineConfig> = {},
): Promise<{ engine: TestEngine; app: ScriptedApp; bind: () => Promise<ScriptedUdpPeer> }> {
  const engine = await startTestEngine({
    listeners: [{ transport: "udp", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5060 }],
    ...changes,
  });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const bind = async (): Promise<ScriptedUdpPeer> => {
    const peer = await ScriptedUdpPeer.bind(engine.port);
    onTestFinished(() => peer[Symbol.asyncDispose]());
    return peer;
  };
  return { engine, app: await engine.app(["invite"]), bind };
}

/** A call that comes from `peer`, answered and acknowledged; resolves with its dialog's name. */
async function answered(
  app: ScriptedApp,
  peer: ScriptedUdpPeer,
  changes: Record<string, string>,
): Promise<string> {
  const via = { Via: `SIP/2.0/UDP peer.test;branch=z9hG4bK${peer.port};rport` };
  peer.send(requestLines("INVITE", { ...via, ...changes }), OFFER);
  await peer.next("SIP/2.0 100");
  await app.respond(await app.sip("INVITE"), "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  const named = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", { ...via, ...changes, ...named }));
  return (await app.sip("ACK")).tokens[9] ?? "";
}

function bye(app: ScriptedApp, dialogId: string): void {
  app.send(`sip||${dialogId}|\r\nBYE sip:b@ignored SIP/2.0\r\n\r\n`);
}

test("our BYE goes to the caller's Contact when the proxy of its INVITE did not record-route (RFC 3261 §12.2.1.1)", async () => {
  const { app, bind } = await start();
  const [proxy, caller] = [await bind(), await bind()];
  const contact = `sip:caller@127.0.0.1:${caller.port}`;
  bye(app, await answered(app, proxy, { Contact: `<${contact}>` }));
  const arrived = await caller.next("BYE");
  expect(arrived.startLine).toBe(`BYE ${contact} SIP/2.0`);
  caller.reply(arrived, "200 OK");
  await app.sip("SIP/2.0 200");
  expect(proxy.unread).toBe(0);
});

test("and to the first route of its route set when one did", async () => {
  const { app, bind } = await start();
  const [source, proxy, caller] = [await bind(), await bind(), await bind()];
  const route = `<sip:127.0.0.1:${proxy.port};lr>`;
  const contact = `sip:caller@127.0.0.1:${caller.port}`;
  const changes = { Contact: `<${contact}>`, "Record-Route": route };
  bye(app, await answered(app, source, changes));
  const arrived = await proxy.next("BYE");
  expect(arrived.startLine).toBe(`BYE ${contact} SIP/2.0`);
  expect(arrived.headers("Route")).toEqual([route]);
  expect([source.unread, caller.unread]).toEqual([0, 0]);
});

test("but to where the caller was last heard when its Contact is an address that is not called", async () => {
  const { app, bind, engine } = await start({ addressPolicy: "public" });
  const caller = await bind();
  const contact = "sip:caller@192.168.7.7:5060";
  bye(app, await answered(app, caller, { Contact: `<${contact}>` }));
  const arrived = await caller.next("BYE");
  expect(arrived.startLine).toBe(`BYE ${contact} SIP/2.0`);
  expect(engine.events).toContainEqual({
    kind: "fault",
    code: "address_refused",
    detail: "udp 192.168.7.7:5060: address_refused",
  });
});

test("the ACK of our INVITE's 2xx takes the route set, and so does its repeat (RFC 3261 §13.2.2.4)", async () => {
  const { app, bind } = await start();
  const [first, proxy] = [await bind(), await bind()];
  const target = `sip:b@127.0.0.1:${first.port};transport=udp`;
  await app.ask(`sip||\r\nINVITE ${target} SIP/2.0\r\n\r\n${OFFER}`);
  const invite = await first.next("INVITE");
  const route = `<sip:127.0.0.1:${proxy.port};lr>`;
  const lines = [`Contact: <sip:b@127.0.0.1:9>`, `Record-Route: ${route}`];
  first.reply(invite, "200 OK", lines, ANSWER);
  const { tokens } = await app.sip("SIP/2.0 200");
  await app.ask(`sip||${tokens[9] ?? ""}|\r\nACK sip:b@ignored SIP/2.0\r\n\r\n`);
  const ack = await proxy.next("ACK sip:b@127.0.0.1:9 SIP/2.0");
  expect(ack.headers("Route")).toEqual([route]);
  first.reply(invite, "200 OK", lines, ANSWER);
  expect((await proxy.next("ACK")).text).toBe(ack.text);
  expect(first.unread).toBe(0);
});
