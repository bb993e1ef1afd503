import { createMp3Encoder } from "wasm-media-encoders";
import type { AudioEncoding } from "./audio-encoding.ts";
import { CHANNELS } from "./page-ring.ts";

/** Constant rates that telephone speech on two sides needs, in kbit/s. */
const BITRATES: Readonly<Record<number, 32 | 48>> = { 8000: 32, 16000: 48 };
/** ISO/IEC 13818-3 §2.4.2.1, layer III at low sample rates: samples of a frame. */
const FRAME_SAMPLES = 576;
/**
 * From a sample to where a decoder puts it: 576 samples of the encoder and 529 of the decoder. Silence in front makes two
 * frames of it, and the two are left out: time 0 of the file is time 0 of the call, for decoders of every kind.
 */
const CODEC_DELAY_SAMPLES = 1_105;
const LEFT_OUT_FRAMES = 2;
const LEAD_SAMPLES = LEFT_OUT_FRAMES * FRAME_SAMPLES - CODEC_DELAY_SAMPLES;
const FULL_SCALE = 32_768;

/** MPEG audio layer III by LAME in WebAssembly. Runs for some 4 ms a second of audio: not where packets are. */
export async function createMp3Encoding(sampleRateHz: number): Promise<AudioEncoding> {
  const bitrate = BITRATES[sampleRateHz];
  if (bitrate === undefined) throw new RangeError(`no MP3 at ${sampleRateHz} Hz`);
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: sampleRateHz, channels: CHANNELS, bitrate });
  // ISO/IEC 13818-3 §2.4.3.1: bytes of a frame; a whole number at these rates, so that none is padded.
  let toLeaveOut = (LEFT_OUT_FRAMES * (FRAME_SAMPLES / 8) * bitrate * 1_000) / sampleRateHz;

  function withoutLead(encoded: Uint8Array): Buffer {
    const skipped = Math.min(toLeaveOut, encoded.length);
    toLeaveOut -= skipped;
    // The encoder writes over what it gave.
    return Buffer.from(encoded.subarray(skipped));
  }

  const silence = new Float32Array(LEAD_SAMPLES);
  const lead = withoutLead(encoder.encode([silence, silence]));
  let before = lead;
  return {
    encode(audio) {
      const samples = audio.length / (CHANNELS * 2);
      const left = new Float32Array(samples);
      const right = new Float32Array(samples);
      for (let i = 0; i < samples; i++) {
        left[i] = audio.readInt16LE(i * 4) / FULL_SCALE;
        right[i] = audio.readInt16LE(i * 4 + 2) / FULL_SCALE;
      }
      const encoded = withoutLead(encoder.encode([left, right]));
      const all = before.length === 0 ? encoded : Buffer.concat([before, encoded]);
      before = Buffer.alloc(0);
      return all;
    },
    finish: () => withoutLead(encoder.finalize()),
  };
}
