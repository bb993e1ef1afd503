import type { AudioEncoding } from "./audio-encoding.ts";
import { CHANNELS } from "./page-ring.ts";

const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;
const PCM_FORMAT = 1;

/** RIFF WAVE, 16-bit PCM. Its header tells how long it is, so that has to be known. */
export function createWavEncoding(sampleRateHz: number, samples: number): AudioEncoding {
  const blockBytes = CHANNELS * SAMPLE_BYTES;
  const audioBytes = samples * blockBytes;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(HEADER_BYTES - 8 + audioBytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM_FORMAT, 20);
  header.writeUInt16LE(CHANNELS, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * blockBytes, 28);
  header.writeUInt16LE(blockBytes, 32);
  header.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(audioBytes, 40);
  let isBegun = false;
  return {
    encode(audio) {
      if (isBegun) return audio;
      isBegun = true;
      return Buffer.concat([header, audio]);
    },
    finish: () => (isBegun ? Buffer.alloc(0) : header),
  };
}
