import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { vendorBody } from "./delivery-body.ts";
import type { SignatureStyle } from "./sign-delivery.ts";
import { standardBody } from "./standard-body.ts";

/** A body of the vendor's type `eventType` that tells of no real call. */
export function sampleBody(
  style: SignatureStyle,
  deliveryId: string,
  eventType: string,
  nowMs: number,
): string {
  const told = { event_timestamp: Math.floor(nowMs / 1000) };
  const call = { agent_id: newId("agent"), conversation_id: conversationIdOf(newId("call")) };
  const body = JSON.stringify({ ...told, ...call, type: eventType, data: { ...call, test: true } });
  const row = { id: deliveryId, eventId: newId("event"), sequence: 1, eventType, body };
  return style === "standard" ? standardBody(row) : vendorBody(row);
}
