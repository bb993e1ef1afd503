import ipaddr from "ipaddr.js";

export type OutboundPolicy = "public" | "loopback";

export type OutboundUrlResult =
  | { readonly ok: true; readonly url: URL }
  | {
      readonly ok: false;
      readonly code: "not_a_url" | "scheme_not_allowed" | "credentials_in_url" | "host_not_allowed";
      readonly detail: string;
    };

/** Names that stand for this machine or its network wherever they are resolved. */
const LOCAL_NAMES = /^(localhost|.*\.(localhost|local|internal|home\.arpa))$/;

/**
 * Where a customer may send the platform: `secureScheme` (`https:` or `wss:`) to a public host. With
 * the policy "loopback" this machine may be named too, with or without TLS.
 */
export function checkOutboundUrl(
  text: string,
  secureScheme: "https:" | "wss:",
  policy: OutboundPolicy,
): OutboundUrlResult {
  if (!URL.canParse(text)) {
    return refuse("not_a_url", `lacks a scheme or a host: it begins with ${secureScheme}//`);
  }
  const url = new URL(text);
  const plainScheme = secureScheme === "https:" ? "http:" : "ws:";
  if (url.protocol !== secureScheme && url.protocol !== plainScheme) {
    return refuse("scheme_not_allowed", `must start with ${secureScheme}//`);
  }
  if (url.username !== "" || url.password !== "") {
    return refuse("credentials_in_url", "must not hold a user name or password");
  }
  // The URL parser has turned every spelling of an IPv4 address into its dotted form.
  const host = url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (policy === "loopback" && isLoopback(host)) return { ok: true, url };
  if (url.protocol !== secureScheme) {
    return refuse("scheme_not_allowed", `must start with ${secureScheme}//`);
  }
  if (!isPublic(host)) return refuse("host_not_allowed", "must name a host on the public Internet");
  return { ok: true, url };
}

function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback";
}

function isPublic(host: string): boolean {
  if (ipaddr.isValid(host)) {
    const address = ipaddr.parse(host);
    return address.range() === "unicast" && (address.kind() === "ipv4" || isGlobal(address));
  }
  // An empty label is no name of the DNS, and would hide a local one: `localhost..`.
  const labels = host.split(".");
  return labels.length > 1 && !labels.includes("") && !LOCAL_NAMES.test(host);
}

/** IPv6 global unicast (RFC 4291 §2.4): what else looks like it, as `::127.0.0.1`, is of no network. */
function isGlobal(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.match(ipaddr.parse("2000::"), 3);
}

function refuse(
  code: "not_a_url" | "scheme_not_allowed" | "credentials_in_url" | "host_not_allowed",
  detail: string,
): OutboundUrlResult {
  return { ok: false, code, detail };
}
