import { z } from "zod";
import { idSchema } from "../values/ids.ts";

/** `GET /v1/phone-numbers/activity`: what has become of numbers' calls lately, for lists of numbers. */

const MAX_ACTIVITY_NUMBERS = 100;

export const numberActivityQuerySchema = z.object({
  /** Separated by commas. */
  phone_number_ids: z
    .string()
    .transform((text) => text.split(",").filter((id) => id !== ""))
    .pipe(z.array(idSchema("phoneNumber")).min(1).max(MAX_ACTIVITY_NUMBERS)),
});

const numberActivitySchema = z.object({
  phone_number_id: z.string(),
  region: z.string(),
  /**
   * By its newest call and its newest refused attempt. `working`: the call was carried. `failing`: it did not come about,
   * and carrier or trunk settings are to blame. `refusing`: since then attempts to call the number were refused. `unused`:
   * neither is known.
   */
  trunk_health: z.enum(["failing", "refusing", "unused", "working"]),
  last_call: z
    .object({ conversation_id: z.string(), started_at: z.string(), status: z.string() })
    .nullable(),
  /** Of `failing` the call's end, of `refusing` the refusal. */
  problem: z.object({ code: z.string(), reason: z.string(), at: z.string() }).nullable(),
  /** Calls of the number that have not ended. */
  live_calls: z.number().int(),
  /** Batches that call from the number and have not ended. */
  open_batch_calls: z.number().int(),
});
export type NumberActivity = z.infer<typeof numberActivitySchema>;

export const numberActivityListSchema = z.object({ data: z.array(numberActivitySchema) });
