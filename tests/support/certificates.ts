// The certificate package injects its dependencies by metadata and wants this first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface TestCa {
  readonly certificatePem: string;
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface IssuedCertificate {
  /** The leaf alone: the CA is the trust anchor of the tests. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

/** A certificate authority that lives for one test run. */
export async function makeTestCa(commonName = "Trunkline test CA"): Promise<TestCa> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
    ],
  });
  return { certificatePem: certificate.toString("pem"), certificate, keys };
}

export async function issueCertificate(
  ca: TestCa,
  names: {
    dnsNames: readonly string[];
    uris?: readonly string[];
    ipAddresses?: readonly string[];
    notBefore?: Date;
    notAfter?: Date;
    /** The subject's, which proves nothing. */
    commonName?: string;
    /** By its own key, whatever the authority. */
    isSelfSigned?: boolean;
    /** Absent: serverAuth alone, as public authorities have it. */
    usages?: readonly ("serverAuth" | "clientAuth")[];
  },
): Promise<IssuedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const alternatives: x509.JsonGeneralNames = [
    ...names.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...(names.uris ?? []).map((value) => ({ type: "url" as const, value })),
    ...(names.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  const subject = `CN=${names.commonName ?? "a name that proves nothing"}`;
  const notAfter = names.notAfter ?? new Date(Date.now() + DAY_MS);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: names.isSelfSigned === true ? subject : ca.certificate.subject,
    notBefore: names.notBefore ?? new Date(Math.min(Date.now(), notAfter.getTime()) - DAY_MS),
    notAfter,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: names.isSelfSigned === true ? keys.privateKey : ca.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        (names.usages ?? ["serverAuth"]).map((usage) => x509.ExtendedKeyUsage[usage]),
      ),
      ...(alternatives.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(alternatives)]),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificatePem: certificate.toString("pem"),
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}

function serialNumber(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(12))).toString("hex");
}
