import type { RoutingEntry } from "../../schema/contracts/routing.ts";
import type { AppDeps } from "../app-type.ts";
import { findAgentAnywhere } from "../db/agents.ts";
import { findNodesOfRegion } from "../db/media-nodes.ts";
import { findInboundTrunk, findOutboundTrunk } from "../db/phone-numbers.ts";
import { findRegionKeys, retireRegionKey } from "../db/region-keys.ts";
import {
  appendRoutingChange,
  findRoutesSealedUnder,
  guardNewestChange,
  type SealedRoute,
} from "../db/routing-changes.ts";
import { findWorkspaceSettings } from "../db/workspace-settings.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { log } from "../log.ts";
import { commitUnit } from "./commit-unit.ts";
import { agentEntry, inboundTrunkEntry, outboundTrunkEntry } from "./routing-entries.ts";

/**
 * Carries the change of a region's key on, as far as it can now (docs/design/keys.md): what the routing
 * table carries under an older key is sealed under the newest; then, once every node that is not revoked
 * says that it holds the newest, the older ones are retired. True when the table has changed.
 */

type RotateDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock">;

/** Of one sweep: a minute later there is another. */
const ROUTES_AT_ONCE = 200;

export async function rotateRegionKey(
  deps: RotateDeps,
  region: string,
  /** The newest key that each linked node says it holds. */
  heldByNode: ReadonlyMap<string, string>,
): Promise<boolean> {
  const keys = await findRegionKeys(deps.db, region);
  const newest = keys.at(-1);
  if (newest === undefined || keys.length < 2) return false;
  let isChanged = false;
  for (const older of keys.slice(0, -1)) {
    const routes = await findRoutesSealedUnder(deps.db, region, older.id, ROUTES_AT_ONCE);
    for (const route of routes) {
      const entry = await sealedAnew(deps, region, route);
      if (entry === null) continue;
      const committed = await commitUnit(
        deps.writer,
        [
          // Whoever changed it meanwhile has sealed it under the newest key.
          guardNewestChange(region, route),
          appendRoutingChange(region, entry, deps.clock()),
        ],
        "bulk",
      );
      isChanged ||= committed.ok;
    }
    if (routes.length > 0) continue;
    const nodes = await findNodesOfRegion(deps.db, region);
    const waitedFor = nodes.filter(({ id }) => heldByNode.get(id) !== newest.id);
    if (waitedFor.length > 0) continue;
    await commitUnit(deps.writer, [retireRegionKey(older.id, deps.clock())]);
    log("info", "region_key_retired", { region, keyId: older.id, newestKeyId: newest.id });
  }
  return isChanged;
}

/** The entity's entry as its rows make it now; null when it is gone. */
async function sealedAnew(
  deps: RotateDeps,
  region: string,
  { entityId, kind }: SealedRoute,
): Promise<RoutingEntry | null> {
  const { db } = deps;
  switch (kind) {
    case "agent": {
      const row = await findAgentAnywhere(db, entityId);
      if (row === null) return null;
      return agentEntry(deps, { region }, row, await findWorkspaceSettings(db, row.workspaceId));
    }
    case "inbound_trunk": {
      const row = await findInboundTrunk(db, entityId);
      const workspace = row === null ? null : await findWorkspace(db, row.workspaceId);
      if (row === null || workspace === null) return null;
      return inboundTrunkEntry(deps, { region, hostLabel: workspace.hostLabel }, row);
    }
    case "outbound_trunk": {
      const row = await findOutboundTrunk(db, entityId);
      return row === null ? null : outboundTrunkEntry(deps, { region }, row);
    }
    default:
      log("error", "sealed_route_of_unknown_kind", { region, kind, entityId });
      return null;
  }
}
