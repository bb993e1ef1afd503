/** WAV files (RIFF), as far as both planes have to know them: where their audio is, and what it is. */

/** Format tags of the registry of RFC 2361. */
export const WAV_FORMATS = { pcm: 1, alaw: 6, mulaw: 7 } as const;
/** WAVE_FORMAT_EXTENSIBLE: the format proper is the first field of a GUID. */
const EXTENSIBLE = 0xfffe;

export interface WavParts {
  /** Of `WAV_FORMATS`, or another that nothing here reads. */
  readonly format: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bitsPerSample: number;
  /** Of the audio, in bytes. */
  readonly dataStart: number;
  readonly dataBytes: number;
}

/** The parts of a WAV file, or what is wrong with it: the end of a sentence that begins with "it". */
export function findWavParts(bytes: Uint8Array): WavParts | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12 || text(view, 0) !== "RIFF" || text(view, 8) !== "WAVE") {
    return "is not a WAV file";
  }
  let format: Omit<WavParts, "dataStart" | "dataBytes"> | null = null;
  for (let offset = 12; offset + 8 <= view.byteLength; ) {
    const name = text(view, offset);
    const start = offset + 8;
    // Streamed files leave the length of the last chunk open: what is there counts.
    const length = Math.min(view.getUint32(offset + 4, true), view.byteLength - start);
    if (name === "fmt ") {
      if (length < 16) return "has a format that is cut short";
      format = readFormat(view, start, length);
    }
    if (name === "data") {
      if (format === null) return "has its data before its format";
      return { ...format, dataStart: start, dataBytes: length };
    }
    offset = start + length + (length % 2);
  }
  return "holds no audio";
}

function readFormat(view: DataView, start: number, length: number) {
  const declared = view.getUint16(start, true);
  return {
    format: declared === EXTENSIBLE && length >= 26 ? view.getUint16(start + 24, true) : declared,
    channels: view.getUint16(start + 2, true),
    sampleRateHz: view.getUint32(start + 4, true),
    bitsPerSample: view.getUint16(start + 14, true),
  };
}

function text(view: DataView, offset: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, 4));
}
