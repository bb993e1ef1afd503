import { randomBytes } from "node:crypto";
import { createCallerDigest } from "./call/inbound/caller-digest.ts";
import { createDigestNonces } from "./call/inbound/digest-nonces.ts";
import { createDigestThrottle } from "./call/inbound/digest-throttle.ts";
import type { CallDeps, CallLogger } from "./call/ports.ts";
import type { RegionKeys } from "./control/region-keys.ts";
import { systemClock } from "./control/system-clock.ts";
import { createTrunkPasswords } from "./control/trunk-passwords.ts";

/** How callers prove themselves by a password: with challenges that every node of the region knows for its own. */
export async function createNodeCallers(
  realm: string,
  regionKeys: RegionKeys,
  logger: CallLogger,
): Promise<CallDeps["callers"]> {
  const ownNonceKey = randomBytes(32);
  return createCallerDigest({
    realm,
    nonces: createDigestNonces({
      // Its own key last: without one of the region's the retry has to come to this node.
      keys: () => [...regionKeys.nonceKeys, ownNonceKey],
      random: randomBytes,
      nowMs: systemClock.nowMs,
    }),
    throttle: createDigestThrottle(systemClock.monotonicMs),
    openPassword: await createTrunkPasswords(regionKeys),
    logger,
  });
}
