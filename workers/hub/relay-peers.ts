import { z } from "zod";
import { type RelayAddress, relayPeerSchema } from "../../schema/contracts/relay-peers.ts";
import type { Database } from "../db/client.ts";
import { findNode } from "../db/media-nodes.ts";
import type { NodeLinks } from "./node-links.ts";

const KEY_PREFIX = "relay/";
/** A node without a link may have calls still; for so long others know where it is. */
const AWAY_MS = 86_400_000;

const keptSchema = relayPeerSchema.extend({
  /** Since when it has had no link, ms since 1970; null: it has one. */
  awaySinceMs: z.number().nullable(),
});
type Kept = z.infer<typeof keptSchema>;

export interface RelayPeersDeps {
  readonly kv: DurableObjectStorage["kv"];
  readonly links: NodeLinks;
  readonly clock: () => number;
  readonly db: Database;
}

/** Where the region's nodes take what others hand on, and who is told of it. */
export class RelayPeers {
  readonly #deps: RelayPeersDeps;

  constructor(deps: RelayPeersDeps) {
    this.#deps = deps;
  }

  /** A node has linked: it is told of all others, and they of it when something is new about it. */
  async linked(nodeId: string, address: RelayAddress | undefined): Promise<void> {
    const { db, kv, links } = this.#deps;
    if (address === undefined) {
      this.gone(nodeId);
      return;
    }
    const node = await findNode(db, nodeId);
    if (node === null || node.revokedAtMs !== null) return;
    const { publicKey } = node;
    const peer: Kept = { nodeId, ...address, publicKey, awaySinceMs: null };
    const others = this.#kept().filter((each) => each.nodeId !== nodeId);
    const isSame = (each: Kept) => isAt(each, peer) && each.publicKey === publicKey;
    const isKnown = this.#kept().some((each) => each.nodeId === nodeId && isSame(each));
    // Who stood there before is not there any more.
    const gone = others.filter((each) => isAt(each, peer)).map((each) => each.nodeId);
    for (const each of gone) kv.delete(KEY_PREFIX + each);
    kv.put(KEY_PREFIX + nodeId, peer);
    const all = others.filter((each) => !isAt(each, peer)).map(entryOf);
    for (const { link, socket } of links.welcomed()) {
      const type = "relay_peers";
      if (link.nodeId === nodeId) {
        links.send(socket, { type, isComplete: true, peers: all, gone: [] });
      } else if (link.takesRelay && !(isKnown && gone.length === 0)) {
        links.send(socket, { type, isComplete: false, peers: [entryOf(peer)], gone });
      }
    }
  }

  /** The node is one of the region's no longer, or takes part no longer. */
  gone(nodeId: string): void {
    const { kv, links } = this.#deps;
    if (!kv.delete(KEY_PREFIX + nodeId)) return;
    for (const { link, socket } of links.welcomed()) {
      if (!link.takesRelay || link.nodeId === nodeId) continue;
      links.send(socket, { type: "relay_peers", isComplete: false, peers: [], gone: [nodeId] });
    }
  }

  /** Forgets nodes that have been away for a day. */
  sweep(): void {
    const { clock, kv, links } = this.#deps;
    const here = new Set(links.nodeIds());
    const nowMs = clock();
    for (const peer of this.#kept()) {
      const awaySinceMs = here.has(peer.nodeId) ? null : (peer.awaySinceMs ?? nowMs);
      if (awaySinceMs !== null && nowMs - awaySinceMs > AWAY_MS) this.gone(peer.nodeId);
      else if (awaySinceMs !== peer.awaySinceMs) {
        kv.put(KEY_PREFIX + peer.nodeId, { ...peer, awaySinceMs });
      }
    }
  }

  #kept(): readonly Kept[] {
    return [...this.#deps.kv.list({ prefix: KEY_PREFIX })].flatMap(([, value]) => {
      const parsed = keptSchema.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    });
  }
}

function isAt(one: RelayAddress, other: RelayAddress): boolean {
  return one.address === other.address && one.port === other.port;
}

function entryOf({ nodeId, address, port, publicKey }: Kept) {
  return { nodeId, address, port, publicKey };
}
