import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import {
  type IssuedCertificate,
  issueCertificate,
  makeTestCa,
  type TestCa,
} from "../../tests/support/certificates.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import { DEFAULT_ENGINE_LIMITS, type EngineConfig, type EngineEvent } from "./engine-config.ts";
import { ScriptedPeer } from "./scripted-peer.ts";
import { startEngine } from "./start-engine.ts";
import { TestClock } from "./test-clock.ts";
import { establish, requestLines, startTestEngine, testConfig } from "./test-engine.ts";

const DAY_MS = 86_400_000;

interface Files {
  readonly ca: TestCa;
  readonly config: Pick<EngineConfig, "listeners" | "tls">;
  readonly certificateFile: string;
  readonly issue: (name: string, validMs?: number) => Promise<IssuedCertificate>;
  /** Both files, each replaced at once. */
  readonly install: (pair: IssuedCertificate) => void;
}

async function makeFiles(): Promise<Files> {
  const ca = await makeTestCa();
  const folder = testFolder().path;
  const certificateFile = join(folder, "node.pem");
  const keyFile = join(folder, "node.key");
  const replace = (path: string, text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  return {
    ca,
    certificateFile,
    config: {
      listeners: [{ transport: "tls", bindAddress: "127.0.0.1", port: 0 }],
      tls: { certificateFile, keyFile },
    },
    issue: (name, validMs = 60 * DAY_MS) => {
      const notAfter = new Date(Date.now() + validMs);
      return issueCertificate(ca, { dnsNames: ["localhost", name], notAfter });
    },
    install({ certificatePem, keyPem }) {
      replace(certificateFile, certificatePem);
      replace(keyFile, keyPem);
    },
  };
}

async function start(files: Files) {
  const clock = new TestClock(Date.now());
  const engine = await startTestEngine(files.config, { clock });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { engine, clock };
}

/** The names of the certificate that a new connection is shown. */
async function servedNames(files: Files, port: number): Promise<string> {
  const socket: TLSSocket = connect({
    host: "127.0.0.1",
    port,
    ca: files.ca.certificatePem,
    servername: "localhost",
  });
  const shown = new Promise<string>((resolve, reject) => {
    socket.on("error", reject);
    socket.once("secureConnect", () => resolve(socket.getPeerCertificate().subjectaltname ?? ""));
  });
  const names = await deadline(shown, 5_000, "no handshake");
  socket.destroy();
  return names;
}

function faults(events: readonly EngineEvent[]): string[] {
  return events.flatMap((event) => (event.kind === "fault" ? [event.code] : []));
}

test("a call survives three certificate reloads while each new connection gets the new certificate", async () => {
  const files = await makeFiles();
  files.install(await files.issue("first.test"));
  const { engine, clock } = await start(files);
  const app = await engine.app();
  const peer = await ScriptedPeer.connectTls(engine.port, files.ca.certificatePem, "localhost");
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const { inDialog, target } = await establish(peer, app);
  expect(await servedNames(files, engine.port)).toContain("first.test");
  for (const name of ["second.test", "third.test", "fourth.test"]) {
    files.install(await files.issue(name));
    await eventually(
      async () => {
        clock.advance(1_000);
        return (await servedNames(files, engine.port)).includes(name) || null;
      },
      5_000,
      `${name} is not served`,
    );
  }
  peer.send(requestLines("BYE", inDialog(2, "BYE"), target));
  const bye = await app.sip("BYE");
  await app.respond(bye, "200 OK");
  await peer.next("SIP/2.0 200");
  expect(faults(engine.events)).toEqual([]);
});

test("a change that the file system does not announce is found within a minute", async () => {
  const files = await makeFiles();
  files.install(await files.issue("first.test"));
  const { engine, clock } = await start(files);
  files.install(await files.issue("second.test"));
  // In one step, before any announcement can arrive: only the poll has fired.
  clock.advance(60_000);
  expect(await servedNames(files, engine.port)).toContain("second.test");
});

test.for([
  ["a certificate cut off in the middle", "cut"],
  ["a certificate without its key", "mismatch"],
  ["an empty file", "empty"],
  ["an expired certificate", "expired"],
] as const)(
  "%s is refused with one fault, and the old one is served until a good pair comes",
  async ([, defect]) => {
    const files = await makeFiles();
    const good = await files.issue("good.test");
    files.install(good);
    const { engine } = await start(files);
    const other = await files.issue("bad.test", defect === "expired" ? -1_000 : DAY_MS);
    const broken = {
      cut: { ...other, certificatePem: other.certificatePem.slice(0, 300) },
      mismatch: { ...good, certificatePem: other.certificatePem },
      empty: { ...other, certificatePem: "" },
      expired: other,
    }[defect];
    files.install(broken);
    expect(engine.engine.reloadCertificates().kind).toBe("refused");
    expect(engine.engine.reloadCertificates().kind).toBe("refused");
    expect(await servedNames(files, engine.port)).toContain("good.test");
    expect(faults(engine.events)).toEqual(["tls_reload_refused"]);
    expect(JSON.stringify(engine.events)).not.toContain("PRIVATE KEY");
    files.install(await files.issue("better.test"));
    expect(engine.engine.reloadCertificates().kind).toBe("reloaded");
    expect(engine.engine.reloadCertificates()).toEqual({ kind: "unchanged" });
    expect(await servedNames(files, engine.port)).toContain("better.test");
  },
);

test("files that are gone are one fault, whenever they are looked for, and end nothing", async () => {
  const files = await makeFiles();
  files.install(await files.issue("good.test"));
  const { engine, clock } = await start(files);
  rmSync(dirname(files.certificateFile), { recursive: true });
  clock.advance(60_000);
  clock.advance(600_000);
  const codes = engine.events.map((event) => (event.kind === "fault" ? event.detail : ""));
  expect(codes).toEqual([`${files.certificateFile}: ENOENT`]);
  expect(await servedNames(files, engine.port)).toContain("good.test");
});

test("a certificate is reported daily from 14 days before its end, hourly after it, and no more once replaced", async () => {
  const files = await makeFiles();
  files.install(await files.issue("short.test", 15 * DAY_MS));
  const { engine, clock } = await start(files);
  clock.advance(DAY_MS - 60_000);
  expect(faults(engine.events)).toEqual([]);
  clock.advance(3_600_000 + 60_000);
  expect(faults(engine.events)).toEqual(["tls_certificate_expires_soon"]);
  clock.advance(2 * DAY_MS);
  expect(faults(engine.events)).toHaveLength(3);
  clock.advance(12 * DAY_MS);
  engine.events.length = 0;
  clock.advance(3 * 3_600_000);
  expect(faults(engine.events)).toEqual(Array(3).fill("tls_certificate_expired"));
  files.install(await files.issue("long.test", 90 * DAY_MS));
  engine.events.length = 0;
  expect(engine.engine.reloadCertificates().kind).toBe("reloaded");
  clock.advance(2 * DAY_MS);
  expect(faults(engine.events)).toEqual([]);
});

test("the engine's handle reloads on request, and tells what was reported before anybody listened", async () => {
  const files = await makeFiles();
  files.install(await files.issue("old.test", -1_000));
  const engine = await startEngine(testConfig(files.config));
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const events: EngineEvent[] = [];
  engine.onEvent((event) => events.push(event));
  expect(faults(events)).toEqual(["tls_certificate_expired"]);
  files.install(await files.issue("new.test"));
  // The announcement of the change may have come first.
  expect((await engine.reloadCertificates()).kind).not.toBe("refused");
  expect(await servedNames(files, engine.listeners[0]?.port ?? 0)).toContain("new.test");
});

test("a TLS handshake that is not done within 10 s ends, and what was dropped in it frees its place", async () => {
  const files = await makeFiles();
  files.install(await files.issue("node.test"));
  const clock = new TestClock(Date.now());
  const limits = { ...DEFAULT_ENGINE_LIMITS, maxConnectionsPerSource: 2 };
  const engine = await startTestEngine({ ...files.config, limits }, { clock });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const silent = await engine.peer();
  const garbled = await engine.peer();
  const refused = await engine.peer();
  await deadline(refused.closed, 5_000, "a third connection was accepted");
  garbled.write("OPTIONS sip:a@b SIP/2.0\r\n\r\n");
  await deadline(garbled.closed, 5_000, "plain text over TLS was not refused");
  clock.advance(9_999);
  // In time, and the place that the garbled one gave back.
  expect(await servedNames(files, engine.port)).toContain("node.test");
  clock.advance(1);
  await deadline(silent.closed, 5_000, "the silent handshake was not ended");
  expect(faults(engine.events)).toEqual(["connection_refused", "tls_handshake_unfinished"]);
  const peers = await Promise.all(
    [1, 2].map(() => ScriptedPeer.connectTls(engine.port, files.ca.certificatePem, "localhost")),
  );
  for (const peer of peers) {
    peer.send(requestLines("OPTIONS"));
    await peer.next("SIP/2.0");
    await peer[Symbol.asyncDispose]();
  }
});
