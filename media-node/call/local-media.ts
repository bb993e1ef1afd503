import { KEY_AND_SALT_BYTES, type LocalMedia } from "../protocol/sdp/media-plan.ts";
import type { CallDeps } from "./ports.ts";

/** Our end of one leg: the port that was opened, a session id of its own, and a fresh key for each suite. */
export function localMedia(
  opened: { readonly address: string; readonly rtpPort: number },
  { random }: Pick<CallDeps, "random">,
): (sessionVersion: number) => LocalMedia {
  const sessionId = `${random(6).reduce((id, byte) => id * 256 + byte, 0)}`;
  return (sessionVersion) => ({
    address: opened.address,
    rtpPort: opened.rtpPort,
    sessionId,
    sessionVersion,
    masterKeyAndSalt: (suite) => random(KEY_AND_SALT_BYTES[suite]),
  });
}
