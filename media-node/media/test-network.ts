import type { MediaIo, PacketHandler, UdpEndpoint } from "./media-io.ts";

/** UDP inside the test: packets arrive in the call that sends them. For tests whose time is injected. */
export interface TestNetwork extends MediaIo {
  /** Everything that was sent, delivered or not. */
  readonly sent: { readonly packet: Buffer; readonly address: string; readonly port: number }[];
  /** A packet from a source that has no endpoint. */
  inject(packet: Buffer, fromAddress: string, fromPort: number, toPort: number): void;
}

export function createTestNetwork(): TestNetwork {
  const handlers = new Map<number, PacketHandler | null>();
  const sent: TestNetwork["sent"] = [];
  let nextPort = 40_000;
  const inject: TestNetwork["inject"] = (packet, fromAddress, fromPort, toPort) => {
    const copy = Buffer.from(packet);
    handlers.get(toPort)?.(copy, copy.length, fromAddress, fromPort);
  };
  return {
    sent,
    inject,
    bind(address, wantedPort) {
      const port = wantedPort === 0 ? nextPort++ : wantedPort;
      if (handlers.has(port)) return Promise.resolve(null);
      handlers.set(port, null);
      const endpoint: UdpEndpoint = {
        port,
        receive: (handler) => void handlers.set(port, handler),
        send(packet, length, toAddress, toPort) {
          const copy = Buffer.from(packet.subarray(0, length));
          sent.push({ packet: copy, address: toAddress, port: toPort });
          inject(copy, address, port, toPort);
        },
        close() {
          handlers.delete(port);
          return Promise.resolve();
        },
      };
      return Promise.resolve(endpoint);
    },
  };
}
