import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa, type TestCa } from "../../tests/support/certificates.ts";
import { deadline } from "../../tests/support/deadline.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { EngineTls } from "./engine-config.ts";
import type { Resolver, SipTarget } from "./resolver.ts";
import { ScriptedServer } from "./scripted-peer.ts";
import { TestClock } from "./test-clock.ts";
import { ANSWER, OFFER, startTestEngine } from "./test-engine.ts";

type Names = Parameters<typeof issueCertificate>[1];

/** What the trunk is configured with; where it is, the DNS says. */
const HOST = "sip.carrier.test";
const HOUR_MS = 3_600_000;

interface Carrier {
  readonly ca: TestCa;
  readonly tls: TlsServer;
  readonly server: ScriptedServer;
  readonly plain: ScriptedServer;
  /** Octets of SIP that came over TLS. */
  readonly octets: () => number;
}

async function startCarrier(names: Names, issuer?: TestCa): Promise<Carrier> {
  const ca = await makeTestCa();
  const tls = createTlsServer(await certificate(issuer ?? ca, names));
  let octets = 0;
  tls.on("secureConnection", (socket) => socket.on("data", ({ length }) => (octets += length)));
  const server = await ScriptedServer.listen(tls, "secureConnection");
  const plain = await ScriptedServer.listen();
  for (const one of [server, plain]) onTestFinished(() => one[Symbol.asyncDispose]());
  return { ca, tls, server, plain, octets: () => octets };
}

async function certificate(ca: TestCa, names: Names): Promise<{ cert: string; key: string }> {
  const { certificatePem, keyPem } = await issueCertificate(ca, names);
  return { cert: certificatePem, key: keyPem };
}

/** The carrier's name leads to its TLS port first and, as `auto` has it, to a port in clear after that. */
function resolverTo({ server, plain }: Carrier): Resolver {
  return {
    resolve: async (nextHop) => {
      const at = (transport: "tls" | "tcp", port: number): SipTarget => {
        return { address: "127.0.0.1", port, transport, family: 4 };
      };
      const tls = at("tls", server.port);
      const targets = nextHop.transport === "tls" ? [tls] : [tls, at("tcp", plain.port)];
      return { referenceIdentity: nextHop.host, targets };
    },
  };
}

async function start(carrier: Carrier, changes: Partial<EngineTls> = {}) {
  const { file } = testFolder();
  const own = await issueCertificate(carrier.ca, {
    dnsNames: ["sip.node.test"],
    usages: ["serverAuth", "clientAuth"],
  });
  const engine = await startTestEngine(
    {
      listeners: [{ transport: "tls", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5061 }],
      tls: {
        certificateFile: file("cert.pem", own.certificatePem),
        keyFile: file("key.pem", own.keyPem),
        caFile: file("ca.pem", carrier.ca.certificatePem),
        ...changes,
      },
    },
    { clock: new TestClock(Date.now()), resolver: resolverTo(carrier) },
  );
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app() };
}

function verificationFaults(events: readonly { kind: string }[]): string[] {
  return events.flatMap((event) => {
    if (!("code" in event) || !("detail" in event)) return [];
    return event.code === "tls_verify_failed" ? [String(event.detail)] : [];
  });
}

const inviteTo = (uri: string): string =>
  ["sip||", `INVITE ${uri} SIP/2.0`, "", OFFER].join("\r\n");

const DEFECTS: readonly (readonly [string, Names & { isForeign?: boolean }, string])[] = [
  ["expired", { dnsNames: [HOST], notAfter: new Date(Date.now() - HOUR_MS) }, "CERT_HAS_EXPIRED"],
  [
    "not yet valid",
    { dnsNames: [HOST], notBefore: new Date(Date.now() + HOUR_MS) },
    "CERT_NOT_YET_VALID",
  ],
  ["self-signed", { dnsNames: [HOST], isSelfSigned: true }, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [
    "of an unknown authority",
    { dnsNames: [HOST], isForeign: true },
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ],
  ["of another host", { dnsNames: ["elsewhere.test"] }, "tls_identity_mismatch"],
  [
    "of the SRV target and its address, not of the configured host",
    { dnsNames: ["sbc1.hosting.test"], ipAddresses: ["127.0.0.1"] },
    "tls_identity_mismatch",
  ],
  ["with two left-most wildcards", { dnsNames: ["*.*.test"] }, "tls_identity_mismatch"],
  ["with a partial wildcard", { dnsNames: ["s*.carrier.test"] }, "tls_identity_mismatch"],
  ["with a wildcard that is not left-most", { dnsNames: ["sip.*.test"] }, "tls_identity_mismatch"],
  ["with a wildcard of a whole public suffix", { dnsNames: ["*.test"] }, "tls_identity_mismatch"],
  [
    "with the host as its common name, among other alternative names",
    { dnsNames: ["elsewhere.test"], commonName: HOST },
    "tls_identity_mismatch",
  ],
  [
    "with the host as its common name only",
    { dnsNames: [], commonName: HOST },
    "tls_identity_mismatch",
  ],
  [
    "with the host in a URI that names a user",
    { dnsNames: [], uris: [`sip:user@${HOST}`] },
    "tls_identity_mismatch",
  ],
];

test.for(DEFECTS)(
  "a certificate %s is refused by name, twice over, and nothing is sent: not over TLS, not in clear",
  async ([, { isForeign = false, ...names }, code]) => {
    const issuer = isForeign ? await makeTestCa("Another CA") : undefined;
    const carrier = await startCarrier(names, issuer);
    const { engine, app } = await start(carrier);
    // The second time, too: a target that was refused must not stand behind those in clear.
    for (const uri of [`sip:b@${HOST}`, `sip:b@${HOST}`, `sip:b@${HOST};transport=tls`]) {
      await app.ask(inviteTo(uri));
      await app.sip("SIP/2.0 503");
    }
    expect(carrier.octets()).toBe(0);
    expect(carrier.plain.waiting).toBe(0);
    const refused = `tls 127.0.0.1:${carrier.server.port}: ${code}`;
    expect(verificationFaults(engine.events)).toEqual([refused, refused, refused]);
  },
);

test.for([
  ["its DNS name", { dnsNames: [HOST] }],
  ["its SIP URI", { dnsNames: [], uris: [`sip:${HOST}`] }],
  ["one left-most wildcard", { dnsNames: ["*.carrier.test"] }],
] as const)("a certificate that names the configured host by %s is taken", async ([, names]) => {
  const carrier = await startCarrier(names);
  const { app } = await start(carrier);
  await app.ask(inviteTo(`sip:b@${HOST}`));
  await (await carrier.server.accept()).next("INVITE");
  expect(carrier.plain.waiting).toBe(0);
});

test("a host that takes no connection at all is another matter: the next target is tried", async () => {
  const carrier = await startCarrier({ dnsNames: [HOST] });
  await carrier.server[Symbol.asyncDispose]();
  const { app } = await start(carrier);
  await app.ask(inviteTo(`sip:b@${HOST}`));
  await (await carrier.plain.accept()).next("INVITE");
});

const IN_DIALOG: readonly (readonly [string, string, Names & { isForeign?: boolean }, string])[] = [
  ...DEFECTS.map(([defect, names, code]) => [defect, HOST, names, code] as const),
  [
    "of its address, where the call's peer had shown a name,",
    "127.0.0.1",
    { dnsNames: ["elsewhere.test"], ipAddresses: ["127.0.0.1"] },
    "tls_identity_mismatch",
  ],
];

test.for(IN_DIALOG)(
  "a new connection inside a call: a certificate %s is refused, and the BYE is sent to nobody",
  async ([, contactHost, { isForeign = false, ...names }, code]) => {
    const carrier = await startCarrier({ dnsNames: [HOST] });
    const { engine, app } = await start(carrier);
    await app.ask(inviteTo(`sip:b@${HOST};transport=tls`));
    const peer = await carrier.server.accept();
    const invite = await peer.next("INVITE");
    const target = `sip:b@${contactHost}:${carrier.server.port};transport=tls`;
    peer.reply(invite, "200 OK", { tag: "b", lines: [`Contact: <${target}>`], body: ANSWER });
    const ok = await app.sip("SIP/2.0 200");
    const dialogId = ok.tokens[9];
    await app.ask(`sip||${dialogId}\r\nACK sip:placeholder SIP/2.0\r\n\r\n`);
    await peer.next("ACK");
    const issuer = isForeign ? await makeTestCa("Another CA") : carrier.ca;
    carrier.tls.setSecureContext(await certificate(issuer, names));
    peer.end();
    await deadline(peer.closed, 5_000, "the connection stays");
    const before = carrier.octets();
    app.send(`sip||${dialogId}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    await expect
      .poll(() => verificationFaults(engine.events)[0], { timeout: 5_000 })
      .toBe(`tls 127.0.0.1:${carrier.server.port}: ${code}`);
    expect(carrier.octets()).toBe(before);
    expect(carrier.plain.waiting).toBe(0);
  },
);

test.for([
  ["is shown", true],
  ["is not shown", false],
] as const)(
  "to a carrier that asks for a certificate ours %s as configured",
  async ([, isShown]) => {
    const carrier = await startCarrier({ dnsNames: [HOST] });
    const asking = createTlsServer({
      ...(await certificate(carrier.ca, { dnsNames: [HOST] })),
      ca: carrier.ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    });
    const server = await ScriptedServer.listen(asking, "secureConnection");
    onTestFinished(() => server[Symbol.asyncDispose]());
    const shown = new Promise<string>((resolve) => {
      asking.on("secureConnection", (socket) => {
        resolve(`${socket.authorized} ${socket.getPeerCertificate().subjectaltname}`);
      });
    });
    const { app } = await start({ ...carrier, server }, { presentCertificate: isShown });
    await app.ask(inviteTo(`sip:b@${HOST};transport=tls`));
    await (await server.accept()).next("INVITE");
    expect(await shown).toBe(isShown ? "true DNS:sip.node.test" : "false undefined");
  },
);
