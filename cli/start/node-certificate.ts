import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Issuer } from "../certificates/certificate.ts";
import { readFileIfThere, type StateDirectory, writeFileWhole } from "./state-directory.ts";

const AUTHORITY_NAME = "Trunkline local CA";
const AUTHORITY_DAYS = 3_650;
const NODE_DAYS = 397;
const RENEW_BEFORE_MS = 30 * 86_400_000;

/** Makes or renews the authority's and the node's certificate; `names` are what peers may dial. */
export async function ensureCertificates(
  state: StateDirectory,
  caKey: string,
  names: readonly string[],
  nowMs: number,
): Promise<void> {
  const issuer: Issuer = { commonName: AUTHORITY_NAME, privateKey: createPrivateKey(caKey) };
  const authority = readCertificate(state.caFile);
  const caPublicKey = createPublicKey(issuer.privateKey);
  const isAuthorityGood = authority?.verify(caPublicKey) === true && lasts(authority, nowMs);
  const node = readCertificate(state.certificateFile);
  const key = readKey(state.keyFile);
  const isNodeGood =
    node !== null &&
    key !== null &&
    node.verify(caPublicKey) &&
    node.checkPrivateKey(key) &&
    lasts(node, nowMs) &&
    names.every((name) => node.checkHost(name) ?? node.checkIP(name));
  if (isAuthorityGood && isNodeGood) return;

  // Loaded when it is needed, which is once a year.
  const { generateSigningKey, issueCertificate, privateKeyPem } = await import(
    "../certificates/certificate.ts"
  );
  if (!isAuthorityGood) {
    const request = { commonName: AUTHORITY_NAME, days: AUTHORITY_DAYS, nowMs };
    const pem = await issueCertificate(
      { ...request, publicKey: caPublicKey, alternativeNames: [], isAuthority: true },
      issuer,
    );
    writeFileWhole(state.caFile, pem, 0o644);
  }

  if (isNodeGood) return;
  const privateKey = generateSigningKey();
  const pem = await issueCertificate(
    {
      commonName: names[0] ?? "localhost",
      days: NODE_DAYS,
      nowMs,
      publicKey: createPublicKey(privateKey),
      alternativeNames: names,
      isAuthority: false,
    },
    issuer,
  );
  writeFileWhole(state.keyFile, privateKeyPem(privateKey), 0o600);
  writeFileWhole(state.certificateFile, pem, 0o644);
}

function lasts(certificate: X509Certificate, nowMs: number): boolean {
  return new Date(certificate.validTo).getTime() > nowMs + RENEW_BEFORE_MS;
}

function readKey(path: string): KeyObject | null {
  const pem = readFileIfThere(path);
  if (pem === null) return null;
  try {
    return createPrivateKey(pem);
  } catch {
    return null; // damaged: made anew
  }
}

function readCertificate(path: string): X509Certificate | null {
  const pem = readFileIfThere(path);
  if (pem === null) return null;
  try {
    return new X509Certificate(pem);
  } catch {
    return null; // damaged: made anew
  }
}
