import { hkdfSync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  fromBase64Url,
  importSealingKey,
  seal,
  toBase64Url,
  UnsealError,
  unseal,
} from "../../schema/sealing/sealing.ts";
import { parseSealed } from "../../schema/values/sealed.ts";
import type { Secret } from "../../schema/values/secret.ts";
import { absentAs, writeDurably } from "./durable-file.ts";

const KEY_BYTES = 32;
const WRAPPING_KEY_ID = "enrolment";

/** Two keys out of the one random key of this node: what seals, and what proves the high-water mark. */
export interface NodeKeys {
  readonly sealing: Buffer;
  readonly mac: Buffer;
}

export type NodeKeyOutcome =
  | { readonly kind: "opened"; readonly keys: NodeKeys }
  | { readonly kind: "missing" }
  /** Another credential wrapped it, or its bytes were changed. */
  | { readonly kind: "unreadable" };

/** The node's random key, which the enrolment credential only wraps. */
export async function readNodeKey(
  path: string,
  nodeId: string,
  credential: Secret,
): Promise<NodeKeyOutcome> {
  const text = await readFile(path, "utf8").catch(absentAs(null));
  if (text === null) return { kind: "missing" };
  const sealed = parseSealed(text.trim());
  if (sealed === null) return { kind: "unreadable" };
  try {
    const wrapping = await wrappingKey(nodeId, credential);
    const key = fromBase64Url(await unseal(wrapping, sealed, ownerOf(nodeId)));
    return { kind: "opened", keys: deriveKeys(Buffer.from(key)) };
  } catch (fault) {
    if (fault instanceof UnsealError) return { kind: "unreadable" };
    throw fault;
  }
}

/** Makes a new key and writes it wrapped: whatever the old one sealed cannot be opened after it. */
export async function makeNodeKey(
  path: string,
  nodeId: string,
  credential: Secret,
): Promise<NodeKeys> {
  const key = randomBytes(KEY_BYTES);
  const wrapping = await wrappingKey(nodeId, credential);
  await writeDurably(path, await seal(wrapping, toBase64Url(key), ownerOf(nodeId)));
  return deriveKeys(key);
}

function ownerOf(nodeId: string): string {
  return `${nodeId}/routing-key`;
}

async function wrappingKey(nodeId: string, credential: Secret) {
  const bytes = hkdf(credential.reveal(), nodeId, "trunkline node key wrapping");
  return importSealingKey(WRAPPING_KEY_ID, bytes);
}

function deriveKeys(key: Buffer): NodeKeys {
  return {
    sealing: hkdf(key, "", "trunkline routing file"),
    mac: hkdf(key, "", "trunkline high-water mark"),
  };
}

// RFC 5869: HKDF with SHA-256.
function hkdf(material: string | Buffer, salt: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", material, salt, purpose, KEY_BYTES));
}
