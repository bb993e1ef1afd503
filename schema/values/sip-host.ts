import ipaddr from "ipaddr.js";

declare const sipHostBrand: unique symbol;
/** RFC 3261 §25.1 `host`: a name, an IPv4 address, or an IPv6 address in brackets. Lower case. */
export type SipHost = string & { readonly [sipHostBrand]: true };

export type SipHostResult =
  | { readonly ok: true; readonly host: SipHost }
  | {
      readonly ok: false;
      readonly code:
        | "empty"
        | "contains_scheme"
        | "contains_port"
        | "contains_forbidden"
        | "not_a_host";
      readonly detail: string;
      /** A value that would pass, when one can be told from the input. */
      readonly hint: string | null;
    };

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A trunk's address: host name or address only, no scheme, port, path, user or parameter. */
export function parseSipHost(text: string): SipHostResult {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "") return refuse("empty", "the address is empty", null);
  const scheme = /^(sips?|tls|tcp|udp|https?):(\/\/)?/.exec(trimmed);
  if (scheme !== null) {
    return refuse(
      "contains_scheme",
      `remove \`${scheme[0]}\``,
      hintFrom(trimmed.slice(scheme[0].length)),
    );
  }
  if (isHost(trimmed)) return { ok: true, host: trimmed as SipHost }; // proved by isHost
  if (ipaddr.IPv6.isValid(trimmed)) {
    return refuse("contains_forbidden", "write an IPv6 address in brackets", `[${trimmed}]`);
  }
  const port = /^(.+):(\d{1,5})$/.exec(trimmed);
  if (port !== null) {
    return refuse("contains_port", `remove the port \`:${port[2]}\``, hintFrom(trimmed));
  }
  const forbidden = /[:/;@?\s<>"]/.exec(trimmed);
  if (forbidden !== null) {
    return refuse(
      "contains_forbidden",
      `\`${forbidden[0]}\` cannot stand in a host`,
      hintFrom(trimmed),
    );
  }
  return refuse("not_a_host", "give a host name or an IP address", null);
}

function refuse(
  code: "empty" | "contains_scheme" | "contains_port" | "contains_forbidden" | "not_a_host",
  detail: string,
  hint: string | null,
): SipHostResult {
  return { ok: false, code, detail, hint };
}

function isHost(text: string): boolean {
  // A zone identifier (RFC 6874) means something on one machine only.
  if (/^\[[^%]+\]$/.test(text)) return ipaddr.IPv6.isValid(text.slice(1, -1));
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return true;
  if (/^[\d.]+$/.test(text) || text.length > 253) return false;
  return text.split(".").every((label) => LABEL.test(label));
}

function hintFrom(rest: string): string | null {
  const afterUser = rest.slice(rest.lastIndexOf("@") + 1);
  const candidate = /^(\[[^\]]+\]|[^:/;?\s<>"]+)/.exec(afterUser)?.[0] ?? "";
  return isHost(candidate) ? candidate : null;
}
