import { z } from "zod";
import { OPERATOR_EVENTS } from "./operator-events.ts";

/** Webhook endpoints and their deliveries on our own surface: `/v1/webhook-endpoints`, `/v1/webhook-deliveries`. */

/** Our name of each type of event, by the one that it is stored under: the vendor's where the vendor has one. */
const EVENT_NAMES = {
  post_call_transcription: "call.ended",
  call_initiation_failure: "call.failed",
  answering_machine_detection: "call.screened",
  post_call_audio: "call.recording.ready",
  [OPERATOR_EVENTS.rangesScheduled]: OPERATOR_EVENTS.rangesScheduled,
  [OPERATOR_EVENTS.rangesChanged]: OPERATOR_EVENTS.rangesChanged,
  [OPERATOR_EVENTS.endpointDisabled]: OPERATOR_EVENTS.endpointDisabled,
} as const satisfies Record<string, string>;

type VendorEventType = keyof typeof EVENT_NAMES;
type EventName = (typeof EVENT_NAMES)[VendorEventType];

/** Null for what is no type of event. */
export function vendorEventType(name: string): VendorEventType | null {
  const found = Object.entries(EVENT_NAMES).find(([, own]) => own === name);
  return found === undefined ? null : (found[0] as VendorEventType); // a key of the table
}

export function eventName(vendorType: string): string {
  return Object.hasOwn(EVENT_NAMES, vendorType)
    ? EVENT_NAMES[vendorType as VendorEventType] // proved by the line above
    : vendorType;
}

/** Version of the bodies that `standard` endpoints are posted. */
export const WEBHOOK_API_VERSION = "2026-11-01";

/** Headers of Standard Webhooks. */
export const STANDARD_HEADERS = {
  id: "webhook-id",
  timestamp: "webhook-timestamp",
  signature: "webhook-signature",
} as const;

const EVENT_NAME_LIST = Object.values(EVENT_NAMES) as [EventName, ...EventName[]]; // the table has rows
export const eventNameSchema = z.enum(EVENT_NAME_LIST);
const MAX_OVERLAP_SECS = 30 * 86_400;

/** `edge`: from wherever the control plane runs. `static`: from the published block of the region, and from nowhere else. */
const egressSchema = z.enum(["edge", "static"]);

const settings = {
  name: z.string().trim().min(1).max(256),
  url: z.string().max(2048),
  /** Null: every type, those of later versions too. */
  event_types: z.array(eventNameSchema).min(1).nullable(),
};

/** `POST /v1/webhook-endpoints`. */
export const createEndpointRequestSchema = z.object({
  ...settings,
  event_types: settings.event_types.default(null),
  /** `standard`: Standard Webhooks, our names of events. `elevenlabs`: the vendor's signature and bodies. */
  signature_style: z.enum(["standard", "elevenlabs"]).default("standard"),
  egress: egressSchema.default("edge"),
});
export type CreateEndpointRequest = z.infer<typeof createEndpointRequestSchema>;

/** `PATCH /v1/webhook-endpoints/{webhook_endpoint_id}`: what is absent stays. */
export const updateEndpointRequestSchema = z
  .object({ ...settings, is_disabled: z.boolean(), egress: egressSchema })
  .partial();
export type UpdateEndpointRequest = z.infer<typeof updateEndpointRequestSchema>;

export const endpointViewSchema = z.object({
  webhook_endpoint_id: z.string(),
  name: z.string(),
  url: z.string(),
  signature_style: z.enum(["standard", "elevenlabs"]),
  egress: egressSchema,
  event_types: z.array(z.string()).nullable(),
  is_disabled: z.boolean(),
  /** `gone`: it answered 410. `failing`: nothing has got through for days. Null: by the workspace, or not at all. */
  disabled_reason: z.enum(["gone", "failing"]).nullable(),
  /** Until when the secret before signs as well. */
  previous_secret_expires_at: z.string().nullable(),
  consecutive_failures: z.number().int(),
  failing_since: z.string().nullable(),
  last_success_at: z.string().nullable(),
  created_at: z.string(),
});
export type EndpointView = z.infer<typeof endpointViewSchema>;

export const endpointListSchema = z.object({
  data: z.array(endpointViewSchema),
  has_more: z.literal(false),
  next_cursor: z.null(),
});

export const endpointCreatedSchema = endpointViewSchema.extend({
  /** What signs: shown here and never again. */
  secret: z.string(),
});
export type EndpointCreated = z.infer<typeof endpointCreatedSchema>;

/** `POST /v1/webhook-endpoints/{webhook_endpoint_id}/rotate-secret`. */
export const rotateSecretRequestSchema = z.object({
  /** How long the old secret signs beside the new one. */
  overlap_secs: z.number().int().min(0).max(MAX_OVERLAP_SECS).default(86_400),
});
export type RotateSecretRequest = z.infer<typeof rotateSecretRequestSchema>;

/** `POST /v1/webhook-endpoints/{webhook_endpoint_id}/test`. */
export const testEndpointRequestSchema = z.object({ type: eventNameSchema.default("call.ended") });
export type TestEndpointRequest = z.infer<typeof testEndpointRequestSchema>;

export const endpointTestedSchema = z.object({
  delivered: z.boolean(),
  status_code: z.number().int().nullable(),
  error: z.string().nullable(),
  latency_ms: z.number().int(),
  response_excerpt: z.string().nullable(),
});
export type EndpointTested = z.infer<typeof endpointTestedSchema>;

const deliveryStatusSchema = z.enum(["pending", "delivered", "failed"]);
const timeSchema = z.iso.datetime({ offset: true });

export const deliveryQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().optional(),
  webhook_endpoint_id: z.string().optional(),
  conversation_id: z.string().optional(),
  status: deliveryStatusSchema.optional(),
  type: eventNameSchema.optional(),
  after: timeSchema.optional(),
  before: timeSchema.optional(),
});
export type DeliveryQuery = z.infer<typeof deliveryQuerySchema>;

export const deliverySummarySchema = z.object({
  webhook_delivery_id: z.string(),
  webhook_endpoint_id: z.string(),
  /** Of `GET /v1/events/{event_id}`; null in what was told before there were events. */
  event_id: z.string().nullable(),
  type: z.string(),
  /** Null: it is of none. */
  conversation_id: z.string().nullable(),
  /** The event's order within the conversation, or among events of the same matter, from 1. */
  sequence: z.number().int(),
  status: deliveryStatusSchema,
  attempts: z.number().int(),
  replays: z.number().int(),
  last_status_code: z.number().int().nullable(),
  last_error: z.string().nullable(),
  last_attempt_at: z.string().nullable(),
  created_at: z.string(),
  delivered_at: z.string().nullable(),
});
export type DeliverySummary = z.infer<typeof deliverySummarySchema>;

export const deliveryPageSchema = z.object({
  data: z.array(deliverySummarySchema),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});
export type DeliveryPage = z.infer<typeof deliveryPageSchema>;

export const deliveryViewSchema = deliverySummarySchema.extend({
  request: z.object({
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    /** Up to 1,024 characters. */
    body_excerpt: z.string(),
  }),
  /** Of the last answer; null: there was none. */
  response: z
    .object({
      status_code: z.number().int(),
      latency_ms: z.number().int().nullable(),
      body_excerpt: z.string().nullable(),
    })
    .nullable(),
});
export type DeliveryView = z.infer<typeof deliveryViewSchema>;

/** `POST /v1/webhook-deliveries/replay`: what has ended in this time, oldest first. */
export const replayRangeRequestSchema = z.object({
  webhook_endpoint_id: z.string(),
  after: timeSchema,
  before: timeSchema,
  /** Absent: whether delivered or failed. */
  status: z.enum(["delivered", "failed"]).optional(),
  type: eventNameSchema.optional(),
});
export type ReplayRangeRequest = z.infer<typeof replayRangeRequestSchema>;

export const replayedSchema = z.object({
  /** Deliveries that are pending again. */
  replayed: z.number().int(),
  /** There are more in the time: ask again. */
  has_more: z.boolean(),
});
export type Replayed = z.infer<typeof replayedSchema>;
