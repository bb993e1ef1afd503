import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import {
  type MappedAddress,
  readBindingSuccess,
  writeBindingRequest,
} from "../../media-node/protocol/stun/binding.ts";

/** RFC 8489 §6.2.1 asks seven times over 39.5 s: whoever waits at a terminal has not the patience. */
const PAUSES_MS = [300, 600, 1_200];

/** The address that a server sees us at; null when nobody answers. */
export async function askStun(
  server: { readonly address: string; readonly port: number; readonly family: 4 | 6 },
  signal: AbortSignal,
): Promise<MappedAddress | null> {
  const socket = createSocket(server.family === 6 ? "udp6" : "udp4");
  const transaction = randomBytes(12);
  const request = writeBindingRequest(transaction);
  const answered = Promise.withResolvers<MappedAddress | null>();
  socket.on("message", (datagram) => {
    const mapped = readBindingSuccess(datagram, transaction);
    if (mapped !== null) answered.resolve(mapped);
  });
  // Port unreachable: nobody is there, or a firewall says so.
  socket.on("error", () => answered.resolve(null));
  try {
    socket.connect(server.port, server.address);
    await once(socket, "connect");
    for (const pauseMs of PAUSES_MS) {
      // What has been aborted tells nobody again.
      if (signal.aborted) return null;
      socket.send(request);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(pauseMs)]);
      const late = once(limit, "abort").then(() => "late" as const);
      const outcome = await Promise.race([answered.promise, late]);
      if (outcome !== "late") return outcome;
    }
    return null;
  } finally {
    socket.close();
  }
}
