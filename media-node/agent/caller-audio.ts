import { frameRateHz } from "../media/media-session.ts";
import { RateConverter } from "../media/rate-converter.ts";
import type { AgentSocket } from "./websocket/agent-socket.ts";

/** What may wait in the socket before frames wait here, where the oldest can still be dropped. */
const SOCKET_MS = 200;
/** What may wait here: an agent that is further behind hears the present, not the past. */
const QUEUE_MS = 2_000;

type AudioSocket = Pick<AgentSocket, "isOpen" | "bufferedAmount" | "sendBinary">;

/** The caller's audio on its way to the agent; bounded, the oldest is dropped first. */
export class CallerAudio {
  readonly #socket: AudioSocket;
  readonly #converter = new RateConverter();
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

  /** One frame of 20 ms, which leaves at `sampleRateHz`. */
  send(frame: Int16Array, sampleRateHz: number): void {
    if (!this.#socket.isOpen) return;
    const pcm = this.#converter.convert(frame, frameRateHz(frame), sampleRateHz);
    const bytesPerMs = (sampleRateHz * 2) / 1_000;
    const socketBytes = SOCKET_MS * bytesPerMs;
    const length = pcm.length * 2;
    if (this.#waiting.length === 0 && this.#socket.bufferedAmount < socketBytes) {
      if (this.#direct.length !== length) this.#direct = Buffer.alloc(length);
      this.#socket.sendBinary(write(pcm, this.#direct));
      return;
    }
    this.#waiting.push(write(pcm, Buffer.allocUnsafe(length)));
    this.#waitingBytes += length;
    this.#flush(socketBytes);
    while (this.#waitingBytes > QUEUE_MS * bytesPerMs) {
      this.#waitingBytes -= this.#waiting.shift()?.length ?? 0;
      this.#framesDropped += 1;
    }
  }

  /** Each frame that leaves makes room for the next; a frame comes every 20 ms, so nothing else is needed. */
  #flush(socketBytes: number): void {
    while (this.#waiting.length > 0 && this.#socket.bufferedAmount < socketBytes) {
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
