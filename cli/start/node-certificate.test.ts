import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { generateSigningKey, privateKeyPem } from "../certificates/certificate.ts";
import { ensureCertificates } from "./node-certificate.ts";
import { openStateDirectory, type StateDirectory } from "./state-directory.ts";

const NOW_MS = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;
const NAMES = ["localhost", "sip.localhost", "*.sip.localhost", "127.0.0.1", "::1", "10.1.2.3"];

let state: StateDirectory;
let caKey: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-certificates-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  state = openStateDirectory(join(folder, "state"));
  caKey = privateKeyPem(generateSigningKey());
});

const files = (): string[] =>
  [state.caFile, state.certificateFile, state.keyFile].map((path) => readFileSync(path, "utf8"));

test("the first start makes an authority and a certificate for every name; the next keeps them", async () => {
  await ensureCertificates(state, caKey, NAMES, NOW_MS);
  const [ca = "", pem = "", key = ""] = files();
  const node = new X509Certificate(pem);
  expect(node.checkIssued(new X509Certificate(ca))).toBe(true);
  expect(node.checkPrivateKey(createPrivateKey(key))).toBe(true);
  for (const name of ["localhost", "sip.localhost", "dev.sip.localhost"]) {
    expect(node.checkHost(name), name).toBeDefined();
  }
  for (const address of ["127.0.0.1", "::1", "10.1.2.3"]) {
    expect(node.checkIP(address), address).toBe(address);
  }
  expect(statSync(state.keyFile).mode & 0o777).toBe(0o600);
  expect(statSync(state.root).mode & 0o777).toBe(0o700);
  await ensureCertificates(state, caKey, NAMES, NOW_MS + DAY_MS);
  expect(files()).toEqual([ca, pem, key]);
});

test("a certificate is made anew for a new address, before it expires, and when its key is damaged", async () => {
  await ensureCertificates(state, caKey, NAMES, NOW_MS);
  const [ca, first] = files();
  await ensureCertificates(state, caKey, [...NAMES, "10.9.9.9"], NOW_MS);
  const [, second] = files();
  expect(second).not.toBe(first);
  await ensureCertificates(state, caKey, NAMES, NOW_MS + 380 * DAY_MS);
  const [, third] = files();
  expect(third).not.toBe(second);
  writeFileSync(state.keyFile, "damaged");
  await ensureCertificates(state, caKey, NAMES, NOW_MS + 380 * DAY_MS);
  const [sameCa, fourth] = files();
  expect(fourth).not.toBe(third);
  expect(sameCa).toBe(ca);
});
