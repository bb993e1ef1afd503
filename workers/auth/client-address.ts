import ipaddr from "ipaddr.js";

/**
 * Where the client's address is taken from. `socket`: the connection, as plain workerd tells it in
 * `request.cf`. Else the name of a header that whoever stands in front always sets, such as
 * `cf-connecting-ip` on Cloudflare: of a list its last entry, which that proxy has written itself.
 */
export type ClientAddressSource = "socket" | { readonly header: string };

/** The address in its shortest form, an IPv4 one never as IPv6; null when it is not known. */
export function clientAddress(request: Request, source: ClientAddressSource): string | null {
  const text = source === "socket" ? socketAddress(request) : headerAddress(request, source.header);
  const host = text === null ? null : withoutPort(text.trim());
  return host !== null && ipaddr.isValid(host) ? ipaddr.process(host).toString() : null;
}

function headerAddress(request: Request, name: string): string | null {
  return request.headers.get(name)?.split(",").at(-1) ?? null;
}

function socketAddress(request: Request): string | null {
  const cf: unknown = request.cf;
  if (typeof cf !== "object" || cf === null || !("clientIp" in cf)) return null;
  return typeof cf.clientIp === "string" ? cf.clientIp : null;
}

/** `192.0.2.1:5060`, `[2001:db8::1]:5060` and both without a port. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  return bracketed ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}
