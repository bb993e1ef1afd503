import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { audioDigestSchema, playableWav } from "../../schema/contracts/agent-audio.ts";
import { WAV_FORMATS, type WavParts } from "../../schema/values/wav.ts";
import { decodeG711, G711_CODECS } from "../protocol/audio/g711.ts";

/** Audio files that agents may have played, as they lie on the node's disk. */

export interface FileAudio {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
}

export interface AudioFolder {
  /** Null when it is not there, or nothing that can be played. Never rejects. */
  read(sha256: string): Promise<FileAudio | null>;
}

export function createAudioFolder(directory: string): AudioFolder {
  return {
    async read(sha256) {
      if (!audioDigestSchema.safeParse(sha256).success) return null;
      const bytes = await readFile(join(directory, `${sha256}.wav`)).catch(() => null);
      if (bytes === null) return null;
      const wav = playableWav(bytes);
      if (typeof wav === "string") return null;
      return { pcm: samplesOf(bytes, wav), sampleRateHz: wav.sampleRateHz };
    },
  };
}

function samplesOf(bytes: Buffer, { format, dataStart, dataBytes }: WavParts): Int16Array {
  if (format === WAV_FORMATS.pcm) {
    const pcm = new Int16Array(Math.floor(dataBytes / 2));
    for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(dataStart + 2 * i);
    return pcm;
  }
  const codec = format === WAV_FORMATS.alaw ? G711_CODECS.PCMA : G711_CODECS.PCMU;
  const pcm = new Int16Array(dataBytes);
  decodeG711(codec, bytes, dataStart, dataBytes, pcm);
  return pcm;
}
