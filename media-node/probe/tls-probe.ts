import { isIP, type Socket } from "node:net";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import type { TlsFacts } from "../../schema/contracts/trunk-test.ts";
import { checkPeerIdentity, namesOf } from "../engine/tls-identity.ts";
import { CLIENT_TLS } from "../engine/tls-transport.ts";
import { hostForSocket } from "../protocol/sip/uri.ts";
import { type Finding, type FindingCode, failed, type ProbeTimings, passed } from "./finding.ts";

const DAY_MS = 86_400_000;
/** Public authorities renew at 30 days: what has less left is renewed by nobody. */
const SOON_DAYS = 14;
const MAX_CHAIN = 8;
const MAX_NAMES = 50;

export interface TlsProbeDeps {
  /** PEM; null: the system's authorities. */
  readonly ca: string | null;
  /** Shown to a server that asks; null: none. */
  readonly own: { readonly cert: string; readonly key: string } | null;
  readonly timings: ProbeTimings;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

export interface TlsProbe {
  readonly finding: Finding;
  /** Proved; null of one that failed, which is closed. */
  readonly socket: TLSSocket | null;
}

/**
 * A handshake over an open connection, with what a call would demand of the certificate: chain, dates, and the configured
 * host as its name (RFC 5922 §7). Nothing is sent to a server that fails it.
 */
export async function probeTls(tcp: Socket, host: string, deps: TlsProbeDeps): Promise<TlsProbe> {
  const name = hostForSocket(host);
  const socket = connect({
    socket: tcp,
    ...CLIENT_TLS,
    // Looked at below, so that all of its defects are told and not the first.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(deps.ca === null ? {} : { ca: deps.ca }),
    ...(deps.own ?? {}),
  });
  const fault = await handshake(socket, deps);
  if (fault !== null) {
    socket.destroy();
    const tls = emptyFacts(name);
    return { socket: null, finding: failed(fault.code, fault.detail, { tls }) };
  }
  const finding = judge(socket, name, deps.nowMs());
  if (finding.code === null) return { socket, finding };
  socket.destroy();
  return { socket: null, finding };
}

interface HandshakeFault {
  readonly code: FindingCode;
  readonly detail: string;
}

function handshake(socket: TLSSocket, deps: TlsProbeDeps): Promise<HandshakeFault | null> {
  return new Promise((resolve) => {
    const limit = AbortSignal.any([deps.signal, AbortSignal.timeout(deps.timings.handshakeMs)]);
    limit.addEventListener("abort", () =>
      resolve({ code: "tls_silent", detail: "The connection is taken, and no handshake follows." }),
    );
    socket.once("secureConnect", () => resolve(null));
    socket.on("error", (error: Error & { code?: string }) => resolve(faultOf(error.code ?? "")));
    socket.once("close", () =>
      resolve({ code: "tls_closed", detail: "The connection is closed during the handshake." }),
    );
  });
}

function faultOf(code: string): HandshakeFault {
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|UNEXPECTED_MESSAGE/.test(code)) {
    return { code: "tls_not_spoken", detail: "What answers on this port does not speak TLS." };
  }
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE_FAILURE|NO_SHARED_CIPHER/.test(code)) {
    const detail = "The server offers no TLS 1.2 or 1.3 with a suite of forward secrecy.";
    return { code: "tls_version", detail };
  }
  if (/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA/.test(code)) {
    const detail = "The server demands a client certificate that it knows.";
    return { code: "tls_client_certificate", detail };
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    return { code: "tls_closed", detail: "The connection is closed during the handshake." };
  }
  return { code: "tls_failed", detail: `The handshake fails (${code || "no code"}).` };
}

function judge(socket: TLSSocket, name: string, nowMs: number): Finding {
  const certificate = socket.getPeerCertificate(true);
  const tls = factsOf(socket, certificate, name, nowMs);
  const wrong = [
    chainFault(socket.authorizationError, tls),
    nameFault(certificate, name, tls.names),
  ].flatMap((fault) => fault ?? []);
  const [first] = wrong;
  if (first !== undefined) {
    const detail = wrong.map((fault) => fault.detail).join(" ");
    return failed(first.code, detail, { tls });
  }
  const days = tls.days_left ?? 0;
  const warning =
    days < SOON_DAYS ? `The certificate runs out in ${days} days, on ${tls.not_after}.` : null;
  const detail = `${tls.version} with ${tls.cipher}; the certificate is valid for ${name}.`;
  return passed(detail, { tls }, warning);
}

/** OpenSSL's verdict on chain and dates. Null: none. */
function chainFault(error: Error | string | undefined, tls: TlsFacts): HandshakeFault | null {
  // A code, though its type says an error.
  const code = String(error ?? "");
  if (code === "" || code === "null") return null;
  if (code === "CERT_HAS_EXPIRED") {
    return { code: "tls_expired", detail: `A certificate has expired: see \`not_after\`.` };
  }
  if (code === "CERT_NOT_YET_VALID") {
    return { code: "tls_not_yet_valid", detail: "A certificate is not valid yet." };
  }
  if (/UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)/.test(code) && tls.chain.length <= 1) {
    const issuer = tls.chain[0]?.issuer ?? "its issuer";
    const detail = `The server sends its own certificate alone, and ${issuer}, which signed it, is not known here.`;
    return { code: "tls_incomplete_chain", detail };
  }
  const detail = `The certificate does not lead to an authority that is trusted here (${code}).`;
  return { code: "tls_untrusted", detail };
}

function nameFault(
  certificate: DetailedPeerCertificate,
  name: string,
  names: readonly string[],
): HandshakeFault | null {
  if (checkPeerIdentity(name, certificate) === undefined) return null;
  const shown = names.length === 0 ? "no name at all" : names.slice(0, 5).join(", ");
  return { code: "tls_wrong_name", detail: `The certificate is for ${shown}, not for ${name}.` };
}

function factsOf(
  socket: TLSSocket,
  certificate: DetailedPeerCertificate,
  name: string,
  nowMs: number,
): TlsFacts {
  const chain: TlsFacts["chain"] = [];
  let link: DetailedPeerCertificate | undefined = certificate;
  while (link?.valid_to !== undefined && chain.length < MAX_CHAIN) {
    chain.push({
      subject: nameText(link.subject),
      issuer: nameText(link.issuer),
      not_after: timeText(link.valid_to),
    });
    // A root is its own issuer.
    link = link.issuerCertificate === link ? undefined : link.issuerCertificate;
  }
  const leftMs = Date.parse(certificate.valid_to) - nowMs;
  return {
    version: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? null,
    names: shownNames(certificate.subjectaltname ?? ""),
    expected_name: name,
    not_before: timeText(certificate.valid_from),
    not_after: timeText(certificate.valid_to),
    days_left: Math.floor(leftMs / DAY_MS),
    chain,
  };
}

function shownNames(subjectaltname: string): string[] {
  const addresses = [...subjectaltname.matchAll(/IP Address:([0-9a-fA-F.:]+)/g)];
  const all = [...namesOf(subjectaltname), ...addresses.map(([, address = ""]) => address)];
  return all.slice(0, MAX_NAMES);
}

function emptyFacts(name: string): TlsFacts {
  return {
    version: null,
    cipher: null,
    names: [],
    expected_name: name,
    not_before: null,
    not_after: null,
    days_left: null,
    chain: [],
  };
}

/** Common name, else organisation: what people tell a certificate by. */
function nameText(name: DetailedPeerCertificate["subject"] | undefined): string {
  const text = name?.CN ?? name?.O ?? "";
  return (Array.isArray(text) ? text.join(", ") : String(text)).slice(0, 200);
}

/** `Nov 22 16:38:14 2026 GMT` as RFC 3339. */
function timeText(text: string): string {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? text : new Date(atMs).toISOString().replace(".000Z", "Z");
}
