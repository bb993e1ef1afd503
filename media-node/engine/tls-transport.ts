import { constants } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import { hostForSocket } from "../protocol/sip/uri.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { EngineListener } from "./engine-config.ts";
import { type BoundServer, listenTcp, whenConnected } from "./tcp-transport.ts";
import type { TlsMaterial } from "./tls-certificates.ts";
import { checkPeerIdentity, TlsIdentityError } from "./tls-identity.ts";

const MIN_TLS_VERSION = "TLSv1.2";
/** Forward secrecy and authenticated encryption only; TLS 1.3 suites are always allowed. */
const TLS12_CIPHERS =
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
const CIPHERS = `TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:${TLS12_CIPHERS}`;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What every connection of ours offers. */
export const CLIENT_TLS = { minVersion: MIN_TLS_VERSION, ciphers: CIPHERS } as const;

export interface BoundTlsServer extends BoundServer {
  /** For handshakes from now on; connections that are open keep what they have. */
  replaceMaterial(material: TlsMaterial): void;
}

function contextOptions(material: TlsMaterial): SecureContextOptions {
  return {
    cert: material.certificate,
    key: material.key,
    ...(material.clientCa === null ? {} : { ca: material.clientCa }),
    minVersion: MIN_TLS_VERSION,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  };
}

export interface TlsListenDeps {
  readonly clock: EngineClock;
  readonly requestsClientCertificate: boolean;
  /** Asked before anything is read; false has closed the socket. */
  readonly admit: (socket: Socket) => boolean;
  readonly accept: (socket: TLSSocket) => void;
  /** The handshake was not done in time. */
  readonly late: (socket: Socket) => void;
  /** What came was no handshake, or one that cannot succeed. */
  readonly failed: (socket: Socket) => void;
}

export async function listenTls(
  listener: EngineListener,
  material: TlsMaterial,
  deps: TlsListenDeps,
): Promise<BoundTlsServer> {
  const handshakes = new Map<string, EngineTimer>();
  const settle = (peer: string): void => {
    handshakes.get(peer)?.cancel();
    handshakes.delete(peer);
  };
  const server = createServer({
    ...contextOptions(material),
    requestCert: deps.requestsClientCertificate,
    // A trunk decides what a certificate, or none, is worth to it.
    rejectUnauthorized: false,
  });
  server.on("secureConnection", (socket) => {
    settle(peerOf(socket));
    deps.accept(socket);
  });
  // A failed handshake has no SIP connection yet.
  server.on("tlsClientError", (_error, socket) => {
    deps.failed(socket);
    socket.destroy();
  });
  const bound = await listenTcp(listener, (socket) => {
    if (!deps.admit(socket)) return;
    const peer = peerOf(socket);
    const deadline = deps.clock.after(HANDSHAKE_TIMEOUT_MS, () => {
      handshakes.delete(peer);
      deps.late(socket);
      socket.destroy();
    });
    handshakes.set(peer, deadline);
    socket.once("close", () => {
      if (handshakes.get(peer) === deadline) settle(peer);
    });
    server.emit("connection", socket);
  });
  return {
    ...bound,
    replaceMaterial: (replacement) => server.setSecureContext(contextOptions(replacement)),
  };
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}`;
}

/**
 * Connects and verifies: chain, dates and that the certificate names one of `hosts`, which are configured or have been proved
 * before, and never what a name resolved to. Nothing is sent before that; rejects with ConnectFault whose code names the
 * defect, an UnprovenPeerFault where it is the certificate's.
 */
export async function connectTls(
  target: { address: string; port: number; hosts: readonly string[] },
  material: Pick<TlsMaterial, "ca" | "own"> | null,
): Promise<{ readonly socket: TLSSocket; readonly provedHost: string }> {
  const { hosts } = target;
  const servername = hosts.map(hostForSocket).find((host) => isIP(host) === 0);
  let provedHost: string | undefined;
  const socket = connect({
    host: target.address,
    port: target.port,
    ...CLIENT_TLS,
    rejectUnauthorized: true,
    checkServerIdentity(_name, certificate) {
      const faults = hosts.map((host) => checkPeerIdentity(hostForSocket(host), certificate));
      provedHost = hosts[faults.indexOf(undefined)];
      return provedHost === undefined ? (faults[0] ?? new TlsIdentityError("no name")) : undefined;
    },
    ...(servername === undefined ? {} : { servername }),
    ...(material === null || material.ca === null ? {} : { ca: material.ca }),
    // Shown to a server that asks for it, and no secret.
    ...(material?.own ?? {}),
  });
  const connected = await whenConnected(socket, "secureConnect");
  if (provedHost !== undefined) return { socket: connected, provedHost };
  connected.destroy();
  throw new Error("a TLS connection whose peer was not checked");
}
