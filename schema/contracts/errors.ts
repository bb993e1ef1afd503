import { z } from "zod";

/** The two shapes of an error answer. */

/** Of an address that holds more than a host: what would pass in `address`, `port` and `transport`. */
const splitSchema = z.object({
  address: z.string(),
  port: z.number().int().nullable(),
  transport: z.enum(["tcp", "tls", "udp"]).nullable(),
});

/** `/v1/convai/**` and `/v1/workspace/**`, every status but 422. */
export const vendorErrorSchema = z.object({
  detail: z.object({ status: z.string(), message: z.string() }),
});

/** `/v1/convai/**` and `/v1/workspace/**`, 422. */
export const vendorValidationErrorSchema = z.object({
  detail: z.array(
    z.object({
      loc: z.array(z.union([z.string(), z.number().int()])),
      msg: z.string(),
      type: z.string(),
      /** A value that would pass. */
      hint: z.string().optional(),
      split: splitSchema.optional(),
    }),
  ),
});

/** Everything else: RFC 9457, `application/problem+json`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** The stable machine key. */
  code: z.string(),
  detail: z.string(),
  instance: z.string(),
  request_id: z.string(),
  hint: z.string().optional(),
  /** Of a 429: the policies that were exceeded. */
  "violated-policies": z.array(z.string()).optional(),
  errors: z
    .array(
      z.object({
        /** Absent: the body. */
        location: z.enum(["query", "path", "header"]).optional(),
        /** RFC 6901. */
        pointer: z.string(),
        code: z.string(),
        detail: z.string(),
        hint: z.string().optional(),
        split: splitSchema.optional(),
      }),
    )
    .optional(),
});
