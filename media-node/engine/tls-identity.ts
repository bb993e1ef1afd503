import { isIP } from "node:net";
import type { PeerCertificate } from "node:tls";

/** Why a certificate does not name the host we meant to reach. */
export class TlsIdentityError extends Error {
  readonly code = "tls_identity_mismatch";
}

/**
 * RFC 5922 §7.1: the configured host must be a SIP URI or DNS name of subjectAltName; an address must be an IP one.
 * Deviates from RFC 5922 §7.2 ("Implementations MUST NOT match any form of wildcard"): one wildcard as the left-most
 * label of a DNS name is accepted, because carriers serve per-customer names by wildcard. The subject's CN never counts.
 */
export function checkPeerIdentity(
  host: string,
  certificate: Pick<PeerCertificate, "subjectaltname">,
): TlsIdentityError | undefined {
  const wanted = normalise(host);
  const names = subjectAltNames(certificate.subjectaltname ?? "");
  const isAddress = isIP(host.replace(/^\[|\]$/g, "")) !== 0;
  const matches = names.some(({ type, value }) => {
    if (type === "IP Address") return isAddress && normalise(value) === wanted;
    if (type === "URI") return sipUriHost(value) === wanted;
    return type === "DNS" && !isAddress && matchesDnsName(wanted, normalise(value));
  });
  if (matches) return undefined;
  return new TlsIdentityError(`the certificate does not name ${host}`);
}

/** Hosts of the SIP URIs and DNS names that a certificate shows, in the form in which they are compared. */
export function namesOf(subjectaltname: string): string[] {
  const names = subjectAltNames(subjectaltname).flatMap(({ type, value }) => {
    const host = type === "URI" ? sipUriHost(value) : type === "DNS" ? normalise(value) : null;
    return host !== null && /^[\w*.-]+$/.test(host) ? [host] : [];
  });
  return [...new Set(names)];
}

function normalise(host: string): string {
  const bare = host
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (!bare.includes(":")) return bare;
  // URL gives IPv6 addresses one form; certificates and configuration may spell them differently.
  return URL.canParse(`http://[${bare}]/`) ? new URL(`http://[${bare}]/`).hostname : bare;
}

/** RFC 5922 §7.1: only `sip:` counts, and only without a user part. */
function sipUriHost(uri: string): string | null {
  const match = /^sip:([^@;?]+)$/i.exec(uri);
  return match?.[1] === undefined ? null : normalise(match[1].replace(/:\d+$/, ""));
}

function matchesDnsName(wanted: string, name: string): boolean {
  if (name === wanted) return true;
  if (!name.startsWith("*.") || name.indexOf("*", 1) !== -1) return false;
  const dot = wanted.indexOf(".");
  const suffix = name.slice(1);
  // A wildcard stands for exactly one label, never for a whole public suffix such as `*.com`.
  return dot > 0 && wanted.slice(dot) === suffix && suffix.indexOf(".", 1) !== -1;
}

/** Node prints `DNS:a, URI:sip:b, IP Address:1.2.3.4`; odd values as JSON strings (CVE-2021-44532). */
function subjectAltNames(text: string): { type: string; value: string }[] {
  const names: { type: string; value: string }[] = [];
  const pattern = /(?:^|, )(DNS|URI|IP Address|[A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;
  for (const match of text.matchAll(pattern)) {
    const [, type, value] = match;
    // A quoted value holds characters that no host has.
    if (type !== undefined && value !== undefined && !value.startsWith('"')) {
      names.push({ type, value });
    }
  }
  return names;
}
