import { createServer as createTlsServer } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa, type TestCa } from "../../tests/support/certificates.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { Resolver } from "./resolver.ts";
import { ScriptedPeer, ScriptedServer, type WireText } from "./scripted-peer.ts";
import { TestClock } from "./test-clock.ts";
import { ANSWER, OFFER, requestLines, startTestEngine } from "./test-engine.ts";
import {
  NO_TRUNK_NAMES,
  namesToProve,
  OUTBOUND_ADDRESS_HEADER,
  REMOTE_DOMAINS_HEADER,
} from "./trunk-names.ts";

const CARRIER = "sip.carrier.test";

describe("the names that a new connection of a dialog may prove", () => {
  const address = { host: "192.0.2.9", isAddress: true };
  const name = { host: "SBC.carrier.test", isAddress: false };
  const domains = { remoteDomains: ["a.test", "b.test"], outboundAddress: CARRIER };
  const outbound = { remoteDomains: [], outboundAddress: CARRIER };

  test.each([
    ["remote domains and nothing else", domains, "shown.test", name, ["a.test", "b.test"]],
    [
      "the outbound address or the shown name",
      outbound,
      "shown.test",
      address,
      ["shown.test", CARRIER],
    ],
    ["a named Contact as well", outbound, null, name, ["sbc.carrier.test", CARRIER]],
    ["what the peer has shown", NO_TRUNK_NAMES, "shown.test", address, ["shown.test"]],
    ["the address, where there is nothing else", NO_TRUNK_NAMES, null, address, ["192.0.2.9"]],
  ])("are %s", (_what, names, shown, target, proved) => {
    expect(namesToProve(names, shown, target)).toEqual(proved);
  });
});

/** An engine with TLS, whose carrier's name leads to `port` of the test's choice. */
async function start() {
  const ca = await makeTestCa();
  const { file } = testFolder();
  const own = await issueCertificate(ca, { dnsNames: ["sip.node.test"] });
  const carrier = { port: 0 };
  const resolver: Resolver = {
    resolve: async ({ host, port }) => ({
      referenceIdentity: host,
      targets: [{ address: "127.0.0.1", port: port ?? carrier.port, transport: "tls", family: 4 }],
    }),
  };
  const engine = await startTestEngine(
    {
      listeners: [{ transport: "tls", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5061 }],
      tls: {
        certificateFile: file("cert.pem", own.certificatePem),
        keyFile: file("key.pem", own.keyPem),
        caFile: file("ca.pem", ca.certificatePem),
      },
    },
    { clock: new TestClock(Date.now()), resolver },
  );
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const connect = async (): Promise<ScriptedPeer> => {
    const peer = await ScriptedPeer.connectTls(engine.port, ca.certificatePem, "sip.node.test");
    onTestFinished(() => peer[Symbol.asyncDispose]());
    return peer;
  };
  /** Resolves when the engine has seen that the peer is gone. */
  const closed = async (peer: ScriptedPeer): Promise<void> => {
    peer.end();
    await peer.closed;
    const probe = await connect();
    probe.send(requestLines("REGISTER"));
    await probe.next("SIP/2.0");
  };
  return { ca, engine, app: await engine.app(["invite"]), carrier, connect, closed };
}

async function listen(ca: TestCa, ...dnsNames: string[]): Promise<ScriptedServer> {
  const { certificatePem, keyPem } = await issueCertificate(ca, { dnsNames });
  const tls = createTlsServer({ cert: certificatePem, key: keyPem });
  const server = await ScriptedServer.listen(tls, "secureConnection");
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function expectNothingOfOurs(...messages: WireText[]): void {
  for (const { text } of messages) expect(text).not.toMatch(/trunkline/i);
}

const REMOTE_DOMAINS = `${REMOTE_DOMAINS_HEADER}: other.test, sbc.carrier.test`;
const OUTBOUND_ADDRESS = `${OUTBOUND_ADDRESS_HEADER}: ${CARRIER}`;

test.for([
  [
    "one of the trunk's remote domains",
    "sbc.carrier.test",
    [REMOTE_DOMAINS, OUTBOUND_ADDRESS],
    true,
  ],
  ["by a wildcard one of them", "*.carrier.test", [REMOTE_DOMAINS], true],
  [
    "the outbound address beside remote domains",
    CARRIER,
    [REMOTE_DOMAINS, OUTBOUND_ADDRESS],
    false,
  ],
  ["the outbound address without any", CARRIER, [OUTBOUND_ADDRESS], true],
  ["another name than the outbound address", "sbc.carrier.test", [OUTBOUND_ADDRESS], false],
  ["a name that nobody has named", CARRIER, [], false],
] as const)(
  "a caller whose connection has closed and whose Contact is an address shows %s (%s)",
  async ([, shown, lines, isReached]) => {
    const { ca, engine, app, connect, closed } = await start();
    const contact = await listen(ca, shown);
    const peer = await connect();
    const Contact = `<sip:peer@127.0.0.1:${contact.port};transport=tls>`;
    peer.send(requestLines("INVITE", { Contact, "Content-Type": "application/sdp" }), OFFER);
    await peer.next("SIP/2.0 100");
    const invite = await app.sip("INVITE");
    await app.respond(invite, "180 Ringing");
    await app.respond(invite, "200 OK", lines, ANSWER);
    const ringing = await peer.next("SIP/2.0 180");
    const ok = await peer.next("SIP/2.0 200");
    const named = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
    peer.send(requestLines("ACK", named));
    const dialogId = (await app.sip("ACK")).tokens[9] ?? "";
    await closed(peer);

    app.send(`sip||${dialogId}|\r\nBYE sip:b@ignored SIP/2.0\r\nX-Trunkline-Any: 1\r\n\r\n`);
    if (!isReached) {
      await app.sip("SIP/2.0 503");
      const faults = engine.events.flatMap((event) => (event.kind === "fault" ? [event.code] : []));
      expect(faults).toContain("tls_verify_failed");
      return;
    }
    const arrived = await contact.accept();
    const bye = await arrived.next("BYE");
    arrived.reply(bye, "200 OK");
    await app.sip("SIP/2.0 200");
    expectNothingOfOurs(ringing, ok, bye);
  },
);

test.for([
  ["sbc.carrier.test", true],
  [CARRIER, false],
] as const)(
  "a called peer that has closed its connection shows %s where the trunk has remote domains, reached: %s",
  async ([shown, isReached]) => {
    const { ca, engine, app, carrier, closed } = await start();
    const [first, contact] = [await listen(ca, CARRIER), await listen(ca, shown)];
    carrier.port = first.port;
    engine.engine.setAccount("acc", { username: "trunk", password: "secret" });
    const lines = ["sip||", `INVITE sip:b@${CARRIER} SIP/2.0`, REMOTE_DOMAINS];
    await app.ask([...lines, "X-Trunkline-Account: acc", "", OFFER].join("\r\n"));
    const peer = await first.accept();
    const invite = await peer.next("INVITE");
    // A name, and not the one to be proved: the trunk's settings come before the Contact.
    const target = `Contact: <sip:b@${CARRIER}:${contact.port};transport=tls>`;
    const sdp = ["Content-Type: application/sdp", target];
    peer.reply(invite, "200 OK", { tag: "b", lines: sdp, body: ANSWER });
    const ok = await app.sip("SIP/2.0 200");
    const dialogId = ok.tokens[9] ?? "";
    app.send(`sip||${dialogId}|\r\nACK sip:b@ignored SIP/2.0\r\n\r\n`);
    await peer.next("ACK");
    await closed(peer);

    app.send(`sip||${dialogId}|\r\nBYE sip:b@ignored SIP/2.0\r\n\r\n`);
    if (!isReached) {
      await app.sip("SIP/2.0 503");
      return;
    }
    const arrived = await contact.accept();
    const bye = await arrived.next("BYE");
    // Who has proved a domain of the trunk is the trunk's peer: its challenge is answered.
    const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"';
    arrived.reply(bye, "401 Unauthorized", { lines: [challenge] });
    const again = await arrived.next("BYE");
    expect(again.header("Authorization")).toContain('username="trunk"');
    arrived.reply(again, "200 OK");
    expectNothingOfOurs(invite, bye, again);
  },
);
