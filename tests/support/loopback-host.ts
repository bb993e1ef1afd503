import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** The standard ports of SIP: a trunk's address names a host and no port. */
const SIP_PORTS = [5060, 5061];

/** An address of 127.0.0.0/8 at which nobody listens on the standard ports: one for each carrier of a test. */
export async function loopbackHost(): Promise<string> {
  for (;;) {
    const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const isFree = await Promise.all(SIP_PORTS.map((port) => takesConnections(host, port)));
    if (!isFree.includes(false)) return host;
  }
}

async function takesConnections(host: string, port: number): Promise<boolean> {
  const server = createServer();
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
