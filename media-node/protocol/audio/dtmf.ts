/** Dual tones of telephone keys in audio (ITU-T Q.23): what is sent where telephone events are not negotiated. */

const KEYS = ["123A", "456B", "789C", "*0#D"] as const;
const ROW_HZ = [697, 770, 852, 941] as const;
const COLUMN_HZ = [1209, 1336, 1477, 1633] as const;

/** Peak of each of the two tones, of 32,767: about -8 dBm0 each, so that their sum does not clip. */
const LOW_PEAK = 8_000;
/** The high group is sent louder, for lines that attenuate it (ITU-T Q.23 allows up to 4 dB, 2 dB is usual). */
const HIGH_PEAK = 10_000;
/** Begin and end of a tone fade, so that no click is taken for speech. */
const FADE_MS = 5;

/** Low and high frequency of a key in Hz; null for what is no key. */
export function dtmfFrequencies(digit: string): readonly [number, number] | null {
  const key = digit.toUpperCase();
  for (const [row, keys] of KEYS.entries()) {
    const column = key.length === 1 ? keys.indexOf(key) : -1;
    const low = ROW_HZ[row];
    const high = COLUMN_HZ[column];
    if (low !== undefined && high !== undefined) return [low, high];
  }
  return null;
}

/**
 * Fills `samples` with the part of a key's tone that begins at `position` of `lengthSamples`; what lies behind its end is
 * silence.
 */
export function fillDtmf(
  samples: Int16Array,
  rateHz: number,
  lowHz: number,
  highHz: number,
  position: number,
  lengthSamples: number,
): void {
  const fadeSamples = (FADE_MS * rateHz) / 1_000;
  for (let i = 0; i < samples.length; i++) {
    const at = position + i;
    if (at >= lengthSamples) {
      samples[i] = 0;
      continue;
    }
    const fade = Math.min(1, (at + 1) / fadeSamples, (lengthSamples - at) / fadeSamples);
    const phase = (2 * Math.PI * at) / rateHz;
    const value = LOW_PEAK * Math.sin(lowHz * phase) + HIGH_PEAK * Math.sin(highHz * phase);
    samples[i] = Math.round(fade * value);
  }
}
