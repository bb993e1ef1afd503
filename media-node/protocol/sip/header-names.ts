/** RFC 3261 §7.3.3 and the extensions that define a compact form. */
const COMPACT_FORMS: ReadonlyMap<string, string> = new Map([
  ["a", "Accept-Contact"],
  ["b", "Referred-By"],
  ["c", "Content-Type"],
  ["d", "Request-Disposition"],
  ["e", "Content-Encoding"],
  ["f", "From"],
  ["i", "Call-ID"],
  ["j", "Reject-Contact"],
  ["k", "Supported"],
  ["l", "Content-Length"],
  ["m", "Contact"],
  ["n", "Identity-Info"],
  ["o", "Event"],
  ["r", "Refer-To"],
  ["s", "Subject"],
  ["t", "To"],
  ["u", "Allow-Events"],
  ["v", "Via"],
  ["x", "Session-Expires"],
  ["y", "Identity"],
]);

const DEFINED_NAMES: readonly string[] = [
  ...COMPACT_FORMS.values(),
  ..."Accept Accept-Encoding Accept-Language Alert-Info Allow Authentication-Info Authorization".split(
    " ",
  ),
  ..."Call-Info Content-Disposition Content-Language CSeq Date Diversion Error-Info Expires".split(
    " ",
  ),
  ..."History-Info In-Reply-To Max-Forwards Min-Expires Min-SE MIME-Version Organization".split(
    " ",
  ),
  ..."P-Asserted-Identity P-Preferred-Identity Path Priority Privacy Proxy-Authenticate".split(" "),
  ..."Proxy-Authorization Proxy-Require RAck Reason Record-Route Remote-Party-ID Replaces".split(
    " ",
  ),
  ..."Reply-To Require Retry-After Route RSeq Server Service-Route Subscription-State".split(" "),
  ..."Timestamp Unsupported User-Agent User-to-User Warning WWW-Authenticate".split(" "),
];

/** By the canonical spelling, the one in lower case and the compact form: how nearly every peer writes them. */
const USUAL_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ...DEFINED_NAMES.flatMap((name): [string, string][] => [
    [name, name],
    [name.toLowerCase(), name],
  ]),
  ...COMPACT_FORMS,
]);

/** The canonical name of a header that an RFC here defines, when it is spelled as usual; else undefined. */
export function definedHeaderName(name: string): string | undefined {
  return USUAL_SPELLINGS.get(name);
}

/** The name as the RFC that defines it spells it; a name that no RFC here defines stays as received. */
export function canonicalHeaderName(name: string): string {
  return USUAL_SPELLINGS.get(name) ?? USUAL_SPELLINGS.get(name.toLowerCase()) ?? name;
}
