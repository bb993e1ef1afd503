import { frameRateHz } from "../media/media-session.ts";
import { RateConverter } from "../media/rate-converter.ts";
import type { AgentSocket } from "./websocket/agent-socket.ts";

/** What may wait in the socket before frames wait here, where the oldest can still be dropped: 200 ms. */
const SOCKET_FRAMES = 10;
/** What may wait here, 2 s: an agent that is further behind hears the present, not the past. */
const QUEUE_FRAMES = 100;

/** How a frame of the caller's audio stands on the wire. */
export interface CallerFrames {
  /** What is kept of a frame of so many samples until it leaves. */
  keptBytes(samples: number): number;
  /** Of each frame, as it comes. */
  keep(pcm: Int16Array, kept: Buffer): void;
  /** About what a kept frame takes in the socket. */
  wireBytes(keptBytes: number): number;
  /** The memory is not needed when this returns. */
  send(kept: Buffer): void;
}

type AudioSocket = Pick<AgentSocket, "isOpen" | "bufferedAmount">;

/** The caller's audio on its way to the agent; bounded, the oldest is dropped first. */
export class CallerAudio {
  readonly #socket: AudioSocket;
  readonly #frames: CallerFrames;
  readonly #converter = new RateConverter();
  readonly #waiting: Buffer[] = [];
  /** The frame that goes at once, as most do: nothing is made for it. */
  #direct = Buffer.alloc(0);
  #framesDropped = 0;

  constructor(socket: AudioSocket, frames: CallerFrames) {
    this.#socket = socket;
    this.#frames = frames;
  }

  get framesDropped(): number {
    return this.#framesDropped;
  }

  /** One frame of 20 ms, which leaves at `sampleRateHz`. */
  send(frame: Int16Array, sampleRateHz: number): void {
    if (!this.#socket.isOpen) return;
    const pcm = this.#converter.convert(frame, frameRateHz(frame), sampleRateHz);
    const length = this.#frames.keptBytes(pcm.length);
    const socketBytes = SOCKET_FRAMES * this.#frames.wireBytes(length);
    if (this.#waiting.length === 0 && this.#socket.bufferedAmount < socketBytes) {
      if (this.#direct.length !== length) this.#direct = Buffer.alloc(length);
      this.#frames.keep(pcm, this.#direct);
      this.#frames.send(this.#direct);
      return;
    }
    const kept = Buffer.allocUnsafe(length);
    this.#frames.keep(pcm, kept);
    this.#waiting.push(kept);
    this.#flush(socketBytes);
    while (this.#waiting.length > QUEUE_FRAMES) {
      this.#waiting.shift();
      this.#framesDropped += 1;
    }
  }

  /** Each frame that leaves makes room for the next; a frame comes every 20 ms, so nothing else is needed. */
  #flush(socketBytes: number): void {
    while (this.#socket.bufferedAmount < socketBytes) {
      const kept = this.#waiting.shift();
      if (kept === undefined) return;
      this.#frames.send(kept);
    }
  }
}

/** 16-bit little-endian samples and nothing else, one binary message a frame. */
export function createPcmFrames(socket: Pick<AgentSocket, "sendBinary">): CallerFrames {
  return {
    keptBytes: (samples) => samples * 2,
    keep(pcm, kept) {
      for (let i = 0; i < pcm.length; i++) kept.writeInt16LE(pcm[i] ?? 0, i * 2);
    },
    wireBytes: (keptBytes) => keptBytes,
    send: (kept) => socket.sendBinary(kept),
  };
}
