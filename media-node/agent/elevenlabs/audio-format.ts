import { decodeG711, encodeG711, G711_CODECS } from "../../protocol/audio/g711.ts";
import { samplesOf } from "../native-messages.ts";

/** An encoding of audio by the name that the vendor gives it: linear PCM is 16-bit little-endian, and all of it is mono. */
export interface AudioFormat {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly bytesPerSample: 1 | 2;
  /** Into the start of `out`, which has room for it. */
  encode(pcm: Int16Array, out: Buffer): void;
  /** Null when the bytes are no whole samples. */
  decode(bytes: Buffer): Int16Array | null;
}

const LINEAR = {
  bytesPerSample: 2,
  encode(pcm: Int16Array, out: Buffer): void {
    for (let i = 0; i < pcm.length; i++) out.writeInt16LE(pcm[i] ?? 0, i * 2);
  },
  decode: (bytes: Buffer): Int16Array | null =>
    bytes.length % 2 === 0 ? samplesOf(bytes, 0, bytes.length) : null,
} as const;

const MU_LAW = {
  bytesPerSample: 1,
  encode(pcm: Int16Array, out: Buffer): void {
    encodeG711(G711_CODECS.PCMU, pcm, pcm.length, out, 0);
  },
  decode(bytes: Buffer): Int16Array {
    const pcm = new Int16Array(bytes.length);
    decodeG711(G711_CODECS.PCMU, bytes, 0, bytes.length, pcm);
    return pcm;
  },
} as const;

const FORMATS: ReadonlyMap<string, AudioFormat> = new Map(
  [
    ...[8_000, 16_000, 22_050, 24_000, 44_100, 48_000].map((sampleRateHz) => ({
      name: `pcm_${sampleRateHz}`,
      sampleRateHz,
      ...LINEAR,
    })),
    { name: "ulaw_8000", sampleRateHz: 8_000, ...MU_LAW },
  ].map((format) => [format.name, format]),
);

/** Null for one that there is not. */
export function audioFormat(name: string): AudioFormat | null {
  return FORMATS.get(name) ?? null;
}
