import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** For a program that cannot be told to choose one itself: a loopback port that takes connections and datagrams. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const isFree = await takesDatagrams(port);
    server.close();
    await once(server, "close");
    if (isFree) return port;
  }
}

function takesDatagrams(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}
