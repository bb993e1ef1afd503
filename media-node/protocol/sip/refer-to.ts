import { parseNameAddr } from "./name-addr.ts";
import { findParam, SipSyntaxError, splitOutsideQuotes } from "./syntax.ts";
import { parseSipUri, uriScheme, writeSipUri } from "./uri.ts";

/** RFC 3515 §2.1: what a REFER asks for. */
export type ReferTo =
  /** An INVITE to the URI, which stands here without `method` and headers. */
  | { readonly kind: "invite"; readonly uri: string }
  /** RFC 3891: an INVITE in the place of another dialog, as an attended transfer ends. */
  | { readonly kind: "replaces" }
  | { readonly kind: "other_method"; readonly method: string }
  | { readonly kind: "malformed" };

const HEX_PAIR = /%[0-9A-Fa-f]{2}/g;

/**
 * Reads the one value of Refer-To. RFC 3261 §19.1.5 leaves the headers of a URI to the reader's judgement: Replaces decides
 * what is asked for, and no other is taken over.
 */
export function parseReferTo(text: string): ReferTo {
  if (splitOutsideQuotes(text, ",").length > 1) return { kind: "malformed" };
  const address = parseNameAddr(text);
  if (address instanceof SipSyntaxError) return { kind: "malformed" };
  const scheme = uriScheme(address.uri);
  if (scheme !== "sip" && scheme !== "sips") return { kind: "invite", uri: address.uri };
  const uri = parseSipUri(address.uri);
  if (uri instanceof SipSyntaxError) return { kind: "malformed" };
  const method = findParam(uri.params, "method") ?? "INVITE";
  if (method.toUpperCase() !== "INVITE") return { kind: "other_method", method };
  if (headerNames(uri.headers).includes("replaces")) return { kind: "replaces" };
  const params = uri.params.filter(([name]) => name.toLowerCase() !== "method");
  return { kind: "invite", uri: writeSipUri({ ...uri, params, headers: null }) };
}

/** Names may be escaped like values (RFC 3261 §25.1 `hname`). */
function headerNames(headers: string | null): string[] {
  return (headers ?? "").split("&").map((header) => {
    const [name = ""] = header.split("=", 1);
    return name
      .replace(HEX_PAIR, (pair) => String.fromCharCode(Number.parseInt(pair.slice(1), 16)))
      .toLowerCase();
  });
}
