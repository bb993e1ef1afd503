const ALPHABET = Buffer.from(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  "latin1",
);
const PAD = 0x3d;

/**
 * Writes the bytes from `start` on in base64 (RFC 4648 §4) to `out`, from `at` on, which has room for them. Returns where they
 * end. Makes neither an object nor a string.
 */
export function writeBase64(payload: Uint8Array, start: number, out: Buffer, at: number): number {
  const end = payload.length;
  let position = at;
  let i = start;
  for (; i + 2 < end; i += 3) {
    const group = ((payload[i] ?? 0) << 16) | ((payload[i + 1] ?? 0) << 8) | (payload[i + 2] ?? 0);
    out[position] = ALPHABET[group >> 18] ?? 0;
    out[position + 1] = ALPHABET[(group >> 12) & 63] ?? 0;
    out[position + 2] = ALPHABET[(group >> 6) & 63] ?? 0;
    out[position + 3] = ALPHABET[group & 63] ?? 0;
    position += 4;
  }
  if (i < end) {
    const hasTwo = i + 1 < end;
    const group = ((payload[i] ?? 0) << 16) | ((hasTwo ? (payload[i + 1] ?? 0) : 0) << 8);
    out[position] = ALPHABET[group >> 18] ?? 0;
    out[position + 1] = ALPHABET[(group >> 12) & 63] ?? 0;
    out[position + 2] = hasTwo ? (ALPHABET[(group >> 6) & 63] ?? 0) : PAD;
    out[position + 3] = PAD;
    position += 4;
  }
  return position;
}

/** As many bytes as the text holds, or null when it is no base64 (RFC 4648 §4; padding may be absent). */
export function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  // What is no base64 is skipped in decoding: too little comes of it.
  return bytes.length === decodedBytes(text) ? bytes : null;
}

/** Negative: no text of that length is base64. */
function decodedBytes(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const symbols = text.length - padding;
  return symbols % 4 === 1 ? -1 : Math.floor((symbols * 3) / 4);
}
