import { findParam, SipSyntaxError } from "../../protocol/sip/syntax.ts";
import { hostForUri, parseSipUri } from "../../protocol/sip/uri.ts";
import { isAllowedTarget, parseTransferTarget } from "./transfer-target.ts";

/** Whom the peer wants called; `name` is how the agent is told of it. */
export type ReferredTarget =
  | { readonly kind: "phone"; readonly number: string; readonly name: string }
  /** `uri` has user, host and port only: where it goes to is the trunk's to decide. */
  | {
      readonly kind: "sip_uri";
      readonly number: string;
      readonly uri: string;
      readonly name: string;
    };

const HEX_PAIR = /%[0-9A-Fa-f]{2}/g;

/**
 * Reads the URI of a Refer-To. Peers name a phone number by a SIP URI: it is taken for one where the URI says so (`user=phone`,
 * RFC 3261 §19.1.1) or its host is one of `ownHosts`, this node's or the trunk's, which say nothing of the target.
 */
export function referredTarget(
  text: string,
  destinations: readonly string[],
  ownHosts: readonly string[],
): ReferredTarget | "destination_not_allowed" | "not_dialable" {
  const target = parseTransferTarget(text);
  if (target === null) return "not_dialable";
  if (target.kind === "phone") {
    if (!isAllowedTarget(target, destinations)) return "destination_not_allowed";
    return { ...target, name: target.number };
  }
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) return "not_dialable";
  const isNumber =
    findParam(uri.params, "user")?.toLowerCase() === "phone" ||
    ownHosts.some((host) => hostForUri(host).toLowerCase() === target.host);
  const number = isNumber ? phoneNumberOf(target.user) : null;
  if (number !== null && isAllowedTarget({ kind: "phone", number }, destinations)) {
    return { kind: "phone", number, name: number };
  }
  if (!isAllowedTarget(target, destinations)) return "destination_not_allowed";
  const port = uri.port === null ? "" : `:${uri.port}`;
  const plain = `sip:${target.user}@${uri.host}${port}`;
  return { kind: "sip_uri", number: target.user, uri: plain, name: plain };
}

/** RFC 3261 §25.1 `telephone-subscriber`: parameters may follow the number. */
function phoneNumberOf(user: string): string | null {
  const [digits = ""] = user.split(";", 1);
  const plain = digits.replace(HEX_PAIR, (pair) =>
    String.fromCharCode(Number.parseInt(pair.slice(1), 16)),
  );
  const target = parseTransferTarget(plain);
  return target?.kind === "phone" ? target.number : null;
}
