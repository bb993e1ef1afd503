declare const sealedBrand: unique symbol;
/**
 * AES-256-GCM ciphertext with what opens it: `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in
 * base64url. The additional data is not part of it: the opener must know whose secret it is.
 */
export type Sealed = string & { readonly [sealedBrand]: true };

const SEALED = /^v1\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$/;

/** Null when `text` is not in the sealed form. */
export function parseSealed(text: string): Sealed | null {
  return SEALED.test(text) ? (text as Sealed) : null; // proved by the pattern
}

/** The identifier of the key that a record is sealed under. */
export function sealedKeyId(sealed: Sealed): string {
  return sealed.split(".", 2)[1] ?? "";
}
