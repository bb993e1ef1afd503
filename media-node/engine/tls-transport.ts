import { constants } from "node:crypto";
import { isIP } from "node:net";
import { connect, createServer, type SecureContextOptions, type TLSSocket } from "node:tls";
import { hostForSocket } from "../protocol/sip/uri.ts";
import type { EngineListener } from "./engine-config.ts";
import { type BoundServer, listenOn, whenConnected } from "./tcp-transport.ts";
import type { TlsMaterial } from "./tls-certificates.ts";
import { checkPeerIdentity } from "./tls-identity.ts";

const MIN_TLS_VERSION = "TLSv1.2";
/** Forward secrecy and authenticated encryption only; TLS 1.3 suites are always allowed. */
const TLS12_CIPHERS =
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
const CIPHERS = `TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:${TLS12_CIPHERS}`;
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface BoundTlsServer extends BoundServer {
  /** For handshakes from now on; connections that are open keep what they have. */
  replaceMaterial(material: TlsMaterial): void;
}

function contextOptions(material: TlsMaterial): SecureContextOptions {
  return {
    cert: material.certificate,
    key: material.key,
    minVersion: MIN_TLS_VERSION,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  };
}

export async function listenTls(
  listener: EngineListener,
  material: TlsMaterial,
  accept: (socket: TLSSocket) => void,
): Promise<BoundTlsServer> {
  const server = createServer({
    ...contextOptions(material),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  server.on("secureConnection", accept);
  // A failed handshake has no SIP connection yet: the socket is closed by the server itself.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const bound = await listenOn(server, listener);
  return {
    ...bound,
    replaceMaterial: (replacement) => server.setSecureContext(contextOptions(replacement)),
  };
}

/**
 * Connects and verifies: chain, dates and the identity of `host`, which is the configured name and never what it
 * resolved to. Nothing is sent before that; rejects with ConnectFault whose code names the defect.
 */
export function connectTls(
  target: { address: string; port: number; host: string },
  ca: string | null,
): Promise<TLSSocket> {
  const host = hostForSocket(target.host);
  const socket = connect({
    host: target.address,
    port: target.port,
    minVersion: MIN_TLS_VERSION,
    ciphers: CIPHERS,
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) => checkPeerIdentity(host, certificate),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
  });
  return whenConnected(socket, "secureConnect");
}
