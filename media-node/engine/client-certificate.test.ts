import { type ConnectionOptions, connect, createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa, type TestCa } from "../../tests/support/certificates.ts";
import { deadline } from "../../tests/support/deadline.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { EngineConfig } from "./engine-config.ts";
import type { ScriptedApp } from "./scripted-app.ts";
import { ScriptedPeer, ScriptedServer } from "./scripted-peer.ts";
import { TestClock } from "./test-clock.ts";
import { requestLines, startTestEngine, type TestEngine } from "./test-engine.ts";

const DAY_MS = 86_400_000;
const HEADER = "X-Trunkline-Tls-Identity";
const FORGED = { [HEADER]: "evil.test", "x-trunkline-tls-identity": "worse.test" };

interface Started {
  readonly ca: TestCa;
  readonly engine: TestEngine;
  readonly app: ScriptedApp;
}

async function start(changes: Partial<EngineConfig["tls"]> = {}): Promise<Started> {
  const ca = await makeTestCa();
  const { file: path } = testFolder();
  const own = await issueCertificate(ca, {
    dnsNames: ["localhost"],
    notAfter: new Date(Date.now() + 60 * DAY_MS),
  });
  const engine = await startTestEngine(
    {
      listeners: [{ transport: "tls", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5061 }],
      tls: {
        certificateFile: path("node.pem", own.certificatePem),
        keyFile: path("node.key", own.keyPem),
        caFile: path("ca.pem", ca.certificatePem),
        clientCaFile: path("client-ca.pem", ca.certificatePem),
        requestClientCertificate: true,
        ...changes,
      },
    },
    { clock: new TestClock(Date.now()) },
  );
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { ca, engine, app: await engine.app(["invite"]) };
}

type Names = Parameters<typeof issueCertificate>[1];

async function client({ ca, engine }: Started, names: Names | null, issuer = ca) {
  const issued = names === null ? null : await issueCertificate(issuer, names);
  const own = issued === null ? {} : { cert: issued.certificatePem, key: issued.keyPem };
  const peer = await ScriptedPeer.connectTls(engine.port, ca.certificatePem, "localhost", own);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

/** What the application is told about who sent an INVITE. */
async function toldIdentity(
  { app }: Started,
  peer: ScriptedPeer,
  changes: Record<string, string>,
): Promise<string[]> {
  peer.send(requestLines("INVITE", changes));
  const invite = await app.sip("INVITE");
  return invite.sip?.headers(HEADER) ?? [];
}

test.for([
  ["for servers only, as public authorities issue it", ["serverAuth"]],
  ["for clients", ["clientAuth"]],
] as const)(
  "the names of a client's certificate %s reach the application, and only they",
  async ([, usages]) => {
    const started = await start();
    const names = { dnsNames: ["PBX.carrier.test"], uris: ["sip:carrier.test"], usages };
    const peer = await client(started, names);
    expect(await toldIdentity(started, peer, FORGED)).toEqual(["pbx.carrier.test, carrier.test"]);
  },
);

test.for([
  ["no certificate", null],
  ["another authority's certificate", "other authority"],
  ["another authority's certificate that repeats its authority", "other authority with chain"],
  ["an expired certificate", "expired"],
  ["a certificate that is not yet valid", "early"],
] as const)(
  "a client with %s is served and proves nothing, whatever its headers claim",
  async ([, defect]) => {
    const started = await start();
    const foreign = await makeTestCa();
    const dates = {
      expired: { notAfter: new Date(Date.now() - 1_000) },
      early: {
        notBefore: new Date(Date.now() + DAY_MS),
        notAfter: new Date(Date.now() + 2 * DAY_MS),
      },
    };
    const names: Names | null =
      defect === null
        ? null
        : {
            dnsNames: ["pbx.carrier.test"],
            ...(defect === "expired" || defect === "early" ? dates[defect] : {}),
          };
    let issuer = started.ca;
    if (defect === "other authority") issuer = foreign;
    if (defect === "other authority with chain") {
      const issued = await issueCertificate(foreign, { dnsNames: ["pbx.carrier.test"] });
      const own = {
        cert: `${issued.certificatePem}\n${foreign.certificatePem}`,
        key: issued.keyPem,
      };
      const { engine, ca } = started;
      const peer = await ScriptedPeer.connectTls(engine.port, ca.certificatePem, "localhost", own);
      onTestFinished(() => peer[Symbol.asyncDispose]());
      expect(await toldIdentity(started, peer, FORGED)).toEqual([]);
      return;
    }
    const peer = await client(started, names, issuer);
    expect(await toldIdentity(started, peer, FORGED)).toEqual([]);
  },
);

test("without being asked a client proves nothing, and a forged identity is taken out on TLS and TCP", async () => {
  const started = await start({ requestClientCertificate: false });
  const peer = await client(started, { dnsNames: ["pbx.carrier.test"] });
  expect(await toldIdentity(started, peer, FORGED)).toEqual([]);
  const plain = await startTestEngine();
  onTestFinished(() => plain[Symbol.asyncDispose]());
  const app = await plain.app();
  expect(await toldIdentity({ ...started, app }, await plain.peer(), FORGED)).toEqual([]);
});

/** An inbound connection that asks to be reached over at the port of `server`. */
async function aliased(started: Started, names: Names | null, port: number) {
  const peer = await client(started, names);
  const via = `SIP/2.0/TLS 127.0.0.1:${port};branch=z9hG4bKalias${port};alias`;
  peer.send(requestLines("OPTIONS", { Via: via }));
  await peer.next("SIP/2.0");
  return peer;
}

async function listen(ca: TestCa): Promise<ScriptedServer> {
  const issued = await issueCertificate(ca, { dnsNames: ["localhost"] });
  const tls = createTlsServer({ cert: issued.certificatePem, key: issued.keyPem });
  const server = await ScriptedServer.listen(tls, "secureConnection");
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const ask = (port: number): string =>
  `sip|||sip:localhost:${port};transport=tls\r\nOPTIONS sip:b@carrier.test SIP/2.0\r\nfrom: <sip:100@localhost>\r\n\r\n`;

test("a request goes over the connection that its target opened, aliased and proved to have its name (RFC 5923)", async () => {
  const started = await start();
  const server = await listen(started.ca);
  const peer = await aliased(started, { dnsNames: ["localhost"] }, server.port);
  started.app.send(ask(server.port));
  peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "b" });
  await started.app.sip("SIP/2.0 200");
  peer.end();
  await deadline(peer.closed, 5_000, "not closed");
  started.app.send(ask(server.port));
  await (await server.accept()).next("OPTIONS");
});

test.for([
  ["another name", { dnsNames: ["elsewhere.test"] }],
  ["no name at all", null],
] as const)("an alias of a connection that has proved %s attracts nothing", async ([, names]) => {
  const started = await start();
  const server = await listen(started.ca);
  const peer = await aliased(started, names, server.port);
  started.app.send(ask(server.port));
  await (await server.accept()).next("OPTIONS");
  expect(peer.unread).toBe(0);
});

test.for([
  ["TLS 1.1", { maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }],
  ["CBC", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" }],
  ["no forward secrecy", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }],
] as const)("%s is not negotiated", async ([, options]) => {
  const { ca, engine } = await start();
  const handshake = tlsHandshake(engine, ca, options);
  await expect(handshake).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
});

test("TLS 1.2 and 1.3 are negotiated with AEAD suites, and a renegotiation is refused", async () => {
  const { ca, engine } = await start();
  const modern = await tlsHandshake(engine, ca, {});
  expect(modern.getProtocol()).toBe("TLSv1.3");
  const older = await tlsHandshake(engine, ca, { maxVersion: "TLSv1.2" });
  expect(older.getCipher().name).toMatch(/^ECDHE-ECDSA-.*(GCM|POLY1305)/);
  const renegotiated = new Promise<Error | null>((resolve) => {
    older.on("error", resolve);
    older.renegotiate({ rejectUnauthorized: true }, resolve);
  });
  expect(await deadline(renegotiated, 5_000, "no outcome")).toBeInstanceOf(Error);
});

async function tlsHandshake(engine: TestEngine, ca: TestCa, options: ConnectionOptions) {
  const socket = connect({
    host: "127.0.0.1",
    port: engine.port,
    ca: ca.certificatePem,
    servername: "localhost",
    ...options,
  });
  onTestFinished(() => {
    socket.destroy();
  });
  const established = new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  await deadline(established, 5_000, "no handshake");
  return socket;
}
