import { z } from "zod";

/** `GET /v1/convai/conversation/get-signed-url`, in the vendor's words. */
export const signedUrlQuerySchema = z.object({
  agent_id: z.string(),
  include_conversation_id: z.stringbool().default(false),
  branch_id: z.string().optional(),
  environment: z.string().optional(),
  debug_events_request: z.stringbool().default(false),
});
export type SignedUrlQuery = z.infer<typeof signedUrlQuerySchema>;

/** Whoever has it may talk to the agent; good for the start of one conversation. */
export const signedUrlSchema = z.object({ signed_url: z.string().max(8_192) });
