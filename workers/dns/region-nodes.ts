import type { LinkedNode } from "../../schema/contracts/nodes.ts";
import type { NodeRow } from "../db/media-nodes.ts";

/** A node as far as its region knows it. */
export interface RegionNode {
  readonly nodeId: string;
  readonly name: string;
  /** IPv4 or IPv6, as it enrolled. */
  readonly address: string;
  /** `away`: it has no link, says nothing on it, is revoked, or has no routing table yet. */
  readonly state: "ready" | "draining" | "away";
  /** Of a link that is still there; null without. */
  readonly heardAtMs: number | null;
}

/** Two beats have not come. */
const SILENT_AFTER_MS = 32_000;
/** So long a revoked node's name and address are known, to be taken out of the records as what they are. */
const REVOKED_SHOWN_MS = 86_400_000;

/** Who has enrolled in a region, with what the links say. */
export function regionNodesOf(
  rows: readonly NodeRow[],
  linked: readonly LinkedNode[],
  nowMs: number,
): readonly RegionNode[] {
  return rows
    .filter(({ revokedAtMs }) => revokedAtMs === null || nowMs - revokedAtMs < REVOKED_SHOWN_MS)
    .map(({ id: nodeId, name, publicAddress: address, revokedAtMs }) => {
      const [newest] = linked
        .filter((node) => node.nodeId === nodeId)
        .toSorted((a, b) => b.seenAtMs - a.seenAtMs);
      const state = revokedAtMs === null ? stateOf(newest, nowMs) : "away";
      return { nodeId, name, address, state, heardAtMs: newest?.seenAtMs ?? null };
    });
}

function stateOf(link: LinkedNode | undefined, nowMs: number): RegionNode["state"] {
  if (link === undefined || link.state === "syncing") return "away";
  return nowMs - link.seenAtMs > SILENT_AFTER_MS ? "away" : link.state;
}
