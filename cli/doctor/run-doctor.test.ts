import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { MediaNodeConfig } from "../../media-node/config.ts";
import { ScriptedServer } from "../../media-node/engine/scripted-peer.ts";
import { startStunService } from "../../media-node/stun-service.ts";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { createTerminal } from "../terminal.ts";
import type { DoctorOptions } from "./doctor-options.ts";
import { type DoctorReport, runDoctor } from "./run-doctor.ts";

async function examine(target: string, more: Partial<DoctorOptions> = {}) {
  const out: string[] = [];
  const said: string[] = [];
  const terminal = createTerminal(
    { write: (text) => out.push(text) },
    { write: (text) => said.push(text) },
    true,
  );
  const options = {
    state: "/nowhere",
    json: true,
    echo: false,
    stunPort: await closedPort(),
    ...more,
  };
  const status = await runDoctor(target, options, terminal);
  const report: DoctorReport = JSON.parse(out.join(""));
  const stages = Object.fromEntries(report.stages.map((stage) => [stage.stage, stage]));
  return { status, report, stages, said: said.join("") };
}

/** Where nobody answers, and the system says so at once. */
async function closedPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

async function listen(...rest: Parameters<typeof ScriptedServer.listen>) {
  const server = await ScriptedServer.listen(...rest);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

test("an endpoint that answers over TLS passes every stage, and status is 0", async () => {
  const ca = await makeTestCa();
  const { certificatePem, keyPem } = await issueCertificate(ca, { dnsNames: ["localhost"] });
  const folder = mkdtempSync(join(tmpdir(), "trunkline-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, ca.certificatePem);
  const tls = createTlsServer({ cert: certificatePem, key: keyPem });
  const server = await listen(tls, "secureConnection");
  const target = `sip:localhost:${server.port};transport=tls`;
  const sip = { bindAddress: "127.0.0.1" } as MediaNodeConfig["sip"];
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const stun = await startStunService({ sip, stunPort: 0 }, { logger, nowMs: () => 0 });
  onTestFinished(() => stun[Symbol.asyncDispose]());
  const examined = examine(target, { ca: caFile, stunPort: stun.port ?? 0 });
  const peer = await server.accept();
  const request = await peer.next("OPTIONS sip:localhost");
  peer.reply(request, "200 OK", { tag: "node" });
  const { report, stages, status } = await examined;
  expect(status).toBe(0);
  expect(report).toMatchObject({ target, ok: true, failed_stage: null });
  expect(report.stages.map((stage) => stage.status)).toEqual([
    ...Array(6).fill("ok"),
    "skipped",
    "skipped",
  ]);
  expect(stages["udp"]?.detail).toMatch(/UDP passes: 127\.0\.0\.1:\d+ sees 127\.0\.0\.1:\d+/);
  expect(stages["nat"]?.detail).toMatch(/No SIP ALG and no NAT/);
});

test("a certificate of an authority that is not ours is an inspecting proxy's", async () => {
  const issued = await issueCertificate(await makeTestCa(), { dnsNames: ["localhost"] });
  const tls = createTlsServer({ cert: issued.certificatePem, key: issued.keyPem });
  const server = await listen(tls, "secureConnection");
  const { report, stages, status, said } = await examine(`localhost:${server.port}`, {
    transport: "tls",
  });
  expect(status).toBe(5);
  expect(report.failed_stage).toBe("tls");
  expect(stages["tls"]?.failure).toMatchObject({
    side: "your_firewall",
    allow: { rules: [1], protocol: "tcp", to_port: server.port },
  });
  expect(stages["options"]?.status).toBe("skipped");
  expect(said).toContain(`to 127.0.0.1:${server.port}`);
});

test("messages that were changed on the way, or only their addresses, are told apart", async () => {
  const server = await listen();
  const answered = async (change: (text: string) => string) => {
    const examined = examine(`127.0.0.1:${server.port}`, { transport: "tcp" });
    const peer = await server.accept();
    const request = await peer.next("OPTIONS");
    peer.reply(
      { ...request, header: request.header, headers: changed(request.headers, change) },
      "200 OK",
      { tag: "n" },
    );
    return examined;
  };
  const nat = await answered((via) => via.replace(";rport", ";received=198.51.100.7;rport=40000"));
  expect(nat.status).toBe(0);
  expect(nat.stages["udp"]).toMatchObject({
    status: "skipped",
    detail: expect.stringMatching(/rule 12/),
  });
  expect(nat.stages["nat"]).toMatchObject({
    detail: expect.stringContaining("198.51.100.7:40000"),
    warning: expect.stringContaining("NAT"),
  });
  const alg = await answered((via) => via.replace(/TCP [\d.]+/, "TCP 203.0.113.9"));
  expect(alg.status).toBe(5);
  expect(alg.stages["nat"]?.failure).toMatchObject({ code: "alg_rewrites", side: "your_firewall" });
});

function changed(headers: (name: string) => string[], change: (text: string) => string) {
  return (name: string) => (name === "Via" ? headers(name).map(change) : headers(name));
}

test("a node that takes no calls is our side", async () => {
  const server = await listen();
  const examined = examine(`127.0.0.1:${server.port}`, { transport: "tcp" });
  const peer = await server.accept();
  peer.reply(await peer.next("OPTIONS"), "503 Service Unavailable", { tag: "n" });
  const { stages, status } = await examined;
  expect(status).toBe(5);
  expect(stages["options"]?.failure).toMatchObject({ side: "trunkline", code: "sip_unavailable" });
});

test("a target that is none, and an authority that cannot be read, say what would do", async () => {
  await expect(examine("sip:a b")).rejects.toThrow(/no SIP URI and no host/);
  await expect(examine("host.test", { ca: "/nowhere/ca.pem" })).rejects.toThrow(/--ca/);
  await expect(examine("sip:host.test;transport=sctp")).rejects.toThrow(/none of tcp, tls and udp/);
});
