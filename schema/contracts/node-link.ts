import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { callActionToHubSchema, callActionToNodeSchema } from "./call-control.ts";
import { orderToHubSchema, orderToNodeSchema } from "./orders.ts";
import { permitHubMessages, permitNodeMessages } from "./permits.ts";
import { relayAddressSchema, relayPeersSchema } from "./relay-peers.ts";
import { routeTestToHubSchema, routeTestToNodeSchema } from "./route-test.ts";
import { routingChangeSchema } from "./routing.ts";
import { testCallEndToHubSchema, testCallToNodeSchema } from "./test-calls.ts";
import {
  trunkTestEndToHubSchema,
  trunkTestStageToHubSchema,
  trunkTestToNodeSchema,
} from "./trunk-test.ts";
import { webhookPostedToHubSchema, webhookPostToNodeSchema } from "./webhook-job.ts";

/**
 * Between a media node and its region's hub. HTTPS requests carry `Authorization: Bearer <credential>`;
 * the link is a WebSocket at `/v1/nodes/link` with the same header and JSON text messages.
 */

/** Versions that this code speaks; the hub serves the newest that both know. */
export const LINK_VERSIONS = [1] as const;

/** `POST /v1/nodes/enrol`, once per node, with a one-time join token. */
export const enrolRequestSchema = z.object({
  joinToken: z.string(),
  name: z.string().min(1).max(64),
  /** The address that peers see. */
  publicAddress: z.string(),
  /** base64url of the node's raw X25519 public key. */
  publicKey: z.string(),
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;

export const enrolResponseSchema = z.object({
  nodeId: idSchema("node"),
  region: z.string(),
  /** Bearer token of every later request: shown once, a secret. */
  credential: z.string(),
  /** base64url raw Ed25519 key that verifies snapshots. */
  snapshotPublicKey: z.string(),
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;

/** `GET /v1/nodes/region-keys`: the keys that open trunk secrets, wrapped to this node. */
export const regionKeysSchema = z.object({
  keys: z.array(z.object({ keyId: z.string(), wrapped: z.string() })),
});
export type RegionKeys = z.infer<typeof regionKeysSchema>;

/** What a node keeps as its identity: a secret as a whole. */
export const nodeIdentitySchema = z.object({
  nodeId: idSchema("node"),
  region: z.string(),
  credential: z.string(),
  /** base64url PKCS #8 X25519. */
  privateKey: z.string(),
  snapshotPublicKey: z.string(),
});
export type NodeIdentity = z.infer<typeof nodeIdentitySchema>;

/** The node's state, sent after `hello` and every 15 s. */
export const nodeStateSchema = z.object({
  state: z.enum(["syncing", "ready", "draining"]),
  epoch: z.number().int().nonnegative(),
  routingVersion: z.number().int().nonnegative(),
  /** Hex; XOR over the SHA-256 of every row's `routingRowText`. */
  routingHash: z.string(),
  activeCalls: z.number().int().nonnegative(),
  /** The newest region key that it holds. Nodes of before do not tell. */
  regionKeyId: z.string().optional(),
});
export type NodeState = z.infer<typeof nodeStateSchema>;

export const nodeToHubSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    versions: z.array(z.number().int()),
    bootId: z.string(),
    softwareVersion: z.string(),
    state: nodeStateSchema,
    /** What it can do beyond what every node of the version can; absent: nothing. */
    abilities: z.array(z.string()).optional(),
    /** Absent: it takes no part in relaying, and is told of nobody. */
    relay: relayAddressSchema.optional(),
  }),
  z.object({
    type: z.literal("state"),
    state: nodeStateSchema,
    /** The node's monotonic clock: `permit_lease` answers with it. */
    sentAtMs: z.number().optional(),
  }),
  ...orderToHubSchema.options,
  callActionToHubSchema,
  routeTestToHubSchema,
  trunkTestStageToHubSchema,
  trunkTestEndToHubSchema,
  webhookPostedToHubSchema,
  testCallEndToHubSchema,
  ...permitNodeMessages,
]);
export type NodeToHub = z.infer<typeof nodeToHubSchema>;

export const hubToNodeSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("welcome"), version: z.number().int(), epoch: z.number().int() }),
  /** A hint: apply when `previousVersion` is the node's own, else pull. */
  z.object({
    type: z.literal("routing_changed"),
    epoch: z.number().int(),
    previousVersion: z.number().int(),
    changes: z.array(routingChangeSchema).min(1),
  }),
  /** The table hash differs at the same version, or the epoch moved: pull now. */
  z.object({ type: z.literal("pull") }),
  /** The region has a new key: fetch the keys now. Nodes of before pass it over, and fetch it for the first call that needs it. */
  z.object({ type: z.literal("region_keys_changed") }),
  /** The credential is revoked or replaced by a newer link: close and do not reconnect at once. */
  z.object({ type: z.literal("bye"), code: z.string() }),
  /** Take no new calls. The next `state` says that it does; nodes of before do not know it. */
  z.object({ type: z.literal("drain") }),
  ...orderToNodeSchema.options,
  /** Nodes of before do not know it and give no answer. */
  callActionToNodeSchema,
  routeTestToNodeSchema,
  /** These three to nodes whose `hello` has the ability. */
  trunkTestToNodeSchema,
  webhookPostToNodeSchema,
  testCallToNodeSchema,
  relayPeersSchema,
  ...permitHubMessages,
]);
export type HubToNode = z.infer<typeof hubToNodeSchema>;

/** Auto-response pair that keeps the link alive without waking the hub. */
export const LINK_PING = "ping";
export const LINK_PONG = "pong";
