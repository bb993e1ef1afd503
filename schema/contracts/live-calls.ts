import { z } from "zod";
import { callViewSchema } from "./call-control.ts";

/** `GET /v1/calls/live`: a WebSocket that tells of calls as they ring, are answered and end. */

/** Server to client. */
export const liveCallsMessageSchema = z.discriminatedUnion("type", [
  /** Every call that has not ended, at the beginning and whenever it is asked for. */
  z.object({
    type: z.literal("snapshot"),
    calls: z.array(callViewSchema),
    /** There are more than are told here. */
    has_more: z.boolean(),
  }),
  /** As they are now; an ended one goes out of the list. */
  z.object({ type: z.literal("calls"), calls: z.array(callViewSchema) }),
]);
export type LiveCallsMessage = z.infer<typeof liveCallsMessageSchema>;
