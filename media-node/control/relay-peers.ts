import type { RelayPeerEntry, RelayPeers } from "../../schema/contracts/relay-peers.ts";
import type { Secret } from "../../schema/values/secret.ts";
import type { CallLogger } from "../call/ports.ts";
import { deriveRelayKey, relayKeyPair } from "./relay-keys.ts";

/** Another node of the region, and the key of the pair. */
interface KnownPeer {
  readonly nodeId: string;
  readonly address: string;
  readonly port: number;
  readonly key: Uint8Array;
}

export interface RelayPeerBook {
  /** What the hub says. It stays while the link is down: dialogs do too. */
  receive(message: RelayPeers): void;
  readonly peers: readonly KnownPeer[];
}

/** Who the region's other nodes are, each with the key that it and this node make for themselves. */
export function createRelayPeerBook(deps: {
  readonly nodeId: string;
  readonly privateKey: Secret;
  readonly logger: CallLogger;
}): RelayPeerBook {
  const { logger, nodeId } = deps;
  const privateKey = relayKeyPair(deps.privateKey);
  let known = new Map<string, KnownPeer>();

  function readEntry(entry: RelayPeerEntry): KnownPeer | null {
    const { address, port } = entry;
    const key = deriveRelayKey({ nodeId, privateKey }, entry);
    if (key === null) logger.warn("relay_peer_unusable", { peer: entry.nodeId });
    return key === null ? null : { nodeId: entry.nodeId, address, port, key };
  }

  return {
    receive({ isComplete, peers, gone }) {
      const next = isComplete ? new Map<string, KnownPeer>() : new Map(known);
      for (const entry of peers) {
        const peer = entry.nodeId === nodeId ? null : readEntry(entry);
        if (peer !== null) next.set(peer.nodeId, peer);
      }
      for (const each of gone) next.delete(each);
      known = next;
    },
    get peers() {
      return [...known.values()];
    },
  };
}
