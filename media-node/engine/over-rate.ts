import { isRequest, type SipMessage, type SipResponse } from "../protocol/sip/message.ts";
import { newTag } from "./dialog-tags.ts";
import type { EngineConfig } from "./engine-config.ts";
import { checkRequest, makeResponse } from "./message-parts.ts";

/**
 * What becomes of a message from a source that is over its rate. What may belong to a call passes; an INVITE is 486,
 * without a transaction that its sender could make us keep; anything else is dropped (null).
 */
export function overRateAnswer(
  message: SipMessage,
  config: EngineConfig,
): SipResponse | "pass" | null {
  if (!isRequest(message)) return "pass";
  const request = checkRequest(message);
  if ("detail" in request) return null;
  if (request.toTag !== null || request.method === "CANCEL") return "pass";
  if (request.method !== "INVITE") return null;
  return makeResponse(message, 486, { toTag: newTag(config) });
}
