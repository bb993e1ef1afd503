/** Samples from -1 to 1 as 16 bits each, little-endian; what is louder is cut. */
export function pcmOf(samples: Float32Array): ArrayBuffer {
  const bytes = new ArrayBuffer(samples.length * 2);
  const view = new DataView(bytes);
  for (const [at, sample] of samples.entries()) {
    const cut = Math.max(-1, Math.min(1, sample));
    view.setInt16(at * 2, Math.round(cut * 32_767), true);
  }
  return bytes;
}

/** The other way; a last odd byte is no sample. */
export function samplesOf(bytes: ArrayBuffer): Float32Array {
  const view = new DataView(bytes);
  const samples = new Float32Array(Math.floor(bytes.byteLength / 2));
  for (let at = 0; at < samples.length; at += 1) samples[at] = view.getInt16(at * 2, true) / 32_768;
  return samples;
}

const QUIETEST_DB = -60;

/** How loud, for a meter: 0 (silence, or quieter than -60 dB) to 100 (as loud as can be). */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const power = samples.length === 0 ? 0 : sum / samples.length;
  const db = 10 * Math.log10(power + 1e-12);
  return Math.round(Math.max(0, Math.min(1, 1 - db / QUIETEST_DB)) * 100);
}
