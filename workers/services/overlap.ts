import { cidrsOverlap, parseCidr } from "../../schema/values/cidr.ts";
import type { CallerTerms, Rival } from "../db/rivals.ts";
import type { Refusal } from "../errors/refusal.ts";

/**
 * Why a number may not be imported or changed so: a rival could match the same INVITE, because a
 * caller is taken by both. Null when callers tell them apart: by address, certificate or user name.
 */
export function ambiguity(
  workspaceId: string,
  callers: CallerTerms,
  rivals: readonly Rival[],
): Refusal | null {
  for (const rival of rivals) {
    if (differInIdentities(callers, rival.callers) || differInUser(callers, rival.callers))
      continue;
    const shared = sharedSources(callers.allowedAddresses, rival.callers.allowedAddresses);
    if (shared === null) continue;
    // Another workspace's number is not named: only that it stands in the way.
    const isOwn = rival.workspaceId === workspaceId;
    const whose = isOwn ? `Your number ${rival.phoneNumberId}` : "Another number of this region";
    const detail = `${whose} is dialled the same way and ${shared.claim}: a call could be for either. ${shared.remedy} ${OTHER_REMEDIES}`;
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

const OTHER_REMEDIES =
  "So can they when both have `tls_identities` with none in common, or `credentials` of different users that are asked for alike (`digest_algorithm`, `digest_challenge`).";

function differInIdentities(mine: CallerTerms, theirs: CallerTerms): boolean {
  const { tlsIdentities: others } = theirs;
  if (mine.tlsIdentities === null || others === null) return false;
  return !mine.tlsIdentities.some((name) => others.includes(name));
}

/** The challenge comes before the user name, and is one: only trunks that ask alike can share it. */
function differInUser(mine: CallerTerms, theirs: CallerTerms): boolean {
  return (
    mine.username !== null &&
    theirs.username !== null &&
    mine.username !== theirs.username &&
    mine.digestAlgorithm === theirs.digestAlgorithm &&
    mine.digestChallenge === theirs.digestChallenge
  );
}

interface SharedSources {
  readonly claim: string;
  readonly remedy: string;
}

function sharedSources(
  listed: readonly string[] | null,
  theirs: readonly string[] | null,
): SharedSources | null {
  const mine = listed?.map(parseCidr).filter((block) => block !== null);
  const other = theirs?.map(parseCidr).filter((block) => block !== null);
  if (other === undefined) {
    return {
      claim: "takes calls from any source",
      remedy:
        "They can be told apart once both list `allowed_addresses` that have no address in common.",
    };
  }
  if (mine === undefined) {
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
