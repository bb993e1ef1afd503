import type { DeliverySummary, EndpointView } from "../../schema/contracts/webhook-endpoint.ts";
import { codeWords } from "../model/words.ts";
import type { EventType } from "../resources-webhooks.ts";
import type { Tone } from "../ui/parts.tsx";

/** What events and deliveries are called. */

const EVENTS: Readonly<Record<EventType, string>> = {
  "call.ended": "Call ended",
  "call.failed": "Call failed",
  "call.screened": "Who answered",
  "call.recording.ready": "Recording ready",
  "network.ranges.changed": "Addresses changed",
  "network.ranges.scheduled": "Addresses will change",
  "webhook_endpoint.disabled": "Webhook switched off",
};

export const EVENT_OPTIONS = Object.entries(EVENTS).map(([value, label]) => ({
  value: value as EventType, // a key of the table
  label,
}));

/** Types of later versions stand as they are. */
export function eventWords(type: string): string {
  return EVENT_OPTIONS.find(({ value }) => value === type)?.label ?? codeWords(type);
}

const EGRESS: Readonly<Record<EndpointView["egress"], string>> = {
  edge: "Any address",
  static: "Static addresses",
};

export function egressWords(egress: EndpointView["egress"]): string {
  return EGRESS[egress];
}

export const DELIVERY_STATUS: Readonly<Record<DeliverySummary["status"], readonly [string, Tone]>> =
  {
    pending: ["Waiting", "info"],
    delivered: ["Delivered", "good"],
    failed: ["Failed", "bad"],
  };
