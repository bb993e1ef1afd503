import type { Sealed } from "../values/sealed.ts";
import { parseSealed } from "../values/sealed.ts";

/**
 * Sealing of secrets with WebCrypto, the one crypto interface that Workers and Node share: records
 * under AES-256-GCM with a fresh nonce and the owner as additional data, and keys wrapped to a node.
 */

const NONCE_BYTES = 12;

// Each runtime's types name WebCrypto's in its own way; these are what both agree on.
type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
type DeriveAlgorithm = Parameters<typeof crypto.subtle.deriveBits>[0];

/** A key held in memory: `id` stands in every record that it seals. */
export interface SealingKey {
  readonly id: string;
  readonly key: WebCryptoKey;
}

/** The record does not open: another key, another owner, or altered bytes. Which one is not told. */
export class UnsealError extends Error {
  readonly code = "unseal_failed";
}

/** `bytes` is 32 random bytes. */
export async function importSealingKey(id: string, bytes: Uint8Array): Promise<SealingKey> {
  const key = await crypto.subtle.importKey("raw", copyOf(bytes), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  return { id, key };
}

/** `owner` names the workspace and record, e.g. `wksp_…/itrk_…/password`; the same string must open it. */
export async function seal(key: SealingKey, plaintext: string, owner: string): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: encode(owner) },
    key.key,
    encode(plaintext),
  );
  const text = `v1.${key.id}.${toBase64Url(nonce)}.${toBase64Url(new Uint8Array(ciphertext))}`;
  return text as Sealed; // built to the pattern of parseSealed
}

/** @throws UnsealError */
export async function unseal(key: SealingKey, sealed: Sealed, owner: string): Promise<string> {
  const [, keyId, nonce, ciphertext] = sealed.split(".");
  if (keyId !== key.id || nonce === undefined || ciphertext === undefined) {
    throw new UnsealError(`record is sealed under another key than ${key.id}`);
  }
  try {
    const plaintext = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: fromBase64Url(nonce), additionalData: encode(owner) },
      key.key,
      fromBase64Url(ciphertext),
    );
    return new TextDecoder().decode(plaintext);
  } catch (cause) {
    throw new UnsealError("record does not open", { cause });
  }
}

export interface NodeKeyPair {
  /** base64url of the raw X25519 public key. */
  readonly publicKey: string;
  /** base64url of the PKCS #8 private key: a secret. */
  readonly privateKey: string;
}

/** The key pair a node makes when it enrols (RFC 7748 X25519). */
export async function generateNodeKeyPair(): Promise<NodeKeyPair> {
  const generated = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  // X25519 always gives a pair; the Workers types cannot tell it from a single key.
  const pair = generated as unknown as { publicKey: WebCryptoKey; privateKey: WebCryptoKey };
  return {
    publicKey: await exportBytes("raw", pair.publicKey),
    privateKey: await exportBytes("pkcs8", pair.privateKey),
  };
}

async function exportBytes(format: "raw" | "pkcs8", key: WebCryptoKey): Promise<string> {
  const exported: unknown = await crypto.subtle.exportKey(format, key);
  if (!(exported instanceof ArrayBuffer)) throw new UnsealError(`key did not export as ${format}`);
  return toBase64Url(new Uint8Array(exported));
}

/** Wraps key bytes to a node's public key: ephemeral X25519, HKDF-SHA-256, AES-256-GCM. */
export async function wrapForNode(
  keyId: string,
  keyBytes: Uint8Array,
  nodePublicKey: string,
): Promise<string> {
  const ephemeral = await generateNodeKeyPair();
  const wrapping = await deriveWrappingKey(
    ephemeral.privateKey,
    nodePublicKey,
    ephemeral.publicKey,
  );
  const sealed = await seal({ id: keyId, key: wrapping }, toBase64Url(keyBytes), keyId);
  return `${ephemeral.publicKey}~${sealed}`;
}

/**
 * The inverse of `wrapForNode`, on the node.
 * @throws UnsealError
 */
export async function unwrapAtNode(
  keyId: string,
  wrapped: string,
  nodePrivateKey: string,
): Promise<Uint8Array> {
  const [ephemeralPublicKey = "", rest = ""] = wrapped.split("~", 2);
  const sealed = parseSealed(rest);
  if (sealed === null) throw new UnsealError("wrapped key is not in the sealed form");
  const wrapping = await deriveWrappingKey(nodePrivateKey, ephemeralPublicKey, ephemeralPublicKey);
  return fromBase64Url(await unseal({ id: keyId, key: wrapping }, sealed, keyId));
}

async function deriveWrappingKey(
  privateKey: string,
  peerPublicKey: string,
  salt: string,
): Promise<WebCryptoKey> {
  const own = await crypto.subtle.importKey(
    "pkcs8",
    fromBase64Url(privateKey),
    { name: "X25519" },
    false,
    ["deriveBits"],
  );
  const peer = await crypto.subtle.importKey(
    "raw",
    fromBase64Url(peerPublicKey),
    { name: "X25519" },
    false,
    [],
  );
  // @cloudflare/workers-types calls the peer's key `$public`; both runtimes read `public`.
  const algorithm = { name: "X25519", public: peer } as unknown as DeriveAlgorithm;
  const shared = await crypto.subtle.deriveBits(algorithm, own, 256);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: fromBase64Url(salt),
      info: encode("trunkline region key"),
    },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

export function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return copyOf(new TextEncoder().encode(text));
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
