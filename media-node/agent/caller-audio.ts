import type { AgentSocket } from "./websocket/agent-socket.ts";

/** 16-bit samples at 8 kHz. */
const BYTES_PER_MS = 16;
/** What may wait in the socket before frames wait here, where the oldest can still be dropped. */
const SOCKET_BYTES = 200 * BYTES_PER_MS;
/** What may wait here: an agent that is further behind hears the present, not the past. */
const QUEUE_BYTES = 2_000 * BYTES_PER_MS;

type AudioSocket = Pick<AgentSocket, "isOpen" | "bufferedAmount" | "sendBinary">;

/** The caller's audio on its way to the agent; bounded, the oldest is dropped first. */
export class CallerAudio {
  readonly #socket: AudioSocket;
  readonly #waiting: Buffer[] = [];
  /** The frame that goes at once, as most do: nothing is made for it. */
  #direct = Buffer.alloc(0);
  #waitingBytes = 0;
  #framesDropped = 0;

  constructor(socket: AudioSocket) {
    this.#socket = socket;
  }

  get framesDropped(): number {
    return this.#framesDropped;
  }

  send(frame: Int16Array): void {
    if (!this.#socket.isOpen) return;
    const length = frame.length * 2;
    if (this.#waiting.length === 0 && this.#socket.bufferedAmount < SOCKET_BYTES) {
      if (this.#direct.length !== length) this.#direct = Buffer.alloc(length);
      this.#socket.sendBinary(write(frame, this.#direct));
      return;
    }
    this.#waiting.push(write(frame, Buffer.allocUnsafe(length)));
    this.#waitingBytes += length;
    this.#flush();
    while (this.#waitingBytes > QUEUE_BYTES) {
      this.#waitingBytes -= this.#waiting.shift()?.length ?? 0;
      this.#framesDropped += 1;
    }
  }

  /** Each frame that leaves makes room for the next; a frame comes every 20 ms, so nothing else is needed. */
  #flush(): void {
    while (this.#waiting.length > 0 && this.#socket.bufferedAmount < SOCKET_BYTES) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) return;
      this.#waitingBytes -= bytes.length;
      this.#socket.sendBinary(bytes);
    }
  }
}

function write(frame: Int16Array, bytes: Buffer): Buffer {
  for (let i = 0; i < frame.length; i++) bytes.writeInt16LE(frame[i] ?? 0, i * 2);
  return bytes;
}
