// biome-ignore-all lint/style/noRestrictedImports: for tests, which put the real engine behind the adapters.
import { expect, onTestFinished, test } from "vitest";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { InboundInvite } from "../call/ports.ts";
import { ScriptedPeer } from "../engine/scripted-peer.ts";
import { TestClock } from "../engine/test-clock.ts";
import { OFFER, requestLines } from "../engine/test-engine.ts";
import { type Node, startNode } from "./test-node.ts";

async function start() {
  const ca = await makeTestCa();
  const { file } = testFolder();
  const own = await issueCertificate(ca, { dnsNames: ["localhost"] });
  const node = await startNode({
    engine: {
      listeners: [
        { transport: "tcp", bindAddress: "127.0.0.1", port: 0 },
        { transport: "tls", bindAddress: "127.0.0.1", port: 0 },
      ],
      tls: {
        certificateFile: file("node.pem", own.certificatePem),
        keyFile: file("node.key", own.keyPem),
        clientCaFile: file("ca.pem", ca.certificatePem),
        requestClientCertificate: true,
      },
    },
    deps: { clock: new TestClock(Date.now()) },
  });
  return { node, ca };
}

async function invited(
  node: Node,
  peer: ScriptedPeer,
  forged: readonly string[],
): Promise<InboundInvite> {
  onTestFinished(() => peer[Symbol.asyncDispose]());
  peer.send([...requestLines("INVITE", { "Content-Type": "application/sdp" }), ...forged], OFFER);
  await peer.next("SIP/2.0 100");
  return node.invited();
}

function port(node: Node, transport: "tcp" | "tls"): number {
  return node.engine.engine.listeners.find((one) => one.transport === transport)?.port ?? 0;
}

test("the names of a client's certificate reach the query of its call, and no header of the call", async () => {
  const { node, ca } = await start();
  const names = { dnsNames: ["PBX.carrier.test", "*.sbc.test"], uris: ["sip:carrier.test"] };
  const issued = await issueCertificate(ca, names);
  const own = { cert: issued.certificatePem, key: issued.keyPem };
  const peer = await ScriptedPeer.connectTls(
    port(node, "tls"),
    ca.certificatePem,
    "localhost",
    own,
  );
  const forged = ["X-Trunkline-Tls-Identity: evil.test", "X-Campaign: spring"];
  const { query, headers } = await invited(node, peer, forged);
  expect(query.transport).toBe("tls");
  expect(query.tlsIdentities).toEqual(["pbx.carrier.test", "*.sbc.test", "carrier.test"]);
  expect(headers["x-trunkline-tls-identity"]).toBeUndefined();
  expect(headers["x-campaign"]).toEqual(["spring"]);
});

test.for([
  ["the header itself", ["X-Trunkline-Tls-Identity: evil.test"]],
  ["another case", ["x-trunkline-tls-identity: evil.test", "X-TRUNKLINE-TLS-IDENTITY: evil.test"]],
  ["white space before the colon", ["X-Trunkline-Tls-Identity \t: evil.test"]],
  ["a folded value", ["X-Trunkline-Tls-Identity:", " evil.test"]],
  ["a header hidden behind a bare line feed", ["X-A: b\nX-Trunkline-Tls-Identity: evil.test"]],
  [
    "a header hidden behind a bare carriage return",
    ["X-A: b\rX-Trunkline-Tls-Identity: evil.test"],
  ],
] as const)("%s proves nothing to the application", async ([, forged]) => {
  const { node } = await start();
  const peer = await ScriptedPeer.connect(port(node, "tcp"));
  onTestFinished(() => peer[Symbol.asyncDispose]());
  peer.send([...requestLines("INVITE", { "Content-Type": "application/sdp" }), ...forged], OFFER);
  const { startLine } = await peer.next("SIP/2.0");
  // What cannot be read goes to nobody; what can goes without the claim.
  if (startLine.startsWith("SIP/2.0 400")) return;
  const { query, headers } = await node.invited();
  expect(query.tlsIdentities).toEqual([]);
  expect(Object.keys(headers)).not.toContain("x-trunkline-tls-identity");
});
