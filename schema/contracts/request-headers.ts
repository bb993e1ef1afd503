import { z } from "zod";

/** Headers that clients want sent with a request of ours. */

/** RFC 9110 §5.6.2 `token`. */
export const requestHeaderNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, "is not a header name");

/** Printable, so that it can never end its line. */
export const requestHeaderValueSchema = z
  .string()
  .regex(/^[\x20-\x7e]{0,4096}$/, "is not the text of a header");

/** About what HTTP servers take in a request's head; every node of the region keeps them. */
export const MAX_REQUEST_HEADERS_CHARS = 8_192;
