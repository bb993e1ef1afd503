import type { CodecName } from "../sdp/media-plan.ts";

/**
 * G.711 by table: 8-bit codes to 16-bit linear PCM and back, as G.711 §3 has it with the 14-bit (μ-law) or 13-bit (A-law)
 * value in the upper bits of the sample. A-law octets have their even bits inverted (G.711 §3.1).
 */
export interface G711 {
  /** 256 samples. */
  readonly decodeTable: Int16Array;
  /** 65,536 codes; the index is the sample as an unsigned 16-bit number. */
  readonly encodeTable: Uint8Array;
}

/** G.711 adds 33 to the 14-bit magnitude so that every segment begins at a power of two. */
const MU_LAW_BIAS = 33;
const MU_LAW_MAX = 0x1fff;

function encodeMuLaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 2;
  const biased = Math.min(magnitude + MU_LAW_BIAS, MU_LAW_MAX);
  const segment = 26 - Math.clz32(biased);
  const code = (segment << 4) | ((biased >> (segment + 1)) & 0x0f);
  return sample < 0 ? ~code & 0x7f : ~code & 0xff;
}

function decodeMuLaw(code: number): number {
  const bits = ~code & 0x7f;
  const segment = bits >> 4;
  const magnitude = ((2 * (bits & 0x0f) + MU_LAW_BIAS) << segment) - MU_LAW_BIAS;
  return code < 0x80 ? -magnitude * 4 : magnitude * 4;
}

function encodeALaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const segment = magnitude < 32 ? magnitude >> 4 : 28 - Math.clz32(magnitude);
  const code = (segment << 4) | ((segment < 2 ? magnitude : magnitude >> (segment - 1)) & 0x0f);
  return (sample < 0 ? code : code | 0x80) ^ 0x55;
}

function decodeALaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 0x07;
  const mantissa = 2 * (bits & 0x0f) + 1;
  const magnitude = segment === 0 ? mantissa : (mantissa + 32) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude * 8 : magnitude * 8;
}

function tablesOf(encode: (sample: number) => number, decode: (code: number) => number): G711 {
  const decodeTable = Int16Array.from({ length: 256 }, (_, code) => decode(code));
  const encodeTable = Uint8Array.from({ length: 65_536 }, (_, index) =>
    encode((index << 16) >> 16),
  );
  return { decodeTable, encodeTable };
}

export const G711_CODECS = {
  PCMU: tablesOf(encodeMuLaw, decodeMuLaw),
  PCMA: tablesOf(encodeALaw, decodeALaw),
} as const satisfies Partial<Record<CodecName, G711>>;

/** Decodes `length` codes from `offset` into the start of `pcm`. */
export function decodeG711(
  codec: G711,
  codes: Uint8Array,
  offset: number,
  length: number,
  pcm: Int16Array,
): void {
  const table = codec.decodeTable;
  for (let i = 0; i < length; i++) pcm[i] = table[codes[offset + i] ?? 0] ?? 0;
}

/** Encodes the first `length` samples of `pcm` into `codes` from `offset`. */
export function encodeG711(
  codec: G711,
  pcm: Int16Array,
  length: number,
  codes: Uint8Array,
  offset: number,
): void {
  const table = codec.encodeTable;
  for (let i = 0; i < length; i++) codes[offset + i] = table[(pcm[i] ?? 0) & 0xffff] ?? 0;
}
