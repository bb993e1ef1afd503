import { z } from "zod";
import { RANGE_SERVICES } from "../values/port-rules.ts";
import { webhookPlaceSchema } from "./webhook-place.ts";

/** Events that are of no call: what is posted of them, in both styles of signature the same. */

/** Stored under their own names: the vendor has none for them. */
export const OPERATOR_EVENTS = {
  /** A version announces what takes effect later. */
  rangesScheduled: "network.ranges.scheduled",
  /** A version has changed what is in use. */
  rangesChanged: "network.ranges.changed",
  /** Another endpoint of the workspace was disabled, and not by the workspace. */
  endpointDisabled: "webhook_endpoint.disabled",
} as const;

const rangeChangeSchema = z.object({
  range_id: z.string(),
  disposition: z.enum(["announce", "activate", "deprecate", "remove", "withdraw"]),
  prefix: z.string(),
  region: z.string(),
  services: z.array(z.enum(RANGE_SERVICES)),
  effective_at: z.string(),
});

/** `data` of `network.ranges.scheduled` and `network.ranges.changed`. */
const rangesEventSchema = z.object({
  /** Of the feed: what it says is served from then on. */
  version: z.number().int(),
  notice: z.enum(["initial", "scheduled", "emergency"]),
  reason: z.string().nullable(),
  /** What to read, and never this event alone: its lists are signed. */
  feed_url: z.string(),
  changes: z.array(rangeChangeSchema),
});
export type RangesEvent = z.infer<typeof rangesEventSchema>;

/** `data` of `webhook_endpoint.disabled`. Its URL may hold secrets, and is left out. */
const endpointDisabledEventSchema = z.object({
  webhook_endpoint_id: z.string(),
  name: z.string(),
  disabled_reason: z.enum(["gone", "failing"]),
  disabled_at: z.string(),
});
export type EndpointDisabledEvent = z.infer<typeof endpointDisabledEventSchema>;

/** The body of a Standard Webhook with this `data`. */
function standardEvent<D extends z.ZodType>(type: string, data: D) {
  return z.object({
    type: z.literal(type),
    timestamp: z.string(),
    id: z.string(),
    ...webhookPlaceSchema,
    api_version: z.string(),
    data,
  });
}

/** What is posted to endpoints of the style `standard`, by type. */
export const OPERATOR_EVENT_BODIES = {
  [OPERATOR_EVENTS.rangesScheduled]: standardEvent(
    OPERATOR_EVENTS.rangesScheduled,
    rangesEventSchema,
  ),
  [OPERATOR_EVENTS.rangesChanged]: standardEvent(OPERATOR_EVENTS.rangesChanged, rangesEventSchema),
  [OPERATOR_EVENTS.endpointDisabled]: standardEvent(
    OPERATOR_EVENTS.endpointDisabled,
    endpointDisabledEventSchema,
  ),
} as const;
