import { CALL_ENDS, type CallEndCode } from "../call/call-ends.ts";
import { quote } from "../protocol/sip/reason.ts";
import { reasonPhrase } from "../protocol/sip/reason-phrases.ts";

/** RFC 3261 §20.5: what a dialog with this node may use. */
export const ALLOWED_METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY";

/** The same for a dialog of a trunk that lets its peer transfer calls. */
export const ALLOWED_METHODS_WITH_REFER = `${ALLOWED_METHODS}, REFER`;

/** RFC 3261 §20.43: a warning in words, for a person who reads a trace. */
export function warningOf(text: string): string {
  return `399 ${WARNING_AGENT} ${quote(text)}`;
}

/** RFC 3261 §20.43: 304 and 305 say what is wrong with the offer; 399 says it in words. */
const WARNING_CODES: Partial<Record<CallEndCode, number>> = { no_audio: 304, no_common_codec: 305 };
/** A pseudonym: which software answers is nobody's business. */
const WARNING_AGENT = "node";

export interface Refusal {
  readonly status: number;
  readonly phrase: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The response that a row of `CALL_ENDS` stands for; a row without a status is a fault of ours: 500. */
export function refusalFor(code: CallEndCode, retryAfterS = 5): Refusal {
  const row = CALL_ENDS[code];
  const status = row.sipStatus ?? 500;
  const headers: Record<string, string> = {};
  if (status === 405) headers["Allow"] = ALLOWED_METHODS;
  if (status === 488) {
    const warning = WARNING_CODES[code] ?? 399;
    headers["Warning"] = `${warning} ${WARNING_AGENT} ${quote(row.reason)}`;
  }
  if (status === 503) headers["Retry-After"] = String(retryAfterS);
  return { status, phrase: reasonPhrase(status), headers };
}
