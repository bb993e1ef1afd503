import type {
  DeliveryPage,
  DeliverySummary,
  DeliveryView,
  EndpointCreated,
  EndpointTested,
  EndpointView,
  Replayed,
  TestEndpointRequest,
} from "../schema/contracts/webhook-endpoint.ts";
import { type Query, request } from "./api.ts";
import { ownPage } from "./resources.ts";

/** Webhook endpoints, and what was posted to them. */

export type EventType = TestEndpointRequest["type"];

const ENDPOINTS = "/v1/webhook-endpoints";
const DELIVERIES = "/v1/webhook-deliveries";
const endpointPath = (id: string): string => `${ENDPOINTS}/${encodeURIComponent(id)}`;
const deliveryPath = (id: string): string => `${DELIVERIES}/${encodeURIComponent(id)}`;

export const webhookEndpoints = {
  list: async (signal: AbortSignal) => (await ownPage<EndpointView>(ENDPOINTS, {}, signal)).rows,
  get: (id: string, signal: AbortSignal) =>
    request<EndpointView>("GET", endpointPath(id), { signal }),
  create: (body: unknown, idempotencyKey: string) =>
    request<EndpointCreated>("POST", ENDPOINTS, { body, idempotencyKey }),
  update: (id: string, body: unknown) => request<EndpointView>("PATCH", endpointPath(id), { body }),
  remove: (id: string) => request<unknown>("DELETE", endpointPath(id)),
  rotateSecret: (id: string, body: unknown, idempotencyKey: string) =>
    request<EndpointCreated>("POST", `${endpointPath(id)}/rotate-secret`, { body, idempotencyKey }),
  test: (id: string, type: EventType) =>
    request<EndpointTested>("POST", `${endpointPath(id)}/test`, { body: { type } }),
};

export const webhookDeliveries = {
  async page(query: Query, signal: AbortSignal) {
    const page: DeliveryPage = await request("GET", DELIVERIES, {
      query: { ...query, page_size: 50 },
      signal,
    });
    return { rows: page.data, next: page.next_cursor };
  },
  get: (id: string, signal: AbortSignal) =>
    request<DeliveryView>("GET", deliveryPath(id), { signal }),
  replay: (id: string, idempotencyKey: string) =>
    request<DeliverySummary>("POST", `${deliveryPath(id)}/replay`, { idempotencyKey }),
  replayRange: (body: unknown) => request<Replayed>("POST", `${DELIVERIES}/replay`, { body }),
};
