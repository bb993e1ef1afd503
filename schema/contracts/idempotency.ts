import { z } from "zod";

/** A bare token or a quoted string (RFC 9651 §3.3.3), 1 to 255 characters between the quotes. */
const KEY = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/;

/** Headers of a POST that makes something. */
export const idempotencyHeadersSchema = z.object({
  /** The same key with the same body makes one thing and is answered alike for 24 hours. */
  "idempotency-key": z
    .string()
    .regex(KEY, "is not 1 to 255 printable characters, bare or in quotes")
    .transform((text) => text.replace(/^"(.*)"$/, "$1"))
    .optional(),
});

/** Header of an answer that was given before: nothing was made this time. */
export const IDEMPOTENT_REPLAYED_HEADER = "Idempotent-Replayed";
