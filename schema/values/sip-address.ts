import { parseSipHost, type SipHost } from "./sip-host.ts";

/** What a trunk's address, port and transport are made of. */
export interface SplitAddress {
  readonly address: SipHost;
  /** Null: none was named. */
  readonly port: number | null;
  /** Null: none was named, and the port tells none. */
  readonly transport: "tcp" | "tls" | "udp" | null;
}

const SCHEME = /^(sips?|tls|tcp|udp|https?):(?:\/\/)?/;
/** RFC 3261 §25.1 `hostport`; an IPv6 address stands in brackets. */
const HOST_PORT = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/;
const TRANSPORTS: Readonly<Record<string, SplitAddress["transport"]>> = {
  sips: "tls",
  tls: "tls",
  tcp: "tcp",
  udp: "udp",
};

/**
 * What somebody has pasted where only a host belongs, in its parts: a SIP URI (RFC 3261 §19.1) with or without user,
 * name and angle brackets, `tls://host:port`, or `host:port;transport=tcp`. Null when it holds no host, or a port or a
 * transport that a trunk cannot have.
 *
 * @example splitSipAddress("sip:pbx.example.com:5061;transport=tls") // { address: "pbx.example.com", port: 5061, transport: "tls" }
 */
export function splitSipAddress(text: string): SplitAddress | null {
  const bracketed = /<([^<>]*)>/.exec(text)?.[1] ?? text;
  const uri = bracketed.trim().toLowerCase();
  const scheme = SCHEME.exec(uri);
  const rest = uri.slice(scheme?.[0].length ?? 0).split(/[?#]/, 1)[0] ?? "";
  const [userAndHost = "", ...parameters] = rest.slice(rest.lastIndexOf("@") + 1).split(";");
  const [, hostText = "", portText] = HOST_PORT.exec(userAndHost.split("/", 1)[0] ?? "") ?? [];
  const host = parseSipHost(hostText);
  const port = portText === undefined ? null : Number(portText);
  if (!host.ok || port === 0 || (port ?? 1) > 65_535) return null;

  const named = parameters.find((parameter) => parameter.trim().startsWith("transport="));
  const word = named?.split("=")[1]?.trim();
  if (word !== undefined && TRANSPORTS[word] === undefined) return null;
  // RFC 3261 §19.1: a `sips:` URI is reached over TLS, whatever its transport parameter says.
  const isSecure = scheme?.[1] === "sips" || scheme?.[1] === "tls" || port === 5061;
  const byParameter = word === undefined ? null : (TRANSPORTS[word] ?? null);
  const byScheme = TRANSPORTS[scheme?.[1] ?? ""] ?? null;
  const transport =
    scheme?.[1] === "sips" ? "tls" : (byParameter ?? byScheme ?? (isSecure ? "tls" : null));
  return { address: host.host, port, transport };
}
