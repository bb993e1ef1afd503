import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import type { Secret } from "../../schema/values/secret.ts";

const KEY_BYTES = 32;

/** What the region's nodes prove their tags by: everybody who holds the region key has the same. */
export function deriveTagKey(regionKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", regionKey, "", "trunkline dialog tag", KEY_BYTES));
}

/** base64url PKCS #8 X25519, the node's own. */
export function relayKeyPair(privateKey: Secret): KeyObject {
  const key = Buffer.from(privateKey.reveal(), "base64url");
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/**
 * The key of two nodes (RFC 7748 §6.1, RFC 5869), the same at both: only they can make it. `publicKey` is base64url of
 * the peer's raw X25519 key. Null when it is no such key.
 */
export function deriveRelayKey(
  own: { readonly nodeId: string; readonly privateKey: KeyObject },
  peer: { readonly nodeId: string; readonly publicKey: string },
): Uint8Array | null {
  try {
    const jwk = { kty: "OKP", crv: "X25519", x: peer.publicKey };
    const publicKey = createPublicKey({ key: jwk, format: "jwk" });
    const shared = diffieHellman({ privateKey: own.privateKey, publicKey });
    const pair = [own.nodeId, peer.nodeId].toSorted().join(" ");
    return new Uint8Array(hkdfSync("sha256", shared, pair, "trunkline relay", KEY_BYTES));
  } catch {
    return null;
  }
}
