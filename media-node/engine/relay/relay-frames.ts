import { z } from "zod";

/**
 * What two nodes of a region say to each other: a length (4 octets, of all that follows), the length of the head
 * (2 octets), the head as JSON, and a SIP message as it stands on the wire, or nothing.
 */

const flowSchema = z.string().min(1).max(128);
const idSchema = z.number().int().nonnegative();

const headSchema = z.discriminatedUnion("kind", [
  /** A request, with where it came from. Answers to it name `flow`, which means something to its sender only. */
  z.object({
    kind: z.literal("request"),
    id: idSchema,
    flow: flowSchema,
    transport: z.enum(["tls", "tcp", "udp"]),
    address: z.string().min(1).max(64),
    port: z.number().int().min(0).max(65_535),
  }),
  /** Whether the request of this number is the receiver's business; said at once, whatever becomes of it. */
  z.object({ kind: z.literal("verdict"), id: idSchema, isTaken: z.boolean() }),
  z.object({ kind: z.literal("response"), flow: flowSchema }),
]);
export type RelayHead = z.infer<typeof headSchema>;

export interface RelayFrame {
  readonly head: RelayHead;
  /** Empty in a verdict. */
  readonly sip: Uint8Array;
}

const LENGTH_BYTES = 4;
const HEAD_LENGTH_BYTES = 2;
const MAX_HEAD_BYTES = 1_024;
const NOTHING = new Uint8Array(0);

export function writeRelayFrame(head: RelayHead, sip: Uint8Array = NOTHING): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const frame = Buffer.alloc(LENGTH_BYTES + HEAD_LENGTH_BYTES + text.length + sip.length);
  frame.writeUInt32BE(frame.length - LENGTH_BYTES, 0);
  frame.writeUInt16BE(text.length, LENGTH_BYTES);
  text.copy(frame, LENGTH_BYTES + HEAD_LENGTH_BYTES);
  frame.set(sip, LENGTH_BYTES + HEAD_LENGTH_BYTES + text.length);
  return frame;
}

/** Cuts what a connection brings into frames. It keeps one frame at most, and nothing after a malformed one. */
export class RelayFrameReader {
  readonly #maxFrameBytes: number;
  #pending: Buffer = Buffer.alloc(0);

  constructor(maxMessageBytes: number) {
    this.#maxFrameBytes = HEAD_LENGTH_BYTES + MAX_HEAD_BYTES + maxMessageBytes;
  }

  /** The frames that are complete now; null: it is not our protocol, and the connection is worth nothing. */
  push(chunk: Uint8Array): readonly RelayFrame[] | null {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const frames: RelayFrame[] = [];
    for (;;) {
      if (this.#pending.length < LENGTH_BYTES) return frames;
      const bytes = this.#pending.readUInt32BE(0);
      if (bytes < HEAD_LENGTH_BYTES || bytes > this.#maxFrameBytes) return null;
      if (this.#pending.length < LENGTH_BYTES + bytes) return frames;
      const frame = readFrame(this.#pending.subarray(LENGTH_BYTES, LENGTH_BYTES + bytes));
      if (frame === null) return null;
      frames.push(frame);
      this.#pending = this.#pending.subarray(LENGTH_BYTES + bytes);
    }
  }
}

function readFrame(bytes: Buffer): RelayFrame | null {
  const headEnd = HEAD_LENGTH_BYTES + bytes.readUInt16BE(0);
  if (headEnd > HEAD_LENGTH_BYTES + MAX_HEAD_BYTES || headEnd > bytes.length) return null;
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8", HEAD_LENGTH_BYTES, headEnd));
  } catch {
    return null;
  }
  const parsed = headSchema.safeParse(json);
  // A copy: the message outlives what else the connection has brought.
  return parsed.success ? { head: parsed.data, sip: Buffer.from(bytes.subarray(headEnd)) } : null;
}
