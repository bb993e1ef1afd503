import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Below what systems give to outgoing connections, one of which would take the port before its program does. */
const FIRST_PORT = 15_000;
const LAST_PORT = 29_998;

/**
 * For a program that cannot be told to choose one itself: a loopback port that takes connections and datagrams, and
 * the one after it as well.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const isFree = await Promise.all(
      [port, port + 1].flatMap((one) => [takesConnections(one), takesDatagrams(one)]),
    );
    if (!isFree.includes(false)) return port;
  }
}

function takesConnections(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(true)));
  });
}

function takesDatagrams(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}
