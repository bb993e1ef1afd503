import { hkdfSync, randomBytes } from "node:crypto";
import { importSealingKey, seal, UnsealError, unseal } from "../../schema/sealing/sealing.ts";
import { Secret } from "../../schema/values/secret.ts";
import type { DigestCandidate } from "../call/ports.ts";
import type { RegionKeys } from "./region-keys.ts";

/** RFC 5869 §2: the key that nonces are signed with, apart from what the region key seals. */
export function deriveNonceKey(regionKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", regionKey, "", "trunkline digest nonce", 32));
}

/**
 * Opens the passwords of trunks, each time that one is needed. For null a record of this node's own is opened, so that
 * a user that does not exist takes as long as one that does; nobody knows what it holds.
 */
export async function createTrunkPasswords(
  regionKeys: Pick<RegionKeys, "openTrunkSecret">,
): Promise<(candidate: DigestCandidate | null) => Promise<Secret | null>> {
  const decoyKey = await importSealingKey("decoy", randomBytes(32));
  const decoy = await seal(decoyKey, randomBytes(16).toString("base64url"), "decoy");
  return async (candidate) => {
    const password = candidate?.password ?? null;
    if (candidate === null || password === null) {
      await unseal(decoyKey, decoy, "decoy");
      return candidate === null ? new Secret(randomBytes(16).toString("base64url")) : null;
    }
    try {
      const owner = `${candidate.workspaceId}/${candidate.trunkId}/password`;
      return await regionKeys.openTrunkSecret(password, owner);
    } catch (fault) {
      if (!(fault instanceof UnsealError)) throw fault;
      return null;
    }
  };
}
