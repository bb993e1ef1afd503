// biome-ignore-all lint/style/noRestrictedImports: the scripted peer of the engine's tests speaks to a whole node here.
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa } from "../tests/support/certificates.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { importedNumber } from "../tests/support/routing-rows.ts";
import { sdpOffer } from "../tests/support/sip-peer.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { ScriptedPeer } from "./engine/scripted-peer.ts";
import { requestLines } from "./engine/test-engine.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** A whole node, and callers that it knows by their certificate. */

const NUMBER = "+15005550171";

let plane: OutboundPlane;
let node: MediaNode;

beforeAll(async () => {
  plane = await OutboundPlane.start();
  const { rows } = importedNumber(NUMBER, { tlsIdentities: ["pbx.acme.example"] });
  for (const row of rows) plane.plane.put(row.kind, row.entityId, row.value);
  node = await startMediaNode(
    parseMediaNodeConfig({
      ...plane.environment,
      TRUNKLINE_TLS_CLIENT_CERTIFICATES: "requested",
      TRUNKLINE_TLS_CLIENT_CA_FILE: plane.caFile,
    }),
  );
  await node.ready;
  await plane.applied();
});

afterAll(async () => {
  await node.stop({ code: "node_shutdown" });
  await plane[Symbol.asyncDispose]();
});

/** The final answer to an INVITE of whoever shows this certificate. */
async function answerTo(own: { certificatePem: string; keyPem: string } | null): Promise<string> {
  const shown = own === null ? {} : { cert: own.certificatePem, key: own.keyPem };
  const { certificatePem: ca } = plane.ca;
  const peer = await ScriptedPeer.connectTls(node.bound.sipsPort, ca, "localhost", shown);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const uri = `sip:${NUMBER}@localhost`;
  const claims = {
    "Content-Type": "application/sdp",
    "X-Trunkline-Tls-Identity": "pbx.acme.example",
  };
  peer.send(requestLines("INVITE", claims, uri), sdpOffer(40_000));
  for (;;) {
    const { startLine } = await peer.next("SIP/2.0");
    if (!startLine.startsWith("SIP/2.0 1")) return startLine;
  }
}

test("whoever proves the trunk's name is let in, in whatever case it is written", async () => {
  const known = await issueCertificate(plane.ca, { dnsNames: ["PBX.acme.example"] });
  expect(await answerTo(known)).toBe("SIP/2.0 200 OK");
});

test("another name, no certificate, another authority's: refused alike, whatever a header claims", async () => {
  const other = await issueCertificate(plane.ca, { dnsNames: ["pbx.other.example"] });
  const foreign = await issueCertificate(await makeTestCa(), { dnsNames: ["pbx.acme.example"] });
  const wildcard = await issueCertificate(plane.ca, { dnsNames: ["*.acme.example"] });
  for (const own of [other, null, foreign, wildcard]) {
    expect(await answerTo(own)).toBe("SIP/2.0 403 Forbidden");
  }
});
