import { type Cidr, cidrsOverlap, parseCidr } from "../../schema/values/cidr.ts";
import type { Rival } from "../db/rivals.ts";
import type { Refusal } from "../errors/refusal.ts";

/**
 * Why a number may not be imported or changed so: a rival could match the same INVITE, because a
 * source is allowed by both. Null when every source tells them apart.
 */
export function ambiguity(
  workspaceId: string,
  allowedAddresses: readonly Cidr[] | null,
  rivals: readonly Rival[],
): Refusal | null {
  for (const rival of rivals) {
    const shared = sharedSources(allowedAddresses, rival.allowedAddresses);
    if (shared === null) continue;
    // Another workspace's number is not named: only that it stands in the way.
    const isOwn = rival.workspaceId === workspaceId;
    const whose = isOwn ? `Your number ${rival.phoneNumberId}` : "Another number of this region";
    const detail = `${whose} is dialled the same way and ${shared.claim}: a call could be for either. ${shared.remedy}`;
    return {
      status: 409,
      code: "identifier_ambiguous",
      detail,
      errors: [
        {
          pointer: "/inbound_trunk_config/allowed_addresses",
          code: "sources_overlap",
          detail: shared.remedy,
        },
      ],
    };
  }
  return null;
}

interface SharedSources {
  readonly claim: string;
  readonly remedy: string;
}

function sharedSources(
  mine: readonly Cidr[] | null,
  theirs: readonly string[] | null,
): SharedSources | null {
  const other = theirs?.map(parseCidr).filter((block) => block !== null);
  if (other === undefined) {
    return {
      claim: "takes calls from any source",
      remedy:
        "They can be told apart once both list `allowed_addresses` that have no address in common.",
    };
  }
  if (mine === null) {
    return {
      claim: "takes calls from sources that this one would take too",
      remedy:
        "They can be told apart when this trunk lists the `allowed_addresses` of its own carrier only.",
    };
  }
  const shared = mine.filter((block) => other.some((one) => cidrsOverlap(block, one)));
  if (shared.length === 0) return null;
  const named = shared
    .slice(0, 5)
    .map((block) => `\`${block}\``)
    .join(", ");
  return {
    claim: `takes calls from addresses in ${named}`,
    remedy: `They can be told apart when \`allowed_addresses\` has nothing of ${named} that the other lists.`,
  };
}
