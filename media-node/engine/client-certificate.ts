import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { SipHeader, SipMessage } from "../protocol/sip/message.ts";
import { TLS_IDENTITY_HEADER } from "../protocol/sip/tls-identity-header.ts";
import type { SipConnection } from "./connection.ts";
import { certificatesOf } from "./tls-certificates.ts";
import { checkPeerIdentity, namesOf } from "./tls-identity.ts";

const MAX_CHAIN = 6;

/** Names that a client has proved by its certificate. */
export interface ClientIdentity {
  /** Of the SIP URIs and DNS names of subjectAltName, lower case. */
  readonly names: readonly string[];
  /** By the rules that servers are verified by (RFC 5922 §7). */
  isNamed(host: string): boolean;
}

/** The name that a connection's peer has shown, by which it is known again when we connect to it; a wildcard names nobody. */
export function shownName(
  connection: Pick<SipConnection, "verifiedHost" | "clientIdentity">,
): string | null {
  const { clientIdentity: identity, verifiedHost } = connection;
  return verifiedHost ?? identity?.names.find((name) => !name.includes("*")) ?? null;
}

/** Null without a certificate, or when it does not verify: the connection is served, and proves nothing. */
export function clientIdentity(
  socket: TLSSocket,
  clientCa: string | null,
  nowMs: number,
): ClientIdentity | null {
  const peer = socket.getPeerX509Certificate();
  if (peer === undefined || !isVerified(socket, clientCa, nowMs)) return null;
  const subjectaltname = peer.subjectAltName ?? "";
  const names = namesOf(subjectaltname);
  if (names.length === 0) return null;
  return { names, isNamed: (host) => checkPeerIdentity(host, { subjectaltname }) === undefined };
}

function isVerified(socket: TLSSocket, clientCa: string | null, nowMs: number): boolean {
  if (socket.authorized) return true;
  // Public authorities issue for servers only: the purpose is the one thing that may be wrong. OpenSSL tells its
  // last finding and not all of them, so the chain is walked here.
  const { authorizationError } = socket as { authorizationError: unknown };
  if (String(authorizationError) !== "INVALID_PURPOSE" || clientCa === null) return false;
  const anchors = certificatesOf(clientCa);
  let issued: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (let depth = 0; depth < MAX_CHAIN && issued !== undefined; depth += 1) {
    const certificate = new X509Certificate(issued.raw);
    if (!isWithinDates(certificate, nowMs) || (depth > 0 && !certificate.ca)) return false;
    const isAnchored = anchors.some(
      (anchor) => isWithinDates(anchor, nowMs) && hasIssued(anchor, certificate),
    );
    if (isAnchored) return true;
    const issuer: DetailedPeerCertificate | undefined = issued.issuerCertificate;
    // The last of a chain names itself, or nothing.
    if (issuer === undefined || issuer.fingerprint256 === issued.fingerprint256) return false;
    if (!hasIssued(new X509Certificate(issuer.raw), certificate)) return false;
    issued = issuer;
  }
  return false;
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isWithinDates(certificate: X509Certificate, nowMs: number): boolean {
  return certificate.validFromDate.getTime() <= nowMs && nowMs < certificate.validToDate.getTime();
}

/** What the network says about an identity is taken out, what the handshake has proved is put in. */
export function withClientIdentity<Message extends SipMessage>(
  message: Message,
  identity: ClientIdentity | null,
): Message {
  const isForged = message.headers.some(isIdentityHeader);
  if (!isForged && identity === null) return message;
  const headers: SipHeader[] = message.headers.filter((header) => !isIdentityHeader(header));
  if (identity !== null && message.startLine.kind === "request") {
    headers.push({ name: TLS_IDENTITY_HEADER, value: identity.names.join(", ") });
  }
  return { ...message, headers };
}

function isIdentityHeader({ name }: SipHeader): boolean {
  return (
    name.length === TLS_IDENTITY_HEADER.length &&
    name.toLowerCase() === TLS_IDENTITY_HEADER.toLowerCase()
  );
}
