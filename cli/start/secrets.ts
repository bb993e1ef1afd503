import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { z } from "zod";
import { nodeIdentitySchema } from "../../schema/contracts/node-link.ts";
import { UserError } from "../user-error.ts";
import { readFileIfThere, writeFileWhole } from "./state-directory.ts";

/** The one file with secrets in clear: for the embedded default only, readable by its owner alone. */
const secretsSchema = z.object({
  version: z.literal(1),
  /** `<key id>:<base64url of 32 bytes>`. */
  masterKey: z.string(),
  /** Master keys that something may still be sealed under, and when each ceased to seal. */
  heldMasterKeys: z.array(z.object({ key: z.string(), sinceMs: z.number() })).default([]),
  operatorToken: z.string(),
  /** base64url PKCS #8 Ed25519. */
  snapshotSigningKey: z.string(),
  /** base64url PKCS #8 Ed25519. A file of an earlier version has none: it is made then. */
  feedSigningKey: z.string().default(() => makeEd25519Key()),
  /** PEM PKCS #8 of the certificate authority. */
  caKey: z.string(),
  nodeIdentity: nodeIdentitySchema.nullable(),
  /** Of the development workspace. */
  apiKey: z.string().nullable(),
});
export type Secrets = z.infer<typeof secretsSchema>;

/** What was on disk, or new secrets, which are on disk when this returns. */
export function loadSecrets(path: string): Secrets {
  const text = readFileIfThere(path);
  if (text === null) {
    const secrets = makeSecrets();
    saveSecrets(path, secrets);
    return secrets;
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new UserError(
      `${path} can be read by other users: run \`chmod 600 ${path}\`, and replace its secrets if others had access.`,
    );
  }
  const parsed = secretsSchema.safeParse(parseJson(text));
  if (parsed.success) {
    if (!text.includes('"feedSigningKey"')) saveSecrets(path, parsed.data);
    return parsed.data;
  }
  // zod's own message would quote the file.
  throw new UserError(
    `${path} is not a secrets file of this version: put it back from a copy, or remove the state directory to begin again.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function saveSecrets(path: string, secrets: Secrets): void {
  writeFileWhole(path, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
}

/** Hex; what the Worker is given instead of the token. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function makeSecrets(): Secrets {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  return {
    version: 1,
    masterKey: `m1:${randomBytes(32).toString("base64url")}`,
    heldMasterKeys: [],
    operatorToken: randomBytes(32).toString("base64url"),
    snapshotSigningKey: makeEd25519Key(),
    feedSigningKey: makeEd25519Key(),
    caKey: authority.export({ type: "pkcs8", format: "pem" }).toString(),
    nodeIdentity: null,
    apiKey: null,
  };
}

function makeEd25519Key(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "der" }).toString("base64url");
}
