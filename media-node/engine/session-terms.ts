import {
  headerList,
  headerValue,
  type SipHeader,
  type SipMessage,
} from "../protocol/sip/message.ts";
import { findParam, parseParams, SipSyntaxError } from "../protocol/sip/syntax.ts";

/** RFC 4028 §4: "the value of Min-SE ... MUST NOT be less than 90 seconds". */
export const MIN_SE_S = 90;
/** An interval longer than a day guards against nothing, and would not fit into a timer. */
const MAX_INTERVAL_S = 86_400;

/** What a 2xx has settled: how long the session lives without a refresh, and whose work that is. */
export interface SessionTerms {
  readonly intervalS: number;
  readonly isOurs: boolean;
}

interface SessionExpires {
  readonly seconds: number;
  readonly refresher: "uac" | "uas" | null;
}

/** RFC 4028 §4; null when absent or unreadable: a timer that nobody understands is none. */
function sessionExpires(message: SipMessage): SessionExpires | null {
  const value = headerValue(message, "Session-Expires");
  const match = value === null ? null : /^(\d{1,10})\s*(;.*)?$/.exec(value);
  if (match === null) return null;
  const params = parseParams(match[2] ?? "");
  const named = params instanceof SipSyntaxError ? null : findParam(params, "refresher");
  const refresher = named === "uac" || named === "uas" ? named : null;
  return { seconds: Math.min(Number(match[1]), MAX_INTERVAL_S), refresher };
}

/** The Min-SE of a message, never below what the RFC allows. */
export function minSe(message: SipMessage): number {
  const seconds = /^\d{1,6}/.exec(headerValue(message, "Min-SE") ?? "")?.[0];
  return Math.max(MIN_SE_S, Number(seconds ?? 0));
}

/** Whether an option tag is in Supported or Require. */
export function supports(message: SipMessage, optionTag: string): boolean {
  return requires(message, optionTag) || hasTag(message, "Supported", optionTag);
}

export function requires(message: SipMessage, optionTag: string): boolean {
  return hasTag(message, "Require", optionTag);
}

function hasTag(message: SipMessage, header: string, optionTag: string): boolean {
  return headerList(message, header).some((tag) => tag.toLowerCase() === optionTag);
}

/** RFC 4028 §9: 422 only to a peer that knows what it means. */
export function isIntervalTooSmall(request: SipMessage, minSeS: number): boolean {
  const asked = sessionExpires(request);
  return asked !== null && asked.seconds < minSeS && supports(request, "timer");
}

/** RFC 4028 §9: what the 2xx to an INVITE or UPDATE says. The peer refreshes if it can, else we do. */
export function answerTerms(
  request: SipMessage,
  ownIntervalS: number | undefined,
): { terms: SessionTerms; headers: readonly SipHeader[] } | null {
  const asked = sessionExpires(request);
  const isPeerAble = supports(request, "timer");
  if (asked !== null && asked.seconds < MIN_SE_S) return null;
  const own = ownIntervalS === undefined ? null : Math.max(ownIntervalS, minSe(request));
  const intervalS = asked?.seconds ?? own;
  if (intervalS === null) return null;
  const refresher = isPeerAble ? (asked?.refresher ?? "uac") : "uas";
  const headers = [{ name: "Session-Expires", value: `${intervalS};refresher=${refresher}` }];
  if (isPeerAble) headers.push({ name: "Require", value: "timer" });
  return { terms: { intervalS, isOurs: refresher === "uas" }, headers };
}

/** RFC 4028 §7.2: what a 2xx to our INVITE or UPDATE has settled; null when the session has no timer. */
export function agreedTerms(response: SipMessage): SessionTerms | null {
  const answered = sessionExpires(response);
  if (answered === null) return null;
  const intervalS = Math.max(answered.seconds, MIN_SE_S);
  return { intervalS, isOurs: answered.refresher !== "uas" };
}

/** RFC 4028 §7.1: what an INVITE or UPDATE of ours says; null interval: only that we know of timers. */
export function offerHeaders(
  asked: { readonly headers: readonly SipHeader[] },
  offer: { intervalS: number; refresher?: "uac" | "uas"; minSeS?: number } | null,
): SipHeader[] {
  const headers: SipHeader[] = [];
  const supported = headerList(asked, "Supported").map((tag) => tag.toLowerCase());
  if (!supported.includes("timer")) headers.push({ name: "Supported", value: "timer" });
  if (offer === null || headerValue(asked, "Session-Expires") !== null) return headers;
  const refresher = offer.refresher === undefined ? "" : `;refresher=${offer.refresher}`;
  headers.push({ name: "Session-Expires", value: `${offer.intervalS}${refresher}` });
  if (headerValue(asked, "Min-SE") === null) {
    headers.push({ name: "Min-SE", value: String(offer.minSeS ?? MIN_SE_S) });
  }
  return headers;
}
