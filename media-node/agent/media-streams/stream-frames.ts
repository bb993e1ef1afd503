import { FRAME_MS } from "../../media/media-session.ts";
import { encodeG711, G711_CODECS } from "../../protocol/audio/g711.ts";
import type { CallerFrames } from "../caller-audio.ts";
import type { AgentSocket } from "../websocket/agent-socket.ts";
import type { MediaMessage } from "./media-message.ts";

/** What is kept of a frame: its time in the stream, then its codes. */
const TIMESTAMP_BYTES = 4;

/** The caller's frames as `media` messages. */
export class StreamFrames implements CallerFrames {
  readonly #socket: Pick<AgentSocket, "sendTextBytes">;
  readonly #message: MediaMessage;
  readonly #nextSequenceNumber: () => number;
  #timestampMs = 0;
  #chunk = 0;
  #heldSinceMs: number | null = null;

  constructor(
    socket: Pick<AgentSocket, "sendTextBytes">,
    message: MediaMessage,
    nextSequenceNumber: () => number,
  ) {
    this.#socket = socket;
    this.#message = message;
    this.#nextSequenceNumber = nextSequenceNumber;
  }

  /** No frames come in a hold, and yet the stream goes on. */
  held(isHeld: boolean, nowMs: number): void {
    if (isHeld) this.#heldSinceMs ??= nowMs;
    else if (this.#heldSinceMs !== null) {
      this.#timestampMs += Math.round(nowMs - this.#heldSinceMs);
      this.#heldSinceMs = null;
    }
  }

  keptBytes(samples: number): number {
    return TIMESTAMP_BYTES + samples;
  }

  keep(pcm: Int16Array, kept: Buffer): void {
    kept.writeUInt32BE(this.#timestampMs, 0);
    encodeG711(G711_CODECS.PCMU, pcm, pcm.length, kept, TIMESTAMP_BYTES);
    this.#timestampMs += FRAME_MS;
  }

  wireBytes(keptBytes: number): number {
    return this.#message.mostBytes(keptBytes - TIMESTAMP_BYTES);
  }

  /** Numbered as it leaves, so that the numbers are in the order of the wire and have no gap where frames were dropped. */
  send(kept: Buffer): void {
    this.#chunk += 1;
    const number = this.#nextSequenceNumber();
    const timestampMs = kept.readUInt32BE(0);
    this.#socket.sendTextBytes(
      this.#message.write(number, this.#chunk, timestampMs, kept, TIMESTAMP_BYTES),
    );
  }
}
