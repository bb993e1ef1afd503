import { z } from "zod";

/** In the body of every webhook, in both styles: which event it tells of, and where that stands. */
export const webhookPlaceSchema = {
  /** Of `GET /v1/events/{event_id}`: the same for every endpoint that is told. Absent in what was told before there were events. */
  event_id: z.string().optional(),
  /** The event's order within its conversation, from 1: a number that is left out is an event that has not come, or is of a type that the endpoint is not told. */
  sequence: z.number().int().min(1),
};
