import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";

const RATE_HZ = 8_000;
const WINDOW_MS = 10;
/** Below it nobody hears anything: -54 dBFS, and 20 dB under the softest tone that a node plays. */
const AUDIBLE_RMS = 65;

/** The longest time in which nothing could be heard. */
export function longestDeadAirMs(pcm: Int16Array): number {
  const windowSamples = (WINDOW_MS * RATE_HZ) / 1_000;
  let quietMs = 0;
  let longestMs = 0;
  for (let at = 0; at + windowSamples <= pcm.length; at += windowSamples) {
    const window = pcm.subarray(at, at + windowSamples);
    const energy = window.reduce((sum, sample) => sum + sample ** 2, 0);
    quietMs = Math.sqrt(energy / windowSamples) < AUDIBLE_RMS ? quietMs + WINDOW_MS : 0;
    longestMs = Math.max(longestMs, quietMs);
  }
  return longestMs;
}

/** Milliseconds until the first 40 ms in which the tone is what is heard; null when there are none. */
export function msUntilTone(pcm: Int16Array, toneHz: number): number | null {
  const windowSamples = (40 * RATE_HZ) / 1_000;
  for (let at = 0; at + windowSamples <= pcm.length; at += windowSamples / 4) {
    const { presentMs } = analyseTone(pcm.subarray(at, at + windowSamples), RATE_HZ, toneHz);
    if (presentMs >= 20) return (at * 1_000) / RATE_HZ;
  }
  return null;
}
