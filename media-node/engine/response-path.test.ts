import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { EngineConfig } from "./engine-config.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedPeer, ScriptedServer } from "./scripted-peer.ts";
import { TestClock } from "./test-clock.ts";
import { ANSWER, OFFER, requestLines, startTestEngine, type TestEngine } from "./test-engine.ts";
import { OUTBOUND_ADDRESS_HEADER, REMOTE_DOMAINS_HEADER } from "./trunk-names.ts";

const DAY_MS = 86_400_000;

async function start(
  changes: Partial<EngineConfig> = {},
): Promise<{ engine: TestEngine; app: ScriptedApp }> {
  const engine = await startTestEngine(changes, { clock: new TestClock(Date.now()) });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app(["invite", "options"]) };
}

async function listen(...args: Parameters<typeof ScriptedServer.listen>): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen(...args);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function via(transport: string, { port }: { port: number }, branch = "z9hG4bKonce"): string {
  return `SIP/2.0/${transport} 127.0.0.1:${port};branch=${branch}`;
}

const withSdp = { "Content-Type": "application/sdp" };

function faults({ events }: TestEngine): string[] {
  return events.flatMap((event) =>
    event.kind === "fault" ? [`${event.code}: ${event.detail}`] : [],
  );
}

/** Resolves when the engine has seen that the peer is gone. */
async function closed(peer: ScriptedPeer, { engine }: { engine: TestEngine }): Promise<void> {
  peer.end();
  await peer.closed;
  const probe = await engine.peer();
  probe.send(requestLines("REGISTER"));
  await probe.next("SIP/2.0");
}

test.each(["200 OK", "486 Busy Here"])(
  "a caller that has closed its connection gets its %s at its sent-by port (RFC 3261 §18.2.2)",
  async (status) => {
    const started = await start();
    const caller = await listen();
    const peer = await started.engine.peer();
    peer.send(requestLines("INVITE", { Via: via("TCP", caller), ...withSdp }), OFFER);
    const invite = await started.app.sip("INVITE");
    await closed(peer, started);
    await started.app.respond(invite, "180 Ringing");
    await started.app.respond(invite, status, [], status.startsWith("200") ? ANSWER : "");
    const arrived = await caller.accept();
    await arrived.next("SIP/2.0 180");
    const final = await arrived.next(`SIP/2.0 ${status}`);
    expect(final.header("Via")).toBe(via("TCP", caller));
    expect(caller.waiting).toBe(0);
  },
);

test("a refusal whose connection goes down before its ACK is sent again to the sent-by port", async () => {
  const started = await start();
  const { engine, app } = started;
  const caller = await listen();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { Via: via("TCP", caller), ...withSdp }), OFFER);
  await app.respond(await app.sip("INVITE"), "486 Busy Here");
  await peer.next("SIP/2.0 100");
  await peer.next("SIP/2.0 486");
  await closed(peer, started);
  engine.clock.advance(500);
  const arrived = await caller.accept();
  await arrived.next("SIP/2.0 486");
  engine.clock.advance(32_000);
  expect(arrived.unread).toBe(0);
});

test("a request that comes again by another connection of its sender is answered there", async () => {
  const started = await start();
  const { engine, app } = started;
  const nobody = await listen();
  const lines = requestLines("OPTIONS", { Via: via("TCP", nobody) });
  await nobody[Symbol.asyncDispose]();
  const peer = await engine.peer();
  peer.send(lines);
  const request = await app.sip("OPTIONS");
  await closed(peer, started);
  const again = await engine.peer();
  again.send(lines);
  await closed(await engine.peer(), started);
  await app.respond(request, "200 OK");
  await again.next("SIP/2.0 200");
});

test("nothing is sent to an address that the deployment does not call", async () => {
  const started = await start({ addressPolicy: "public" });
  const { engine, app } = started;
  const caller = await listen();
  const peer = await engine.peer();
  peer.send(requestLines("INVITE", { Via: via("TCP", caller), ...withSdp }), OFFER);
  const invite = await app.sip("INVITE");
  await closed(peer, started);
  await app.respond(invite, "486 Busy Here");
  const refused = `address_refused: tcp 127.0.0.1:${caller.port}: address_refused`;
  await eventually(() => (faults(engine).includes(refused) ? true : null), 2_000, "no fault");
  expect(caller.waiting).toBe(0);
});

/** An engine with TLS, and a caller whose certificate shows `clientName`; its sent-by port shows `servedName`. */
async function startOverTls(clientName: string | null, servedName: string) {
  const ca = await makeTestCa();
  const { file } = testFolder();
  const notAfter = new Date(Date.now() + 60 * DAY_MS);
  const own = await issueCertificate(ca, { dnsNames: ["localhost"], notAfter });
  const caFile = file("ca.pem", ca.certificatePem);
  const { engine, app } = await start({
    listeners: [{ transport: "tls", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5061 }],
    tls: {
      certificateFile: file("node.pem", own.certificatePem),
      keyFile: file("node.key", own.keyPem),
      caFile,
      clientCaFile: caFile,
      requestClientCertificate: true,
    },
  });
  const served = await issueCertificate(ca, { dnsNames: [servedName] });
  const server = createTlsServer({ cert: served.certificatePem, key: served.keyPem });
  const caller = await listen(server, "secureConnection");
  const shown = clientName === null ? null : await issueCertificate(ca, { dnsNames: [clientName] });
  const credentials = shown === null ? {} : { cert: shown.certificatePem, key: shown.keyPem };
  const peer = await ScriptedPeer.connectTls(
    engine.port,
    ca.certificatePem,
    "localhost",
    credentials,
  );
  onTestFinished(() => peer[Symbol.asyncDispose]());
  /** The response reaches the caller's sent-by port, or a fault says that nothing was sent there. */
  const expectSent = async (isSent: boolean, what: string): Promise<void> => {
    if (isSent) {
      await (await caller.accept()).next(what);
      return;
    }
    const refused = `tls_verify_failed: tls 127.0.0.1:${caller.port}: tls_identity_mismatch`;
    await eventually(() => (faults(engine).includes(refused) ? true : null), 2_000, "no fault");
    expect(caller.waiting).toBe(0);
  };
  return { engine, app, caller, peer, expectSent };
}

const REMOTE_DOMAINS = `${REMOTE_DOMAINS_HEADER}: other.test, sbc.test`;
const OUTBOUND_ADDRESS = `${OUTBOUND_ADDRESS_HEADER}: carrier.test`;

test.each([
  ["the name that the client has shown", "pbx.test", "pbx.test", [], true],
  ["another name than the client's", "pbx.test", "other.test", [], false],
  ["a name where the client had shown none", null, "pbx.test", [], false],
  ["one of the trunk's remote domains", null, "sbc.test", [REMOTE_DOMAINS], true],
  ["the client's name beside remote domains", "pbx.test", "pbx.test", [REMOTE_DOMAINS], false],
  ["the trunk's outbound address", null, "carrier.test", [OUTBOUND_ADDRESS], true],
  [
    "the outbound address beside remote domains",
    null,
    "carrier.test",
    [REMOTE_DOMAINS, OUTBOUND_ADDRESS],
    false,
  ],
] as const)(
  "over TLS a refusal goes to a sent-by port that shows %s, or nowhere (RFC 5922 §7)",
  async (_what, clientName, servedName, said, isSent) => {
    const { engine, app, caller, peer, expectSent } = await startOverTls(clientName, servedName);
    peer.send(requestLines("INVITE", { Via: via("TLS", caller), ...withSdp }), OFFER);
    const invite = await app.sip("INVITE");
    peer.end();
    await peer.closed;
    // What the first response says holds for those after it; the loss is noticed by the next thing that is sent, or before.
    await app.respond(invite, "180 Ringing", said);
    await app.respond(invite, "486 Busy Here");
    engine.clock.advance(500);
    await expectSent(isSent, "SIP/2.0");
  },
);

test.each([
  ["sbc.test", true],
  ["pbx.test", false],
] as const)(
  "over TLS the answer to a request inside a dialog goes to whoever shows what the dialog's trunk says: %s, %s",
  async (servedName, isSent) => {
    const { app, caller, peer, expectSent } = await startOverTls("pbx.test", servedName);
    peer.send(requestLines("INVITE", { Via: via("TLS", caller), ...withSdp }), OFFER);
    await app.respond(await app.sip("INVITE"), "200 OK", [REMOTE_DOMAINS], ANSWER);
    await peer.next("SIP/2.0 100");
    const ok = await peer.next("SIP/2.0 200");
    expect(ok.text).not.toMatch(/trunkline/i);
    const named = { To: ok.header("To"), "Call-ID": ok.header("Call-ID") };
    peer.send(requestLines("ACK", { ...named, CSeq: "1 ACK" }));
    await app.sip("ACK");
    const info = { ...named, CSeq: "2 INFO", Via: via("TLS", caller, "z9hG4bKinfo") };
    peer.send(requestLines("INFO", info));
    const request = await app.sip("INFO");
    peer.end();
    await peer.closed;
    await app.respond(request, "200 OK");
    await expectSent(isSent, "SIP/2.0 200");
  },
);
