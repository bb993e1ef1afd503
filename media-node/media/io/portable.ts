import { createSocket, type Socket } from "node:dgram";
import {
  BindFault,
  MAX_PACKET_BYTES,
  type MediaIoFailures,
  type OpenMediaIo,
  type PacketHandler,
  type UdpEndpoint,
} from "../media-io.ts";

/** One node:dgram socket per port: runs wherever Node does. */
export function openPortableIo(): OpenMediaIo {
  const endpoints = new Set<UdpEndpoint>();
  const failures: MediaIoFailures = { send: 0, receive: 0 };
  return {
    kind: "portable",
    failures,
    async bind(address, port) {
      const isIpv6 = address.includes(":");
      const socket = createSocket({ type: isIpv6 ? "udp6" : "udp4", lookup: literalLookup });
      const code = await bound(socket, address, port);
      if (code === "EADDRINUSE" || code === "EACCES") return null;
      if (code !== null) throw new BindFault(address, port, code);
      const endpoint = new DgramEndpoint(socket, isIpv6, failures, () =>
        endpoints.delete(endpoint),
      );
      endpoints.add(endpoint);
      return endpoint;
    },
    async close() {
      await Promise.all([...endpoints].map((endpoint) => endpoint.close()));
    },
  };
}

/** Null, or why the socket, now closed, could not be bound. */
function bound(socket: Socket, address: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? error.name);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(null);
    });
  });
}

/** Addresses are always literals: nothing to look up, and `send` stays synchronous. */
function literalLookup(
  host: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, host, host.includes(":") ? 6 : 4);
}

/** RFC 4291 §2.5.5.2: how a socket of IPv6 writes IPv4 addresses. */
const MAPPED_PREFIX = "::ffff:";

class DgramEndpoint implements UdpEndpoint {
  readonly #socket: Socket;
  readonly #isIpv6: boolean;
  readonly #failures: MediaIoFailures;
  readonly #closed: () => void;
  readonly port: number;
  #handler: PacketHandler | null = null;
  #isClosed = false;
  /** The last source and the last target, as the socket writes them and as everybody else does. */
  #rawSource = "";
  #source = "";
  #target = "";
  #rawTarget = "";

  constructor(socket: Socket, isIpv6: boolean, failures: MediaIoFailures, closed: () => void) {
    this.#socket = socket;
    this.#isIpv6 = isIpv6;
    this.#failures = failures;
    this.#closed = closed;
    this.port = socket.address().port;
    // An ICMP error of an earlier packet surfaces here; without a listener it would end the process.
    socket.on("error", () => {
      this.#failures.receive += 1;
    });
    socket.on("message", (packet, { address, port }) => {
      if (packet.length > MAX_PACKET_BYTES) this.#failures.receive += 1;
      else this.#handler?.(packet, packet.length, this.#sourceOf(address), port);
    });
  }

  #sourceOf(raw: string): string {
    if (raw !== this.#rawSource) {
      this.#rawSource = raw;
      this.#source = raw.startsWith(MAPPED_PREFIX) ? raw.slice(MAPPED_PREFIX.length) : raw;
    }
    return this.#source;
  }

  receive(handler: PacketHandler | null): void {
    this.#handler = handler;
  }

  send(packet: Buffer, length: number, address: string, port: number): void {
    if (this.#isClosed) return;
    if (address !== this.#target) {
      this.#target = address;
      const isMapped = this.#isIpv6 && !address.includes(":");
      this.#rawTarget = isMapped ? MAPPED_PREFIX + address : address;
    }
    try {
      this.#socket.send(packet, 0, length, port, this.#rawTarget, this.#sent);
    } catch {
      // Port 0, which no packet goes to.
      this.#failures.send += 1;
    }
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#failures.send += 1;
  };

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#handler = null;
    this.#closed();
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}
