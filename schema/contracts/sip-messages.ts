import { z } from "zod";
import { idSchema } from "../values/ids.ts";

/** The SIP messages of a call: as a node tells them, as they are kept, and in the vendor's shape. */

/** What a node keeps of one call at most, the text as JSON has it; what comes after is counted. */
export const MESSAGE_LOG_LIMITS = { messages: 200, bytes: 256 * 1024 } as const;

const loggedMessageSchema = z.object({
  direction: z.enum(["in", "out"]),
  atMicros: z.number().int(),
  transport: z.enum(["tcp", "tls", "udp"]),
  /** `host:port`, an IPv6 host in brackets. */
  localAddress: z.string(),
  remoteAddress: z.string(),
  sipCallId: z.string(),
  /** Without credentials, keys and pressed digits; empty in a note. */
  text: z.string(),
  /** A note about what is missing; null beside a message. */
  error: z.string().nullable(),
});
export type LoggedMessage = z.infer<typeof loggedMessageSchema>;

/** `POST /v1/nodes/sip-messages`, once after the call's end; again when it was not answered. */
export const messageLogSchema = z.object({
  callId: idSchema("call"),
  conversationId: idSchema("conversation"),
  workspaceId: idSchema("workspace"),
  phoneNumberId: idSchema("phoneNumber"),
  /** Called and calling, as the call's record has them. */
  phoneNumbers: z.array(z.string()).max(2),
  startedAtMs: z.number().int(),
  messages: z
    .array(loggedMessageSchema)
    .min(1)
    .max(MESSAGE_LOG_LIMITS.messages + 1),
});
export type MessageLog = z.infer<typeof messageLogSchema>;

const sipMessageViewSchema = z.object({
  /** SIP Call-ID. */
  call_id: z.string(),
  phone_numbers: z.array(z.string()),
  local_address: z.string(),
  remote_address: z.string(),
  transport: z.string(),
  raw_message: z.string(),
  error_message: z.string().nullable(),
  direction: z.enum(["in", "out"]),
  created_at_unix_micro: z.number().int(),
});
export type SipMessageView = z.infer<typeof sipMessageViewSchema>;

export const sipMessagePageSchema = z.object({
  sip_messages: z.array(sipMessageViewSchema),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});

export const sipMessageQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(20).default(20),
  cursor: z.string().optional(),
});
export type SipMessageQuery = z.infer<typeof sipMessageQuerySchema>;
