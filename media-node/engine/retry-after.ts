import { headerValue, type SipMessage } from "../protocol/sip/message.ts";

/** RFC 3261 §20.33: how long the peer wants to be left alone; null when it does not say. */
export function retryAfterMs(message: SipMessage): number | null {
  const seconds = /^(\d{1,9})(?![\d.])/.exec(headerValue(message, "Retry-After") ?? "")?.[1];
  return seconds === undefined ? null : Number(seconds) * 1_000;
}
