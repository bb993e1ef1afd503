import { createCipheriv, createDecipheriv } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

/**
 * A recording on the node's disk, never in clear: chunks under AES-256-GCM with a key that belongs to this file alone.
 *
 *   magic (8) | sample rate (4) | length of the facts (4) | facts, sealed by whoever made the key
 *   chunk: length of the audio (4, top bit: the last chunk) | ciphertext | tag (16)
 *
 * The nonce is the number of the chunk; magic, rate and length are its additional data. A file that was cut off anywhere is
 * good up to its last whole chunk. Audio is 16-bit little-endian, left and right in turn.
 */
const MAGIC = Buffer.from("TLREC\0\0\u0001", "latin1");
const HEAD_BYTES = MAGIC.length + 8;
const MAX_FACTS_BYTES = 65_536;
const WORD_BYTES = 4;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const IS_LAST = 0x8000_0000;
const MAX_CHUNK_BYTES = 1_048_576;
export const FRAME_BYTES = 4;

export function writeHead(sampleRateHz: number, facts: string): Buffer {
  const text = Buffer.from(facts, "utf8");
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  head.writeUInt32BE(sampleRateHz, MAGIC.length);
  head.writeUInt32BE(text.length, MAGIC.length + 4);
  return Buffer.concat([head, text]);
}

/** One chunk as it stands in the file. `number` must be used once with a key. */
export function sealChunk(
  key: Uint8Array,
  sampleRateHz: number,
  number: number,
  audio: Uint8Array,
  isLast: boolean,
): Buffer {
  const word = Buffer.alloc(WORD_BYTES);
  word.writeUInt32BE((audio.length | (isLast ? IS_LAST : 0)) >>> 0);
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number));
  cipher.setAAD(additionalData(sampleRateHz, word));
  const sealed = cipher.update(audio);
  cipher.final();
  return Buffer.concat([word, sealed, cipher.getAuthTag()]);
}

/** What a file begins with; null when it is none, or cut off before its first chunk. */
interface RecordingHead {
  readonly sampleRateHz: number;
  readonly facts: string;
}

/** A file that is open for reading; chunks come in their order, once. */
export interface RecordingReader extends AsyncDisposable {
  readonly head: RecordingHead;
  /** Null: that was all; `isComplete` then says whether the end was written, or the file is cut off or altered here. */
  next(key: Uint8Array): Promise<Buffer | null>;
  readonly isComplete: boolean;
}

/** @throws the system's error when the file is there and cannot be read */
export async function openRecording(path: string): Promise<RecordingReader | null> {
  const file = await open(path, "r");
  const head = await readHead(file).catch(async (fault: unknown) => {
    await file.close();
    throw fault;
  });
  if (head === null) {
    await file.close();
    return null;
  }
  let position = HEAD_BYTES + Buffer.byteLength(head.facts);
  let number = 0;
  let isOver = false;
  let isComplete = false;
  return {
    head,
    get isComplete() {
      return isComplete;
    },
    async next(key) {
      if (isOver) return null;
      const word = await readExactly(file, position, WORD_BYTES);
      const length = word === null ? 0 : word.readUInt32BE() & ~IS_LAST;
      const sealed =
        word === null || length > MAX_CHUNK_BYTES
          ? null
          : await readExactly(file, position + WORD_BYTES, length + TAG_BYTES);
      const audio =
        word === null || sealed === null
          ? null
          : openChunk(key, head.sampleRateHz, number, word, sealed);
      if (audio === null || word === null) {
        isOver = true;
        return null;
      }
      isComplete = (word.readUInt32BE() & IS_LAST) !== 0;
      isOver = isComplete;
      position += WORD_BYTES + length + TAG_BYTES;
      number += 1;
      return audio;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

async function readHead(file: FileHandle): Promise<RecordingHead | null> {
  const head = await readExactly(file, 0, HEAD_BYTES);
  if (head === null || !head.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const sampleRateHz = head.readUInt32BE(MAGIC.length);
  const factsBytes = head.readUInt32BE(MAGIC.length + 4);
  if (factsBytes > MAX_FACTS_BYTES) return null;
  const facts = await readExactly(file, HEAD_BYTES, factsBytes);
  return facts === null ? null : { sampleRateHz, facts: facts.toString("utf8") };
}

async function readExactly(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  let held = 0;
  while (held < length) {
    const { bytesRead } = await file.read(bytes, held, length - held, position + held);
    if (bytesRead === 0) return null;
    held += bytesRead;
  }
  return bytes;
}

function openChunk(
  key: Uint8Array,
  sampleRateHz: number,
  number: number,
  word: Buffer,
  sealed: Buffer,
): Buffer | null {
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(number), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(sampleRateHz, word));
  decipher.setAuthTag(sealed.subarray(tagAt));
  const audio = decipher.update(sealed.subarray(0, tagAt));
  try {
    decipher.final();
    return audio;
  } catch {
    return null; // Another key, or altered: which one is not told.
  }
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(number, NONCE_BYTES - 4);
  return nonce;
}

function additionalData(sampleRateHz: number, word: Buffer): Buffer {
  const data = Buffer.alloc(MAGIC.length + 4 + WORD_BYTES);
  MAGIC.copy(data);
  data.writeUInt32BE(sampleRateHz, MAGIC.length);
  word.copy(data, MAGIC.length + 4);
  return data;
}
