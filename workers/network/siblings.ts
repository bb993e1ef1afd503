import { fromBase64Url, toBase64Url } from "../../schema/sealing/sealing.ts";
import type { FeedFile } from "./document.ts";

/** What stands beside every file: digests, and a detached signature (RFC 7515, RFC 8037). */

/** Signs the feed; its name is the key's thumbprint (RFC 7638). */
export interface FeedSigner {
  readonly publicKey: FeedPublicKey;
  /** base64url Ed25519 of the text. */
  sign(text: string): Promise<string>;
}

/** A JSON Web Key (RFC 7517 §4) for Ed25519. */
export interface FeedPublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly alg: "EdDSA";
  readonly use: "sig";
  readonly kid: string;
  /** base64url, 32 bytes. */
  readonly x: string;
}

/** @param pkcs8 base64url PKCS #8 Ed25519 */
export async function openFeedSigner(pkcs8: string): Promise<FeedSigner> {
  const key = await crypto.subtle.importKey("pkcs8", fromBase64Url(pkcs8), "Ed25519", true, [
    "sign",
  ]);
  const jwk: unknown = await crypto.subtle.exportKey("jwk", key);
  const x = typeof jwk === "object" && jwk !== null ? Reflect.get(jwk, "x") : undefined;
  if (typeof x !== "string") throw new TypeError("the feed's key has no public part");
  return {
    publicKey: await feedPublicKey(x),
    async sign(text) {
      const bytes = new TextEncoder().encode(text);
      return toBase64Url(new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes)));
    },
  };
}

/** @param x base64url of the raw Ed25519 public key */
export async function feedPublicKey(x: string): Promise<FeedPublicKey> {
  // RFC 7638 §3: the required members in the order of their names, without blanks.
  const thumbprint = await sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
  return { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: toBase64Url(thumbprint), x };
}

/** The file's digests and signature, as files. */
export async function siblingsOf(
  file: FeedFile,
  version: number,
  signer: FeedSigner,
): Promise<FeedFile[]> {
  const contentType = "text/plain; charset=utf-8";
  return [
    { path: `${file.path}.md5`, contentType, body: `${hex(await digest("MD5", file.body))}\n` },
    { path: `${file.path}.sha256`, contentType, body: `${hex(await sha256(file.body))}\n` },
    {
      path: `${file.path}.jws`,
      contentType: "application/jose",
      body: `${await detachedJws(file, version, signer)}\n`,
    },
  ];
}

/**
 * RFC 7515 §F: the compact form without its payload, which is the file. The header says which file and
 * version it is, so that no list passes for another.
 */
export async function detachedJws(
  file: FeedFile,
  version: number,
  signer: FeedSigner,
): Promise<string> {
  const { alg, kid } = signer.publicKey;
  const header = encode(JSON.stringify({ alg, kid, path: file.path, version }));
  return `${header}..${await signer.sign(`${header}.${encode(file.body)}`)}`;
}

export async function sha256Text(text: string): Promise<string> {
  return hex(await sha256(text));
}

function encode(text: string): string {
  return toBase64Url(new TextEncoder().encode(text));
}

function sha256(text: string): Promise<Uint8Array> {
  return digest("SHA-256", text);
}

async function digest(name: "SHA-256" | "MD5", text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(text)));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
