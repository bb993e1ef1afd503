import { createSocket, type Socket } from "node:dgram";

/**
 * Packets in and out. The portable form is one node:dgram socket per port; a back end that receives in batches implements
 * the same two interfaces.
 */
export interface MediaIo {
  /**
   * Binds one UDP port; 0 lets the system choose. Null when the port is taken or not ours to bind.
   *
   * @throws Error for any other cause, as an address that this machine does not have.
   */
  bind(address: string, port: number): Promise<UdpEndpoint | null>;
}

/** The packet belongs to the handler until it returns. */
export type PacketHandler = (
  packet: Buffer,
  length: number,
  sourceAddress: string,
  sourcePort: number,
) => void;

export interface UdpEndpoint {
  readonly port: number;
  /** Null drains: what arrives is read and dropped. */
  receive(handler: PacketHandler | null): void;
  /**
   * Sends the first `length` bytes. The buffer may be written again with the next packet of the same call. Failures are
   * those of a network: counted, not reported.
   */
  send(packet: Buffer, length: number, address: string, port: number): void;
  readonly sendFailures: number;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/** Addresses are always literals: nothing to look up, and `send` stays synchronous. */
function literalLookup(
  host: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, host, host.includes(":") ? 6 : 4);
}

export const dgramMediaIo: MediaIo = {
  bind(address, port) {
    const isIpv6 = address.includes(":");
    const socket = createSocket({ type: isIpv6 ? "udp6" : "udp4", lookup: literalLookup });
    return new Promise((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(null);
        else reject(error);
      });
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        resolve(new DgramEndpoint(socket));
      });
    });
  },
};

class DgramEndpoint implements UdpEndpoint {
  readonly #socket: Socket;
  readonly port: number;
  #handler: PacketHandler | null = null;
  #isClosed = false;
  sendFailures = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    // An ICMP error of an earlier packet surfaces here; without a listener it would end the process.
    socket.on("error", () => {
      this.sendFailures += 1;
    });
    socket.on("message", (packet, source) => {
      const address = source.address.startsWith("::ffff:")
        ? source.address.slice("::ffff:".length)
        : source.address;
      this.#handler?.(packet, packet.length, address, source.port);
    });
  }

  receive(handler: PacketHandler | null): void {
    this.#handler = handler;
  }

  send(packet: Buffer, length: number, address: string, port: number): void {
    if (this.#isClosed) return;
    this.#socket.send(packet, 0, length, port, address, this.#sent);
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.sendFailures += 1;
  };

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#handler = null;
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}
