import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Passes TCP connections on to another loopback port until the test cuts them. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Open connections through it. */
  readonly connections: number;
  /** Ends every connection, both sides at once, as a firewall that has lost its state does: by reset. */
  cut(): Promise<void>;
  /** While it is blocked, whoever connects is cut off at once. */
  block(): void;
  unblock(): void;
}

/**
 * `targetPort` is asked for each connection: what is behind it may be started later. `rewrite` is what a device on the way
 * makes of each piece that goes there; absent: what it is.
 */
export async function startTcpRelay(
  targetPort: () => number,
  rewrite?: (text: string) => string,
): Promise<TcpRelay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isBlocked = false;
  const server = createServer((inside) => {
    if (isBlocked) {
      inside.on("error", () => inside.destroy());
      inside.resetAndDestroy();
      return;
    }
    const outside = connect({ host: "127.0.0.1", port: targetPort() });
    const pair = [inside, outside] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      inside.destroy();
      outside.destroy();
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    if (rewrite === undefined) inside.pipe(outside);
    else rewritten(inside, outside, rewrite);
    outside.pipe(inside);
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const endAll = async (end: (socket: Socket) => void): Promise<void> => {
    const sockets = [...pairs].flat();
    // Not `once`, which rejects where the end begins with an error.
    const closing = sockets.map((socket) => new Promise((closed) => socket.on("close", closed)));
    for (const socket of sockets) end(socket);
    await Promise.all(closing);
  };
  const cut = async (): Promise<void> => {
    await endAll((socket) => {
      // One that its other end is closing cannot be reset any more.
      if (socket.readyState === "open") socket.resetAndDestroy();
      else socket.destroy();
    });
  };
  return {
    port,
    get connections() {
      return pairs.size;
    },
    cut,
    block() {
      isBlocked = true;
    },
    unblock() {
      isBlocked = false;
    },
    async [Symbol.asyncDispose]() {
      isBlocked = true;
      await endAll((socket) => socket.destroy());
      server.close();
      await once(server, "close");
    },
  };
}

function rewritten(from: Socket, to: Socket, rewrite: (text: string) => string): void {
  from.on("data", (piece) => to.write(rewrite(piece.toString("latin1")), "latin1"));
  from.on("end", () => to.end());
}
