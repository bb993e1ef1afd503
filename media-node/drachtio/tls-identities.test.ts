// biome-ignore-all lint/style/noRestrictedImports: the real engine is behind the adapter here.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { deadline } from "../../tests/support/deadline.ts";
import type { InboundInvite } from "../call/ports.ts";
import { ScriptedPeer } from "../engine/scripted-peer.ts";
import { TestClock } from "../engine/test-clock.ts";
import { requestLines, startTestEngine, TEST_SECRET } from "../engine/test-engine.ts";
import { connectSrf } from "./connect.ts";
import { startSipServer } from "./server.ts";

const NAMES = { dnsNames: ["PBX.acme.example"], uris: ["sip:sbc.acme.example"] };

async function start() {
  const ca = await makeTestCa();
  const folder = mkdtempSync(join(tmpdir(), "drachtio-tls-identities-"));
  const path = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const own = await issueCertificate(ca, { dnsNames: ["localhost"] });
  const engine = await startTestEngine(
    {
      listeners: [{ transport: "tls", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5061 }],
      tls: {
        certificateFile: path("node.pem", own.certificatePem),
        keyFile: path("node.key", own.keyPem),
        caFile: path("ca.pem", ca.certificatePem),
        clientCaFile: path("client-ca.pem", ca.certificatePem),
        requestClientCertificate: true,
      },
    },
    { clock: new TestClock(Date.now()) },
  );
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const connection = await connectSrf({ port: engine.engine.controlPort, secret: TEST_SECRET });
  onTestFinished(() => connection[Symbol.asyncDispose]());
  let arrived = Promise.withResolvers<InboundInvite>();
  startSipServer(connection, {
    invite: async (invite) => arrived.resolve(invite),
    options: () => ({ status: 200 }),
    refused: () => undefined,
  });
  const invited = async (peer: ScriptedPeer, headers: Record<string, string> = {}) => {
    for (;;) {
      arrived = Promise.withResolvers<InboundInvite>();
      peer.send(requestLines("INVITE", headers));
      // 405 until the package has told the engine its routes.
      if ((await peer.next("SIP/2.0")).startLine.includes("100")) break;
    }
    return deadline(arrived.promise, 5_000, "no INVITE");
  };
  return { ca, engine, invited };
}

test("what a certificate proves decides the call, and what a header claims does not", async () => {
  const { ca, engine, invited } = await start();
  const issued = await issueCertificate(ca, NAMES);
  const own = { cert: issued.certificatePem, key: issued.keyPem };
  const named = await ScriptedPeer.connectTls(engine.port, ca.certificatePem, "localhost", own);
  onTestFinished(() => named[Symbol.asyncDispose]());
  const nobody = await ScriptedPeer.connectTls(engine.port, ca.certificatePem, "localhost", {});
  onTestFinished(() => nobody[Symbol.asyncDispose]());
  const forged = { "X-Trunkline-Tls-Identity": "pbx.acme.example" };

  const { query } = await invited(named, { "X-Trunkline-Tls-Identity": "evil.example" });
  expect([...query.tlsIdentities].sort()).toEqual(["pbx.acme.example", "sbc.acme.example"]);
  expect((await invited(nobody, forged)).query.tlsIdentities).toEqual([]);
});
