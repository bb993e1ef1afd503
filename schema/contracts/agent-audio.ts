import { z } from "zod";
import { findWavParts, WAV_FORMATS, type WavParts } from "../values/wav.ts";

/** Audio files of an agent: uploaded to the control plane, fetched by the nodes, played in its calls. */

export const MAX_AUDIO_FILES = 20;

/** The file of this name is what callers hear who wait for the agent; without it they hear a tone. */
export const HOLD_AUDIO_FILE = "hold-audio";
const MAX_SECS = 30;

/** As agents and their fallback name it. */
export const audioFileNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "is not 1 to 64 letters, digits, `.`, `_` and `-`");

/** Lower-case hex of the file's bytes: the same name never means two files. */
export const audioDigestSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** What an agent's row has of a file. */
export interface StoredAudioFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly durationMs: number;
}

const audioFileViewSchema = z.object({
  name: z.string(),
  bytes: z.number().int(),
  duration_ms: z.number().int(),
  sha256: z.string(),
});
export const audioFileListSchema = z.object({ data: z.array(audioFileViewSchema) });
export const audioFileChangedSchema = audioFileViewSchema.extend({
  routing_revision: z.number().int(),
});

/** What both planes take for playable: mono, 16-bit linear PCM at 8 or 16 kHz or G.711 at 8 kHz, 30 s at most. */
export function playableWav(bytes: Uint8Array): (WavParts & { durationMs: number }) | string {
  const parts = findWavParts(bytes);
  if (typeof parts === "string") return parts;
  const { format, channels, sampleRateHz, bitsPerSample, dataBytes } = parts;
  if (channels !== 1) return `has ${channels} channels, not one`;
  const isLinear = format === WAV_FORMATS.pcm && bitsPerSample === 16;
  const isG711 =
    (format === WAV_FORMATS.mulaw || format === WAV_FORMATS.alaw) && bitsPerSample === 8;
  if (!isLinear && !isG711) return "is neither 16-bit linear PCM nor G.711";
  if (sampleRateHz !== 8_000 && !(isLinear && sampleRateHz === 16_000)) {
    return `has ${sampleRateHz} samples a second, not 8000${isLinear ? " or 16000" : ""}`;
  }
  const durationMs = Math.floor((dataBytes * 1_000) / (sampleRateHz * (bitsPerSample / 8)));
  if (durationMs === 0) return "holds no audio";
  if (durationMs > MAX_SECS * 1_000) return `lasts ${durationMs} ms, and ${MAX_SECS} s is the most`;
  return { ...parts, durationMs };
}
