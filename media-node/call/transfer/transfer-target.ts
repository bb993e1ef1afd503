import { SipSyntaxError } from "../../protocol/sip/syntax.ts";
import { parseSipUri, uriScheme } from "../../protocol/sip/uri.ts";

/** Where a call may be sent on to. */
export type TransferTarget =
  /** E.164, or digits that the trunk understands. */
  | { readonly kind: "phone"; readonly number: string }
  | {
      readonly kind: "sip_uri";
      readonly uri: string;
      readonly user: string;
      readonly host: string;
    };

const PHONE = /^\+?[0-9*#]{1,32}$/;
const SEPARATORS = /[\s().-]/g;

/** A phone number, a `tel:` URI or a SIP URI as an agent names it; null for anything else. */
export function parseTransferTarget(text: string): TransferTarget | null {
  const scheme = uriScheme(text);
  if (scheme === "sip" || scheme === "sips") return sipTarget(text);
  const number = (scheme === "tel" ? text.slice("tel:".length) : text).replace(SEPARATORS, "");
  return PHONE.test(number) ? { kind: "phone", number } : null;
}

function sipTarget(text: string): TransferTarget | null {
  const uri = parseSipUri(text);
  // Headers in the URI would be headers of somebody else's INVITE: they have fields of their own.
  if (uri instanceof SipSyntaxError || uri.user === null || uri.headers !== null) return null;
  if (uri.password !== null) return null;
  // The rules name user and host: a parameter must not lead elsewhere, nor out of the Refer-To's brackets.
  for (const [name, value] of uri.params) {
    if (name === "maddr" || name === "method" || /["<>]/.test(value ?? "")) return null;
  }
  return { kind: "sip_uri", uri: text, user: uri.user, host: uri.host.toLowerCase() };
}

/**
 * Whether a rule names the target: a number or URI as it is, `+49*` for every number that begins so, and
 * `sip:*@pbx.example.com` for every user of a host.
 */
export function isAllowedTarget(target: TransferTarget, rules: readonly string[]): boolean {
  return rules.some((rule) => matches(target, rule.trim()));
}

function matches(target: TransferTarget, rule: string): boolean {
  if (target.kind === "phone") {
    if (!rule.endsWith("*") || /^sips?:/i.test(rule)) {
      const named = parseTransferTarget(rule);
      return named?.kind === "phone" && named.number === target.number;
    }
    const prefix = rule.slice(0, -1).replace(/^tel:/i, "").replace(SEPARATORS, "");
    return /^\+?\d+$/.test(prefix) && target.number.startsWith(prefix);
  }
  const wildcard = /^sips?:\*@([^;?]+)$/i.exec(rule);
  if (wildcard !== null) return wildcard[1]?.toLowerCase() === target.host;
  const named = parseTransferTarget(rule);
  return named?.kind === "sip_uri" && named.user === target.user && named.host === target.host;
}
