import { createSocket } from "node:dgram";
import { connect, isIP, type Socket } from "node:net";
import type { Clock } from "./call/ports.ts";

/** How HEP packets reach a collector. Nothing waits for it, and what may wait is bounded. */

export interface HepPlace {
  /** An IP address: nothing is looked up. */
  readonly address: string;
  readonly port: number;
}

export interface HepWire extends AsyncDisposable {
  /** Takes the packet, or says at once that it is lost. */
  send(packet: Buffer): void;
}

export interface HepWireEvents {
  readonly sent: () => void;
  readonly lost: (detail: string) => void;
}

/** Packets that the system has not taken yet: beyond them further ones are lost. */
const MAX_UNSENT = 500;
/** The same of a connection, which may be away for a while. */
const MAX_QUEUED = 2_000;
/** Of a connection's own buffer: what is in it is lost with the connection. */
const MAX_BUFFERED_BYTES = 262_144;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;
/** A collector that takes nothing for so long is connected to anew. */
const STALLED_MS = 10_000;
const LAST_WORDS_MS = 500;

export function openHepUdp(place: HepPlace, { sent, lost }: HepWireEvents): HepWire {
  const socket = createSocket(isIP(place.address) === 6 ? "udp6" : "udp4").unref();
  let unsent = 0;
  socket.on("error", (error) => lost(error.message));
  return {
    send(packet) {
      if (unsent >= MAX_UNSENT) {
        lost("the socket takes no more");
        return;
      }
      unsent += 1;
      socket.send(packet, place.port, place.address, (error) => {
        unsent -= 1;
        if (error === null) sent();
        else lost(error.message);
      });
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** One connection, made again with a growing pause; a packet says its own length, so that they follow one another. */
export function openHepTcp(
  place: HepPlace,
  { sent, lost }: HepWireEvents,
  { clock, random }: { readonly clock: Pick<Clock, "after">; readonly random: () => number },
): HepWire {
  const queue: Buffer[] = [];
  let socket: Socket | null = null;
  let isOpen = false;
  let isClosed = false;
  let retryMs = FIRST_RETRY_MS;
  let retry: Disposable | null = null;

  function open(): void {
    const made = connect({ host: place.address, port: place.port, keepAlive: true });
    socket = made;
    made.setTimeout(STALLED_MS);
    made.on("connect", () => {
      isOpen = true;
      retryMs = FIRST_RETRY_MS;
      flush();
    });
    made.on("drain", flush);
    // What a collector says is read, so that its end is seen, and is nobody's concern.
    made.resume();
    made.on("timeout", () => {
      if (!isOpen || made.writableLength > 0) made.destroy();
    });
    made.on("error", () => undefined);
    made.on("close", () => {
      isOpen = false;
      if (isClosed) return;
      retry = clock.after(retryMs * (0.5 + random() / 2), open);
      retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
    });
  }

  function flush(): void {
    while (socket !== null && isOpen && socket.writableLength < MAX_BUFFERED_BYTES) {
      const packet = queue.shift();
      if (packet === undefined) return;
      socket.write(packet, (error) => {
        if (error == null) sent();
        else lost(error.message);
      });
    }
  }

  open();
  return {
    send(packet) {
      if (queue.length >= MAX_QUEUED) {
        lost("the collector takes no more");
        return;
      }
      queue.push(packet);
      flush();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      retry?.[Symbol.dispose]();
      const last = socket;
      if (last === null) return;
      const closed = new Promise<void>((resolve) => last.once("close", () => resolve()));
      using _limit = clock.after(LAST_WORDS_MS, () => last.destroy());
      if (isOpen) last.end();
      else last.destroy();
      if (!last.closed) await closed;
    },
  };
}
