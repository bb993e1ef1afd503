import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../media-node/engine/clock.ts";
import type { EngineDeps } from "../../media-node/engine/engine.ts";
import type { EngineConfig } from "../../media-node/engine/engine-config.ts";
import type { ScriptedApp } from "../../media-node/engine/scripted-app.ts";
import { ScriptedServer } from "../../media-node/engine/scripted-peer.ts";
import { startTestEngine, type TestEngine } from "../../media-node/engine/test-engine.ts";
import { issueCertificate, makeTestCa, type TestCa } from "../support/certificates.ts";
import { hasNsd, type NameServer, serveZone } from "../support/nsd.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing = hasNsd() ? null : "Debian's nsd is not installed";
const TTL_MS = 60_000;

interface Running {
  readonly engine: TestEngine;
  readonly app: ScriptedApp;
  readonly dns: NameServer;
}

/** An engine whose DNS is a real server with this zone. */
async function start(
  records: readonly string[],
  changes: Partial<EngineConfig> = {},
  deps: Partial<EngineDeps> = {},
): Promise<Running> {
  const dns = await serveZone("carrier.test", records);
  onTestFinished(() => dns[Symbol.asyncDispose]());
  const servers = { dns: { servers: [dns.address] } };
  const engine = await startTestEngine({ ...servers, ...changes }, deps);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, app: await engine.app(), dns };
}

async function listen(): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function listenTls(ca: TestCa, dnsName: string): Promise<ScriptedServer> {
  const { certificatePem, keyPem } = await issueCertificate(ca, { dnsNames: [dnsName] });
  const tls = createTlsServer({ cert: certificatePem, key: keyPem });
  const server = await ScriptedServer.listen(tls, "secureConnection");
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function options(uri: string): string {
  return `sip||\r\nOPTIONS ${uri} SIP/2.0\r\n\r\n`;
}

/** Sends OPTIONS, has the server answer it, and returns its start line. */
async function reaches(app: ScriptedApp, uri: string, server: ScriptedServer): Promise<string> {
  await app.ask(options(uri));
  const peer = await server.accept();
  const request = await peer.next("OPTIONS");
  peer.reply(request, "200 OK", { tag: "x" });
  await app.sip("SIP/2.0 200");
  return request.startLine;
}

function faults({ events }: TestEngine): string[] {
  return events.flatMap((event) =>
    event.kind === "fault" ? [`${event.code}: ${event.detail}`] : [],
  );
}

describe.skipIf(skipsFor(missing))(suiteName("a request to a name in the DNS", missing), () => {
  test("follows NAPTR, SRV and address records, past a dead target; its URI keeps the name (RFC 3263 §4)", async () => {
    const dead = await listen();
    const deadPort = dead.port;
    await dead[Symbol.asyncDispose]();
    const [busy, good] = [await listen(), await listen()];
    const { app, engine } = await start([
      '@ IN NAPTR 20 10 "s" "SIPS+D2T" "" _sips._tcp.unused',
      '@ IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.pool',
      '@ IN NAPTR 5 10 "s" "SIP+D2U" "" _sip._udp.pool',
      `_sip._tcp.pool IN SRV 10 1 ${deadPort} node1`,
      `_sip._tcp.pool IN SRV 20 1 ${busy.port} node1`,
      `_sip._tcp.pool IN SRV 30 1 ${good.port} node2`,
      "node1 IN A 127.0.0.1",
      "node2 IN CNAME node1",
    ]);
    const startedMs = performance.now();
    await app.ask(options("sip:carrier.test"));
    const refusing = await busy.accept();
    const first = await refusing.next("OPTIONS");
    refusing.reply(first, "503 Service Unavailable", { tag: "x" });
    const peer = await good.accept();
    const request = await peer.next("OPTIONS");
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(request.startLine).toBe("OPTIONS sip:carrier.test SIP/2.0");
    expect(request.header("To")).toBe("<sip:carrier.test>");
    expect(faults(engine)).toEqual([`connect_failed: tcp 127.0.0.1:${deadPort}: ECONNREFUSED`]);
  });

  test("proves the configured host over TLS, not the target of the SRV record (RFC 5922 §7.3)", async () => {
    const ca = await makeTestCa();
    const impostor = await listenTls(ca, "node.carrier.test");
    const genuine = await listenTls(ca, "carrier.test");
    const folder = mkdtempSync(join(tmpdir(), "trunkline-dns-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // Of the node's own certificate there is nothing to tell: it is neither new nor near its end.
    const notAfter = new Date(Date.now() + 30 * 86_400_000);
    const own = await issueCertificate(ca, { dnsNames: ["sip.node.test"], notAfter });
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const { app, engine } = await start(
      [
        '@ IN NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp',
        "_sip._tcp IN SRV 1 1 1 node",
        `_sips._tcp IN SRV 1 1 ${impostor.port} node`,
        `_sips._tcp IN SRV 2 1 ${genuine.port} node`,
        "node IN A 127.0.0.1",
      ],
      {
        tls: {
          certificateFile: file("cert.pem", own.certificatePem),
          keyFile: file("key.pem", own.keyPem),
          caFile: file("ca.pem", ca.certificatePem),
        },
      },
      // Certificates are judged by the time at which they were made.
      { clock: systemClock },
    );
    expect(await reaches(app, "sips:carrier.test", genuine)).toContain("sips:carrier.test");
    expect(impostor.waiting).toBe(0);
    expect(faults(engine)).toEqual([
      `tls_verify_failed: tls 127.0.0.1:${impostor.port}: tls_identity_mismatch`,
    ]);
  });

  test("with a port asks for addresses alone, an alias included (RFC 3263 §4.2)", async () => {
    const server = await listen();
    const { app } = await start([
      "_sip._tcp.alias IN SRV 1 1 1 nowhere",
      "alias IN CNAME node",
      "node IN A 127.0.0.1",
    ]);
    const uri = `sip:alias.carrier.test:${server.port};transport=tcp`;
    expect(await reaches(app, uri, server)).toContain(uri);
  });

  test.each([
    ["refused by its zone", ["_sip._tcp IN SRV 0 0 0 .", "@ IN A 127.0.0.1"], "carrier.test"],
    ["that does not exist", [], "nobody.carrier.test"],
    ["that leads to itself", ["loop IN CNAME pool", "pool IN CNAME loop"], "loop.carrier.test"],
    ["of another zone", [], "other.test"],
  ])("%s fails at once", async (_what, records, name) => {
    const { app } = await start(records);
    const startedMs = performance.now();
    await app.ask(options(`sip:${name};transport=tcp`));
    expect((await app.sip("SIP/2.0 503")).tokens[3]).toBe("0");
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test("of a public deployment is refused where its addresses are not public", async () => {
    const server = await listen();
    const { app, engine } = await start(
      [
        `_sip._tcp IN SRV 1 1 ${server.port} metadata`,
        `_sip._tcp IN SRV 2 1 ${server.port} node`,
        "metadata IN A 169.254.169.254",
        "node IN A 127.0.0.1",
        "node IN AAAA ::ffff:127.0.0.1",
      ],
      { addressPolicy: "public" },
    );
    await app.ask(options("sip:carrier.test;transport=tcp"));
    await app.sip("SIP/2.0 503");
    expect(server.waiting).toBe(0);
    expect(faults(engine).map((fault) => fault.split(":")[0])).toEqual(
      Array.from({ length: 3 }, () => "address_refused"),
    );
  });
});

describe.skipIf(skipsFor(missing))(suiteName("when the DNS is gone", missing), () => {
  test("a known name is used on and the outage is told; an unknown one fails at once", async () => {
    const server = await listen();
    const { app, engine, dns } = await start([
      `_sip._tcp IN SRV 1 1 ${server.port} node`,
      "node IN A 127.0.0.1",
    ]);
    await app.ask(options("sip:carrier.test;transport=tcp"));
    const peer = await server.accept();
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "x" });
    await app.sip("SIP/2.0 200");
    await dns.stop();
    engine.clock.advance(TTL_MS);
    await app.ask(options("sip:carrier.test;transport=tcp"));
    peer.reply(await peer.next("OPTIONS"), "200 OK", { tag: "x" });
    await app.sip("SIP/2.0 200");
    expect(faults(engine)).toContain(
      "dns_unavailable: SRV _sip._tcp.carrier.test: ECONNREFUSED; its last answer is used",
    );
    const startedMs = performance.now();
    await app.ask(options("sip:unknown.test;transport=tcp"));
    await app.sip("SIP/2.0 503");
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test("and says nothing, a request has failed within three seconds, and the next one at once", async () => {
    const { app, dns } = await start([], {}, { clock: systemClock });
    await dns.freeze();
    const startedMs = performance.now();
    await app.ask(options("sip:carrier.test"));
    await app.sip("SIP/2.0 503");
    const failedMs = performance.now();
    expect(failedMs - startedMs).toBeGreaterThan(1_000);
    expect(failedMs - startedMs).toBeLessThan(3_000);
    await app.ask(options("sip:carrier.test"));
    await app.sip("SIP/2.0 503");
    expect(performance.now() - failedMs).toBeLessThan(500);
  });
});
