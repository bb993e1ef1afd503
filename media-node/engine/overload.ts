import { createHash } from "node:crypto";
import type { SipResponse } from "../protocol/sip/message.ts";
import { type CheckedRequest, makeResponse, requestIdentity } from "./message-parts.ts";
import { retryAfter } from "./uas-rules.ts";

const TAG_CHARS = 16;

/**
 * RFC 3261 §8.2.7: the answer to an INVITE that nobody has time for, without any state and with the same To tag each
 * time. Its ACK finds no transaction and is dropped.
 */
export function overloaded(request: CheckedRequest): SipResponse {
  const digest = createHash("sha256")
    .update(requestIdentity(request, request.method))
    .digest("hex");
  const toTag = digest.slice(0, TAG_CHARS);
  return makeResponse(request.message, 503, { toTag, headers: retryAfter() });
}
