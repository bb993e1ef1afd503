import type { NodeRevoked } from "../../schema/contracts/keys.ts";
import type { AppDeps } from "../app-type.ts";
import { findNode, revokeNode } from "../db/media-nodes.ts";
import { findRegionKeys } from "../db/region-keys.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { commitUnit } from "./commit-unit.ts";

/**
 * Ends a node's identity for good, and gives its region another key in the same transaction: what is
 * sealed from now on is not for the node, whatever it has copied. A second time changes nothing.
 */
export async function revokeMediaNode(
  deps: Pick<AppDeps, "db" | "writer" | "clock" | "secrets">,
  id: string,
): Promise<Outcome<NodeRevoked>> {
  const node = await findNode(deps.db, id);
  if (node === null) return notFound("There is no such node.");
  const { nodeId, region } = node;
  if (node.revokedAtMs === null) {
    const statements = await deps.secrets.nextRegionKey(region);
    await commitUnit(deps.writer, [...revokeNode(nodeId, deps.clock()), ...statements]);
  }
  const newest = (await findRegionKeys(deps.db, region)).at(-1);
  return succeed({ node_id: nodeId, region, region_key_id: newest?.id ?? "" });
}
