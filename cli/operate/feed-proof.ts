import { createHash, createPublicKey, verify } from "node:crypto";
import { z } from "zod";

/** What stands behind a file of the published feed: a detached JWS (RFC 7515 §F) whose header names file and version. */

const jwksSchema = z.object({
  keys: z.array(
    z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), kid: z.string(), x: z.string() }),
  ),
});
export type FeedKeys = z.infer<typeof jwksSchema>["keys"];

const headerSchema = z.object({
  alg: z.literal("EdDSA"),
  kid: z.string(),
  path: z.string(),
  version: z.number().int().positive(),
});

/** Throws for what is no JWKS. */
export function parseFeedKeys(text: string): FeedKeys {
  return jwksSchema.parse(JSON.parse(text)).keys;
}

export function sha256Hex(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The key that has signed exactly this file of this version; null: none of `keys` has. */
export function signerOf(
  file: { readonly path: string; readonly version: number; readonly bytes: Buffer },
  jws: string,
  keys: FeedKeys,
): string | null {
  const [protectedHeader = "", payload, signature = ""] = jws.trim().split(".");
  const header = headerSchema.safeParse(parseJson(protectedHeader)).data;
  if (payload !== "" || header?.path !== file.path || header.version !== file.version) return null;
  const key = keys.find(({ kid }) => kid === header.kid);
  if (key === undefined) return null;
  const { crv, kty, x } = key;
  const publicKey = createPublicKey({ key: { crv, kty, x }, format: "jwk" });
  const signed = Buffer.from(`${protectedHeader}.${file.bytes.toString("base64url")}`);
  return verify(null, signed, publicKey, Buffer.from(signature, "base64url")) ? key.kid : null;
}

function parseJson(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
