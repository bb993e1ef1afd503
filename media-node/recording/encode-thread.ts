import { parentPort, workerData } from "node:worker_threads";
import type { AudioEncoding } from "./audio-encoding.ts";
import type { EncodeOrder, FromEncodeThread } from "./encoded-recording.ts";
import { createMp3Encoding } from "./mp3-encoder.ts";
import { FRAME_BYTES, openRecording, type RecordingReader } from "./recording-file.ts";
import { createWavEncoding } from "./wav-encoder.ts";

/** A thread that makes a file for people out of a recording on the disk, a block for each time that it is asked. */

/** Given away at once, at least. */
const BLOCK_BYTES = 262_144;

function tell(message: FromEncodeThread, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

/** How much of the file is good: what a WAV file says at its beginning. */
async function measure({ path, key }: EncodeOrder) {
  await using reader = await openRecording(path);
  if (reader === null) return null;
  let bytes = 0;
  for (let chunk = await reader.next(key); chunk !== null; chunk = await reader.next(key)) {
    bytes += chunk.length;
  }
  const { sampleRateHz } = reader.head;
  return { sampleRateHz, samples: bytes / FRAME_BYTES, isComplete: reader.isComplete };
}

async function* encode(
  reader: RecordingReader,
  key: Uint8Array,
  encoding: AudioEncoding,
): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for (let chunk = await reader.next(key); chunk !== null; chunk = await reader.next(key)) {
    const encoded = encoding.encode(chunk);
    held.push(encoded);
    bytes += encoded.length;
    if (bytes < BLOCK_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  held.push(encoding.finish());
  yield Buffer.concat(held);
}

async function run(order: EncodeOrder): Promise<void> {
  const measured = await measure(order);
  if (measured === null) {
    tell({ kind: "unreadable" });
    return;
  }
  tell({ kind: "measured", ...measured });
  await using reader = await openRecording(order.path);
  if (reader === null) return;
  const { sampleRateHz, samples } = measured;
  const encoding =
    order.format === "mp3"
      ? await createMp3Encoding(sampleRateHz)
      : createWavEncoding(sampleRateHz, samples);
  const blocks = encode(reader, order.key, encoding);
  for (;;) {
    await asked();
    const { value, done } = await blocks.next();
    if (done === true) {
      tell({ kind: "end" });
      return;
    }
    const bytes = new Uint8Array(value);
    tell({ kind: "block", bytes }, [bytes.buffer]);
  }
}

function asked(): Promise<void> {
  return new Promise((resolve) => {
    parentPort?.once("message", () => resolve());
  });
}

// The thread is started with nothing else.
run(workerData as EncodeOrder).catch((fault: unknown) => {
  tell({ kind: "failed", detail: fault instanceof Error ? fault.message : "a defect" });
});
