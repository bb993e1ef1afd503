import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import type { CallLogger } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import { sourceKey } from "./engine/source-key.ts";
import { readBindingRequest, writeBindingSuccess } from "./protocol/stun/binding.ts";

/** Of one second: of one IPv4 address or IPv6 /64, and of all together, since an address costs a forger nothing. */
const MAX_OF_SOURCE = 5;
const MAX_OF_ALL = 200;
const WINDOW_MS = 1_000;

interface StunDeps {
  readonly logger: CallLogger;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** Null where it is off. Ports of media answer no STUN: what comes there belongs to a call, or to nobody. */
export interface StunService extends AsyncDisposable {
  readonly port: number | null;
}

/**
 * Tells whoever asks from which address it is seen (RFC 8489). An answer is never longer than its request, and to few.
 * @throws the system's error when the port cannot be had
 */
export async function startStunService(
  { sip, stunPort }: Pick<MediaNodeConfig, "sip" | "stunPort">,
  { logger, nowMs }: StunDeps,
): Promise<StunService> {
  if (stunPort === null) return { port: null, [Symbol.asyncDispose]: async () => undefined };
  const socket = createSocket(isIP(sip.bindAddress) === 6 ? "udp6" : "udp4");
  socket.bind(stunPort, sip.bindAddress);
  await once(socket, "listening");
  let windowAtMs = nowMs();
  const asked = new Map<string, number>();
  let total = 0;
  const isAllowed = (address: string): boolean => {
    if (nowMs() - windowAtMs >= WINDOW_MS) {
      windowAtMs = nowMs();
      asked.clear();
      total = 0;
    }
    const key = sourceKey(address);
    const count = (asked.get(key) ?? 0) + 1;
    if (count > MAX_OF_SOURCE || total >= MAX_OF_ALL) return false;
    asked.set(key, count);
    total += 1;
    return true;
  };
  socket.on("message", (datagram, { address, port }) => {
    // RFC 768: a source port of 0 says that nobody waits for an answer; there is no sending to it.
    if (port === 0) return;
    const transaction = readBindingRequest(datagram);
    if (transaction === null || !isAllowed(address)) return;
    const answer = writeBindingSuccess(transaction, { address, port });
    if (answer === null || answer.length > datagram.length) return;
    // Addresses that cannot be sent to are forged ones: no line in the log for each.
    socket.send(answer, port, address, () => undefined);
  });
  socket.on("error", (error) => logger.warn("stun_failed", { error }));
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}
