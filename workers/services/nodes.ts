import type {
  LinkedNode,
  NodeDrained,
  NodeList,
  NodeView,
  RegionList,
  RegionView,
} from "../../schema/contracts/nodes.ts";
import type { AppDeps } from "../app-type.ts";
import { listNodes, type NodeRow } from "../db/media-nodes.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";

/** The hub of a region, as far as nodes are looked at and drained. */
export interface NodeHub {
  linkedNodes(region: string): Promise<readonly LinkedNode[]>;
  /** Calls that the node has left; null: it is not linked, or has not said that it drains. */
  drainNode(region: string, nodeId: string): Promise<number | null>;
}

const NO_NODE = "There is no such node.";

/** Nodes of one region, or of all when it is null. */
export async function listNodeViews(
  deps: Pick<AppDeps, "db">,
  region: string | null,
  hub: NodeHub,
): Promise<NodeList> {
  return { data: await viewsOf(deps, region, hub), has_more: false, next_cursor: null };
}

export async function readNode(
  deps: Pick<AppDeps, "db">,
  region: string | null,
  hub: NodeHub,
  nodeId: string,
): Promise<Outcome<NodeView>> {
  const view = (await viewsOf(deps, region, hub)).find((node) => node.node_id === nodeId);
  return view === undefined ? notFound(NO_NODE) : succeed(view);
}

/** Of the workspace's region, or of all that have nodes when it is null. */
export async function listRegions(
  deps: Pick<AppDeps, "db">,
  region: string | null,
  hub: NodeHub,
): Promise<RegionList> {
  const nodes = await viewsOf(deps, region, hub);
  const names = new Set([
    ...(region === null ? [] : [region]),
    ...nodes.map((node) => node.region),
  ]);
  const data = [...names].sort().map((name) => regionView(name, nodes));
  return { data, has_more: false, next_cursor: null };
}

/** Has a node take no more calls; those that it has go on. It answers when the node has said so. */
export async function drainNode(
  deps: Pick<AppDeps, "db">,
  region: string | null,
  hub: NodeHub,
  nodeId: string,
): Promise<Outcome<NodeDrained>> {
  const row = (await listNodes(deps.db, region)).find(({ id }) => id === nodeId);
  if (row === undefined || row.revokedAtMs !== null) return notFound(NO_NODE);
  const activeCalls = await hub.drainNode(row.region, nodeId);
  if (activeCalls === null) {
    const detail = "The node has no link to its hub, or does not say that it drains.";
    return refuse({ status: 409, code: "node_not_linked", detail });
  }
  return succeed({ node_id: nodeId, status: "draining", active_calls: activeCalls });
}

async function viewsOf(
  deps: Pick<AppDeps, "db">,
  region: string | null,
  hub: NodeHub,
): Promise<NodeView[]> {
  const rows = await listNodes(deps.db, region);
  const regions = [...new Set(rows.map((row) => row.region))];
  const linked = (await Promise.all(regions.map((name) => hub.linkedNodes(name)))).flat();
  const byId = new Map(linked.map((node) => [node.nodeId, node]));
  return rows.map((row) => nodeView(row, byId.get(row.id)));
}

function nodeView(row: NodeRow, linked: LinkedNode | undefined): NodeView {
  return {
    node_id: row.id,
    name: row.name,
    region: row.region,
    public_address: row.publicAddress,
    status: row.revokedAtMs === null ? (linked?.state ?? "unlinked") : "revoked",
    active_calls: linked?.activeCalls ?? null,
    routing_version: linked?.routingVersion ?? null,
    enrolled_at: new Date(row.enrolledAtMs).toISOString(),
    seen_at: linked === undefined ? null : new Date(linked.seenAtMs).toISOString(),
  };
}

function regionView(region: string, nodes: readonly NodeView[]): RegionView {
  const own = nodes.filter((node) => node.region === region);
  const count = (status: NodeView["status"]) => own.filter((node) => node.status === status).length;
  return {
    region,
    nodes: {
      ready: count("ready"),
      syncing: count("syncing"),
      draining: count("draining"),
      unlinked: count("unlinked"),
    },
    active_calls: own.reduce((sum, node) => sum + (node.active_calls ?? 0), 0),
  };
}
