import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import type { Secret } from "../../../schema/values/secret.ts";
import type { CallDeps } from "../ports.ts";

/** The password of a trunk's credentials; null where there is none to answer challenges with. */
export async function openTrunkPassword(
  trunk: OutboundTrunkRoute,
  callId: string,
  deps: Pick<CallDeps, "logger" | "openTrunkSecret">,
): Promise<Secret | null | "unopened"> {
  const sealed = trunk.credentials?.password ?? null;
  if (sealed === null) return null;
  try {
    return await deps.openTrunkSecret(sealed, `${trunk.workspaceId}/${trunk.id}/password`);
  } catch (err) {
    deps.logger.error("trunk_password_not_opened", { callId, trunk: trunk.id, err });
    return "unopened";
  }
}
