import { findWavParts, WAV_FORMATS, type WavParts } from "../../schema/values/wav.ts";

/** WAV files (RIFF, format 1: linear PCM, 16 bits a sample): what a phone plays and records. */

export interface Recording {
  readonly sampleRateHz: number;
  /** One array a channel, all of one length. */
  readonly channels: readonly Int16Array[];
}

/** The bytes are not a WAV file of 16-bit linear PCM: `message` says what is wrong. */
export class WavError extends Error {
  readonly code = "wav_error";
}

const HEADER_BYTES = 44;

/** @throws WavError */
export function readWav(bytes: Uint8Array): Recording {
  const parts = findWavParts(bytes);
  if (typeof parts === "string") throw new WavError(`it ${parts}`);
  const { format, bitsPerSample, channels, sampleRateHz } = parts;
  if (format !== WAV_FORMATS.pcm || bitsPerSample !== 16) {
    throw new WavError("it is not 16-bit linear PCM");
  }
  if (channels < 1 || channels > 2) throw new WavError(`it has ${channels} channels, not 1 or 2`);
  if (sampleRateHz < 8_000 || sampleRateHz > 96_000) {
    throw new WavError(`its rate is ${sampleRateHz} Hz, not 8000 to 96000`);
  }
  return { sampleRateHz, channels: readSamples(bytes, parts) };
}

/** One or two channels of one length. */
export function writeWav(recording: Recording): Uint8Array {
  const channels = recording.channels.length;
  const samples = recording.channels[0]?.length ?? 0;
  const dataBytes = samples * channels * 2;
  const bytes = new Uint8Array(HEADER_BYTES + dataBytes);
  const view = new DataView(bytes.buffer);
  const put = (offset: number, name: string): void => {
    for (let index = 0; index < 4; index += 1)
      view.setUint8(offset + index, name.charCodeAt(index));
  };
  put(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  put(8, "WAVE");
  put(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, WAV_FORMATS.pcm, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, recording.sampleRateHz, true);
  view.setUint32(28, recording.sampleRateHz * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, dataBytes, true);
  let offset = HEADER_BYTES;
  for (let sample = 0; sample < samples; sample += 1) {
    for (const channel of recording.channels) {
      view.setInt16(offset, channel[sample] ?? 0, true);
      offset += 2;
    }
  }
  return bytes;
}

/** All channels as one, at another rate: averaged over the step when it falls, interpolated when it rises. */
export function monoAt(sampleRateHz: number, recording: Recording): Int16Array {
  const mono = mix(recording.channels);
  if (recording.sampleRateHz === sampleRateHz) return mono;
  const step = recording.sampleRateHz / sampleRateHz;
  const out = new Int16Array(Math.floor(mono.length / step));
  for (let index = 0; index < out.length; index += 1) {
    const start = index * step;
    out[index] = Math.round(
      step > 1 ? average(mono, start, start + step) : interpolate(mono, start),
    );
  }
  return out;
}

function mix(channels: readonly Int16Array[]): Int16Array {
  const [first, ...others] = channels;
  if (first === undefined) return new Int16Array(0);
  if (others.length === 0) return first;
  return first.map((sample, index) => {
    const sum = others.reduce((total, channel) => total + (channel[index] ?? 0), sample);
    return Math.round(sum / channels.length);
  });
}

function average(samples: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let index = Math.floor(from); index < Math.ceil(to); index += 1) {
    const share = Math.min(index + 1, to) - Math.max(index, from);
    sum += (samples[index] ?? 0) * share;
  }
  return sum / (to - from);
}

function interpolate(samples: Int16Array, position: number): number {
  const index = Math.floor(position);
  const before = samples[index] ?? 0;
  return before + ((samples[index + 1] ?? before) - before) * (position - index);
}

function readSamples(bytes: Uint8Array, parts: WavParts): Int16Array[] {
  const { channels: count, dataBytes, dataStart } = parts;
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataStart, dataBytes);
  const samples = Math.floor(dataBytes / (2 * count));
  return Array.from({ length: count }, (_, channel) => {
    const out = new Int16Array(samples);
    for (let index = 0; index < samples; index += 1) {
      out[index] = view.getInt16(2 * (index * count + channel), true);
    }
    return out;
  });
}
