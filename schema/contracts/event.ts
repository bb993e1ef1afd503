import { z } from "zod";
import { eventNameSchema } from "./webhook-endpoint.ts";

/** What has happened, whether a webhook tells of it or not: `/v1/events`. */

const timeSchema = z.iso.datetime({ offset: true });

/** `GET /v1/events`. */
export const eventQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(25),
  /** `next_cursor` of a page before, with the same order and the same filters. */
  cursor: z.string().optional(),
  /** `desc`: newest first. `asc`: in the order in which they happened, with a cursor to go on from behind the last one too. */
  order: z.enum(["asc", "desc"]).default("desc"),
  type: eventNameSchema.optional(),
  conversation_id: z.string().optional(),
  after: timeSchema.optional(),
  before: timeSchema.optional(),
});
export type EventQuery = z.infer<typeof eventQuerySchema>;

const eventSummarySchema = z.object({
  event_id: z.string(),
  type: z.string(),
  /** Null: it is of none. */
  conversation_id: z.string().nullable(),
  /** Order within the conversation, or among events of the same matter, from 1. */
  sequence: z.number().int(),
  created_at: z.string(),
});
export type EventSummary = z.infer<typeof eventSummarySchema>;

export const eventPageSchema = z.object({
  data: z.array(eventSummarySchema),
  has_more: z.boolean(),
  /** Null behind the oldest. Never null in the order `asc`: what happens later comes behind it. */
  next_cursor: z.string().nullable(),
});
export type EventPage = z.infer<typeof eventPageSchema>;

/** `GET /v1/events/{event_id}`: with what endpoints of the style `standard` are posted of it. */
export const eventViewSchema = eventSummarySchema.extend({
  timestamp: z.string(),
  api_version: z.string(),
  /** Of a call that has ended the conversation, as it was then. */
  data: z.unknown(),
});
export type EventView = z.infer<typeof eventViewSchema>;
