import { fromBase64Url } from "../../schema/sealing/sealing.ts";
import type { WorkerConfig } from "../env.ts";

/** Keys of recordings, each made of the master key for one use alone (RFC 5869). */

const NONCE_BYTES = 12;

async function derive(
  { masterKey }: Pick<WorkerConfig, "masterKey">,
  use: string,
  algorithm: SubtleCryptoImportKeyAlgorithm,
  usages: string[],
): Promise<CryptoKey> {
  const bytes = fromBase64Url(masterKey.bytes.reveal());
  const material = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
  const salt = new Uint8Array(0);
  const info = new TextEncoder().encode(`trunkline recording ${use}`);
  const derivation = { name: "HKDF", hash: "SHA-256", salt, info };
  return crypto.subtle.deriveKey(derivation, material, algorithm, false, usages);
}

/** Signs addresses. */
export function addressKey(config: Pick<WorkerConfig, "masterKey">): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256", length: 256 };
  return derive(config, "addresses", algorithm, ["sign", "verify"]);
}

function partKey(config: Pick<WorkerConfig, "masterKey">): Promise<CryptoKey> {
  return derive(config, "parts", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]);
}

/** A part as the object store keeps it: nonce, ciphertext and tag, good at this place only. */
export async function sealPart(
  config: Pick<WorkerConfig, "masterKey">,
  place: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const additionalData = new TextEncoder().encode(place);
  const terms = { name: "AES-GCM", iv, additionalData };
  const ciphertext = await crypto.subtle.encrypt(terms, await partKey(config), bytes);
  const sealed = new Uint8Array(NONCE_BYTES + ciphertext.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(ciphertext), NONCE_BYTES);
  return sealed;
}

/** The inverse. @throws OperationError when it was altered, or sealed for another place */
export async function openPart(
  config: Pick<WorkerConfig, "masterKey">,
  place: string,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const iv = sealed.slice(0, NONCE_BYTES);
  const additionalData = new TextEncoder().encode(place);
  const terms = { name: "AES-GCM", iv, additionalData };
  const key = await partKey(config);
  return new Uint8Array(await crypto.subtle.decrypt(terms, key, sealed.slice(NONCE_BYTES)));
}
