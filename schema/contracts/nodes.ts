import { z } from "zod";

/** Media nodes and regions as clients see them: `/v1/nodes`, `/v1/regions`. */

/** The node's own word, or what stands for it: `unlinked` has no link to its hub, `revoked` may have none. */
const nodeStatusSchema = z.enum(["syncing", "ready", "draining", "unlinked", "revoked"]);

/** What the hub knows of a node that is linked. */
export interface LinkedNode {
  readonly nodeId: string;
  readonly state: "syncing" | "ready" | "draining";
  readonly activeCalls: number;
  readonly routingVersion: number;
  readonly seenAtMs: number;
}

export const nodeViewSchema = z.object({
  node_id: z.string(),
  name: z.string(),
  region: z.string(),
  public_address: z.string(),
  status: nodeStatusSchema,
  /** Null: not known. */
  active_calls: z.number().int().nullable(),
  /** Of the routing table that it serves; null: not known. */
  routing_version: z.number().int().nullable(),
  enrolled_at: z.string(),
  /** Of its newest word; null: it has no link. */
  seen_at: z.string().nullable(),
});
export type NodeView = z.infer<typeof nodeViewSchema>;

export const nodeListSchema = z.object({
  data: z.array(nodeViewSchema),
  has_more: z.literal(false),
  next_cursor: z.null(),
});
export type NodeList = z.infer<typeof nodeListSchema>;

const regionViewSchema = z.object({
  region: z.string(),
  nodes: z.object({
    ready: z.number().int(),
    syncing: z.number().int(),
    draining: z.number().int(),
    unlinked: z.number().int(),
  }),
  active_calls: z.number().int(),
});
export type RegionView = z.infer<typeof regionViewSchema>;

export const regionListSchema = z.object({
  data: z.array(regionViewSchema),
  has_more: z.literal(false),
  next_cursor: z.null(),
});
export type RegionList = z.infer<typeof regionListSchema>;

export const nodeDrainedSchema = z.object({
  node_id: z.string(),
  /** The node's own word: it takes no new call from now on. */
  status: z.literal("draining"),
  /** Calls that go on until they end by themselves. */
  active_calls: z.number().int(),
});
export type NodeDrained = z.infer<typeof nodeDrainedSchema>;
