import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { ImpairedPath, type Impairment } from "./impairment.ts";

/** A bad network between two UDP ports of this machine: one direction impaired, the other as it is. */
export interface UdpRelay extends AsyncDisposable {
  /** Where the impaired sender sends to, and where the other one does. */
  readonly nearPort: number;
  readonly farPort: number;
  /** Says where the two ends are; until then everything is dropped. */
  join(nearEndPort: number, farEndPort: number): void;
}

const HOST = "127.0.0.1";

export async function openUdpRelay(impairment: Impairment, seed: number): Promise<UdpRelay> {
  const near = createSocket("udp4");
  const far = createSocket("udp4");
  near.bind(0, HOST);
  far.bind(0, HOST);
  await Promise.all([once(near, "listening"), once(far, "listening")]);
  return new Relay(near, far, new ImpairedPath(impairment, seed));
}

class Relay implements UdpRelay {
  readonly nearPort: number;
  readonly farPort: number;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(near: Socket, far: Socket, path: ImpairedPath) {
    this.#near = near;
    this.#far = far;
    this.nearPort = near.address().port;
    this.farPort = far.address().port;
    this.#path = path;
  }

  readonly #path: ImpairedPath;

  join(nearEndPort: number, farEndPort: number): void {
    this.#near.on("message", (packet) => {
      const nowMs = performance.now();
      for (const atMs of this.#path.arrivals(nowMs)) {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#far.send(packet, farEndPort, HOST);
        }, atMs - nowMs);
        this.#timers.add(timer);
      }
    });
    this.#far.on("message", (packet) => this.#near.send(packet, nearEndPort, HOST));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(
      [this.#near, this.#far].map(
        (socket) => new Promise<void>((done) => socket.close(() => done())),
      ),
    );
  }
}
