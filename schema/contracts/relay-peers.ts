import { z } from "zod";

/**
 * How the nodes of a region find each other, so that a request that reached the wrong one can be handed to the owner of
 * its dialog. Addresses are private: nobody but the region's nodes connects to them.
 */

/** In a node's `hello`: where it takes what others hand on. */
export const relayAddressSchema = z.object({
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.number().int().min(1).max(65_535),
});
export type RelayAddress = z.infer<typeof relayAddressSchema>;

/** Another node of the region. */
export const relayPeerSchema = relayAddressSchema.extend({
  nodeId: z.string(),
  /** base64url of its raw X25519 key, as it enrolled: the pair's own key comes of it, and is never sent. */
  publicKey: z.string(),
});
export type RelayPeerEntry = z.infer<typeof relayPeerSchema>;

/** To nodes whose `hello` has an address. */
export const relayPeersSchema = z.object({
  type: z.literal("relay_peers"),
  /** `peers` are all that there are; else those that are new or have changed. */
  isComplete: z.boolean(),
  peers: z.array(relayPeerSchema),
  /** No nodes of the region any more. */
  gone: z.array(z.string()),
});
export type RelayPeers = z.infer<typeof relayPeersSchema>;
