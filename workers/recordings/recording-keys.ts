import { fromBase64Url } from "../../schema/sealing/sealing.ts";
import type { WorkerConfig } from "../env.ts";

/** Keys of recordings, each made of a master key for one use alone (RFC 5869). */

const NONCE_BYTES = 12;

type MasterKey = WorkerConfig["masterKey"];

async function derive(
  masterKey: MasterKey,
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
  return derive(config.masterKey, "addresses", algorithm, ["sign", "verify"]);
}

function partKey(masterKey: MasterKey): Promise<CryptoKey> {
  return derive(masterKey, "parts", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]);
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
  const ciphertext = await crypto.subtle.encrypt(terms, await partKey(config.masterKey), bytes);
  const sealed = new Uint8Array(NONCE_BYTES + ciphertext.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(ciphertext), NONCE_BYTES);
  return sealed;
}

/**
 * The inverse, and which key has sealed it: a part does not say so, and every key that is held is tried, the one that
 * seals first. Null when it was altered, sealed for another place, or under a key that is gone.
 */
export async function openPart(
  { heldMasterKeys, masterKey }: Pick<WorkerConfig, "masterKey" | "heldMasterKeys">,
  place: string,
  sealed: Uint8Array,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly keyId: string } | null> {
  const iv = sealed.slice(0, NONCE_BYTES);
  const additionalData = new TextEncoder().encode(place);
  const terms = { name: "AES-GCM", iv, additionalData };
  for (const held of [masterKey, ...heldMasterKeys]) {
    const key = await partKey(held);
    const opened = await crypto.subtle
      .decrypt(terms, key, sealed.slice(NONCE_BYTES))
      .catch(() => null);
    if (opened !== null) return { bytes: new Uint8Array(opened), keyId: held.id };
  }
  return null;
}
