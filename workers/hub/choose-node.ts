/** A linked node, as the choice of one for an order sees it. */
export interface NodeLoad {
  readonly nodeId: string;
  readonly isReady: boolean;
  /** By its newest beat, with the orders that it was given. */
  readonly calls: number;
  /** When anything was last heard on its link. */
  readonly heardAtMs: number;
}

/** The ready node with the fewest calls; of equals the one after `lastNodeId`, round and round. */
export function chooseNode(
  nodes: readonly NodeLoad[],
  excluded: readonly string[],
  lastNodeId: string | null,
): string | null {
  const ready = nodes.filter(({ isReady, nodeId }) => isReady && !excluded.includes(nodeId));
  const fewest = Math.min(...ready.map(({ calls }) => calls));
  const equals = ready
    .filter(({ calls }) => calls === fewest)
    .map(({ nodeId }) => nodeId)
    .sort();
  return equals.find((nodeId) => lastNodeId !== null && nodeId > lastNodeId) ?? equals[0] ?? null;
}
