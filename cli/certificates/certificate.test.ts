import { createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { generateSigningKey, type Issuer, issueCertificate, privateKeyPem } from "./certificate.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 12);

async function authority(nowMs = NOW_MS) {
  const privateKey = generateSigningKey();
  const issuer = { commonName: "Test CA", privateKey };
  const request = {
    commonName: "Test CA",
    days: 3650,
    nowMs,
    publicKey: createPublicKey(privateKey),
    alternativeNames: [],
    isAuthority: true,
  };
  return { issuer, pem: await issueCertificate(request, issuer) };
}

async function leaf(issuer: Issuer, nowMs = NOW_MS) {
  const privateKey = generateSigningKey();
  const pem = await issueCertificate(
    {
      commonName: "node",
      days: 397,
      nowMs,
      publicKey: createPublicKey(privateKey),
      alternativeNames: ["localhost", "127.0.0.1", "::1"],
      isAuthority: false,
    },
    issuer,
  );
  return { privateKey, pem };
}

test("a certificate's signature, names, dates and role read back as they were asked for", async () => {
  const ca = await authority();
  const node = new X509Certificate((await leaf(ca.issuer)).pem);
  const root = new X509Certificate(ca.pem);
  expect(root.ca).toBe(true);
  expect(node.ca).toBe(false);
  expect(node.checkIssued(root)).toBe(true);
  expect(node.verify(root.publicKey)).toBe(true);
  expect(node.subjectAltName).toBe(
    "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
  );
  expect(new Date(node.validFrom).getTime()).toBe(NOW_MS - 3_600_000);
  expect(new Date(node.validTo).getTime()).toBe(NOW_MS + 397 * 86_400_000);
});

test("a TLS client that trusts the authority completes a handshake by name and by address", async () => {
  const ca = await authority(Date.now());
  const node = await leaf(ca.issuer, Date.now());
  const server = createServer({ cert: node.pem, key: privateKeyPem(node.privateKey) });
  server.on("secureConnection", (socket) => socket.on("error", () => {}).end());
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  for (const servername of ["localhost", undefined]) {
    const socket = connect({
      host: "127.0.0.1",
      port: address.port,
      ca: ca.pem,
      ...(servername ? { servername } : {}),
    });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
  }
});
