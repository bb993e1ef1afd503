// The certificate package injects its dependencies by metadata and wants this first.
import "reflect-metadata";
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** X.509 v3 certificates with ECDSA P-256 keys (RFC 5280), for a machine's own authority and node. */

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** A clock that is a little behind must not find the certificate not yet valid. */
const BACKDATE_MS = 3_600_000;

export interface Issuer {
  readonly commonName: string;
  readonly privateKey: KeyObject;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly days: number;
  readonly nowMs: number;
  readonly publicKey: KeyObject;
  /** DNS names and addresses; empty for an authority. */
  readonly alternativeNames: readonly string[];
  readonly isAuthority: boolean;
}

export function generateSigningKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

/** PKCS #8 PEM: a secret. */
export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** PEM of a certificate signed by `issuer`, which for an authority is itself. */
export async function issueCertificate(
  request: CertificateRequest,
  issuer: Issuer,
): Promise<string> {
  const publicKey = request.publicKey.toCryptoKey(ALGORITHM, true, ["verify"]);
  const issuerKey = createPublicKey(issuer.privateKey).toCryptoKey(ALGORITHM, true, ["verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: positiveSerial(),
    subject: `CN=${request.commonName}`,
    issuer: `CN=${issuer.commonName}`,
    notBefore: new Date(request.nowMs - BACKDATE_MS),
    notAfter: new Date(request.nowMs + request.days * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: issuer.privateKey.toCryptoKey(ALGORITHM, false, ["sign"]),
    extensions: [
      ...(request.isAuthority ? authorityExtensions() : nodeExtensions(request.alternativeNames)),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

function authorityExtensions(): x509.Extension[] {
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(usages, true),
  ];
}

function nodeExtensions(alternativeNames: readonly string[]): x509.Extension[] {
  const names = alternativeNames.map((value): x509.JsonGeneralName => {
    return { type: isIP(value) === 0 ? "dns" : "ip", value };
  });
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([
      x509.ExtendedKeyUsage.serverAuth,
      x509.ExtendedKeyUsage.clientAuth,
    ]),
    new x509.SubjectAlternativeNameExtension(names),
  ];
}

/** RFC 5280 §4.1.2.2: positive and at most 20 octets. */
function positiveSerial(): string {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial.toString("hex");
}
