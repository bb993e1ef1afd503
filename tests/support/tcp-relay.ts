import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Passes TCP connections on to another loopback port until the test cuts them. */
export interface TcpRelay extends AsyncDisposable {
  readonly port: number;
  /** Open connections through it. */
  readonly connections: number;
  /** Ends every connection, both sides at once, as a firewall that has lost its state does: by reset. */
  cut(): Promise<void>;
}

/** `targetPort` is asked for each connection: what is behind it may be started later. */
export async function startTcpRelay(targetPort: () => number): Promise<TcpRelay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((inside) => {
    const outside = connect({ host: "127.0.0.1", port: targetPort() });
    const pair = [inside, outside] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      inside.destroy();
      outside.destroy();
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    inside.pipe(outside).pipe(inside);
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const cut = async (): Promise<void> => {
    const closing = [...pairs].flat().map((socket) => once(socket, "close"));
    for (const socket of [...pairs].flat()) socket.resetAndDestroy();
    await Promise.all(closing);
  };
  return {
    port,
    get connections() {
      return pairs.size;
    },
    cut,
    async [Symbol.asyncDispose]() {
      await cut();
      server.close();
      await once(server, "close");
    },
  };
}
