import type { RelayAddress, RelayPeers } from "../schema/contracts/relay-peers.ts";
import type { CallLogger } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import type { RegionKeys } from "./control/region-keys.ts";
import { createRelayPeerBook } from "./control/relay-peers.ts";
import type { SipService } from "./sip-service.ts";

export interface NodeRelay {
  /** For the hub: where this node takes what others hand on. Null: it takes no part in it. */
  readonly announced: RelayAddress | null;
  /** Tells the engine what is known now. */
  refresh(): void;
  receive(message: RelayPeers): void;
}

/** What the engine has to know of the region's other nodes, from the hub and from the region's keys. */
export function createNodeRelay(
  { identity, relay }: Pick<MediaNodeConfig, "identity" | "relay">,
  deps: {
    readonly logger: CallLogger;
    readonly regionKeys: Pick<RegionKeys, "tagKeys">;
    readonly sip: () => Pick<SipService, "relayPort" | "setRelayRoster"> | null;
  },
): NodeRelay {
  const { logger, regionKeys, sip } = deps;
  const { nodeId, privateKey } = identity;
  const book = relay === null ? null : createRelayPeerBook({ nodeId, privateKey, logger });
  const refresh = (): void => {
    if (book === null) return;
    sip()?.setRelayRoster({ peers: book.peers, tagKeys: regionKeys.tagKeys });
  };
  return {
    get announced() {
      const port = sip()?.relayPort ?? null;
      return relay === null || port === null ? null : { address: relay.address, port };
    },
    refresh,
    receive(message) {
      book?.receive(message);
      refresh();
    },
  };
}
