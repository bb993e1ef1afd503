import { connect, createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { EngineListener } from "./engine-config.ts";

export interface BoundServer {
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** A connection that the peer does not accept in this time counts as refused. */
const CONNECT_TIMEOUT_MS = 4_000;

/** The connection could not be made: the target is unreachable, refuses, or failed verification. */
export class ConnectFault extends Error {
  /** The cause's own code: `ECONNREFUSED`, `ETIMEDOUT`, `CERT_HAS_EXPIRED`, `tls_identity_mismatch` … */
  readonly code: string;

  constructor(message: string, code: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** There is somebody who did not prove to be whom we meant to reach: what is not encrypted is not for them either. */
export class UnprovenPeerFault extends ConnectFault {}

/** Rejects with the system's error (EADDRINUSE and the like). */
export function listenTcp(
  listener: EngineListener,
  accept: (socket: Socket) => void,
): Promise<BoundServer> {
  return listenOn(createServer(accept), listener);
}

function listenOn(server: Server, listener: EngineListener): Promise<BoundServer> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: listener.bindAddress, port: listener.port }, () => {
      server.removeListener("error", reject);
      // What fails after this is one accept (EMFILE): the listener itself goes on.
      server.on("error", () => undefined);
      const bound = server.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : listener.port;
      resolve({ address: listener.bindAddress, port, close: () => server.close() });
    });
  });
}

/** Resolves with a connected socket; rejects with ConnectFault. */
export function connectTcp(target: { address: string; port: number }): Promise<Socket> {
  const socket = connect({ host: target.address, port: target.port });
  return whenConnected(socket, "connect");
}

export function whenConnected<Kind extends Socket>(
  socket: Kind,
  event: "connect" | "secureConnect",
): Promise<Kind> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }): void => {
      socket.destroy();
      const code = error.code ?? "connect_failed";
      // Set when the peer's certificate or its name was refused, whatever the reason.
      const isUnproven = socket instanceof TLSSocket && Boolean(socket.authorizationError);
      const Fault = isUnproven ? UnprovenPeerFault : ConnectFault;
      reject(new Fault(`connection failed: ${code}`, code, { cause: error }));
    };
    const deadline = setTimeout(
      () => fail(Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" })),
      CONNECT_TIMEOUT_MS,
    );
    // Stays attached: a socket that fails later still has a listener until its owner adds one.
    socket.on("error", fail);
    socket.once("close", () => {
      clearTimeout(deadline);
      fail(Object.assign(new Error("closed while connecting"), { code: "ECONNRESET" }));
    });
    socket.once(event, () => {
      clearTimeout(deadline);
      resolve(socket);
    });
  });
}
