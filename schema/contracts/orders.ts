import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { clientDataSchema } from "./client-data.ts";

/**
 * Outbound calls between the hub of a region and its nodes. An order is a row of the database before a
 * node hears of it; a node journals it before the INVITE. It is given to a second node only after the
 * first has refused it or `dialBeforeMs` has passed, and only the newest fence may dial.
 */

const outboundOrderSchema = z.object({
  orderId: idSchema("order"),
  /** Rises each time the order is given to a node. */
  fence: z.number().int().positive(),
  /** Chosen by the control plane: the conversation exists before the call does. */
  callId: idSchema("call"),
  workspaceId: idSchema("workspace"),
  phoneNumberId: idSchema("phoneNumber"),
  /** Need not be the number's own agent. */
  agentId: idSchema("agent"),
  /** As the client gave it; the trunk decides the form on the wire. */
  toNumber: z.string().min(1).max(256),
  /** The INVITE leaves before this moment or not at all; wall time. */
  dialBeforeMs: z.number().int(),
  ringingTimeoutSecs: z.number().int().min(1).max(999),
  clientData: clientDataSchema,
});

/** Hub to node. */
export const orderToNodeSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("order"), order: outboundOrderSchema }),
  /** The client gave up: CANCEL before the answer, BYE after it. */
  z.object({ type: z.literal("order_cancel"), orderId: idSchema("order") }),
  /** What became of an order whose node was silent: the node repeats its last `order_progress`. */
  z.object({ type: z.literal("order_query"), orderId: idSchema("order") }),
]);
export type OrderToNode = z.infer<typeof orderToNodeSchema>;

/**
 * Node to hub, each with the fence of the order. `order_progress` tells the hub's waiting client; the
 * lasting account is the call's events (`call_started`, `call_ended`).
 */
export const orderToHubSchema = z.discriminatedUnion("type", [
  /** Journalled: this node and no other dials it. */
  z.object({
    type: z.literal("order_accepted"),
    orderId: idSchema("order"),
    fence: z.number().int().positive(),
  }),
  /** Not dialled by this node, now or later. `retriable`: another node may be asked. */
  z.object({
    type: z.literal("order_refused"),
    orderId: idSchema("order"),
    fence: z.number().int().positive(),
    /** A row of the node's CALL_ENDS, or `unknown_order` in answer to a query. */
    code: z.string(),
    detail: z.string(),
    retriable: z.boolean(),
  }),
  z.object({
    type: z.literal("order_progress"),
    orderId: idSchema("order"),
    fence: z.number().int().positive(),
    state: z.enum(["dialling", "ringing", "answered", "ended"]),
    /** Of the INVITE that was sent last; null before the first. */
    sipCallId: z.string().nullable(),
    /** The peer's last response above 100; null without one. */
    sipStatus: z.number().int().nullable(),
    sipReason: z.string().nullable(),
    /** A row of CALL_ENDS once it has ended. */
    endCode: z.string().nullable(),
  }),
]);
export type OrderToHub = z.infer<typeof orderToHubSchema>;
