import { z } from "zod";

/** What `isAllowedTarget` of the media node reads. */
const TRANSFER_RULE =
  /^(?:(?:tel:)?\+?[0-9][0-9\s().-]{0,40}\*?|sips?:(?:\*|[^\s@<>"?]{1,128})@[^\s@<>"?]{1,255})$/;

/**
 * Whom a call may be transferred to, of an agent or of a number: numbers, `+49*` for all that begin so, SIP
 * URIs, `sip:*@host`. Replaced as a whole.
 */
export const transferDestinationsSchema = z
  .array(z.string().regex(TRANSFER_RULE, "is no number, `+49*`, SIP URI or `sip:*@host`"))
  .max(100);
