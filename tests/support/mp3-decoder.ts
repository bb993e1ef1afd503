import koffi from "koffi";

/** MPEG audio as libmpg123 hears it, which knows nothing of the encoder. */

const OK = 0;
const NEED_MORE = -10;
const NEW_FORMAT = -11;
const DONE = -12;
const BLOCK_BYTES = 1_048_576;

const library = load();

/** Null when the decoder is there. */
export const mp3DecoderMissing = library === null ? "libmpg123 is not installed" : null;

function load() {
  try {
    return koffi.load("libmpg123.so.0");
  } catch {
    return null;
  }
}

export interface DecodedAudio {
  readonly rateHz: number;
  readonly left: Int16Array;
  readonly right: Int16Array;
}

export function decodeMp3(encoded: Uint8Array): DecodedAudio {
  if (library === null) throw new Error("libmpg123 is not installed");
  library.func("int mpg123_init()")();
  const create = library.func("void *mpg123_new(const char *decoder, _Out_ int *error)");
  const remove = library.func("void mpg123_delete(void *handle)");
  const openFeed = library.func("int mpg123_open_feed(void *handle)");
  const decode = library.func(
    "int mpg123_decode(void *handle, const uint8_t *in, size_t inSize, _Out_ uint8_t *out, size_t outSize, _Out_ size_t *done)",
  );
  const format = library.func(
    "int mpg123_getformat(void *handle, _Out_ long *rate, _Out_ int *channels, _Out_ int *encoding)",
  );
  const handle: unknown = create(null, [0]);
  try {
    if (openFeed(handle) !== OK) throw new Error("libmpg123 does not open");
    const blocks: Buffer[] = [];
    let input = encoded;
    for (;;) {
      const block = Buffer.alloc(BLOCK_BYTES);
      const done = [0];
      const status: number = decode(handle, input, input.length, block, block.length, done);
      input = new Uint8Array(0);
      blocks.push(block.subarray(0, Number(done[0])));
      if (status === NEED_MORE || status === DONE) break;
      if (status !== OK && status !== NEW_FORMAT) throw new Error(`libmpg123: ${status}`);
    }
    const [rate, channels, encoding] = [[0], [0], [0]];
    format(handle, rate, channels, encoding);
    if (channels[0] !== 2) throw new Error(`${channels[0]} channels`);
    return { rateHz: Number(rate[0]), ...split(Buffer.concat(blocks)) };
  } finally {
    remove(handle);
  }
}

/** Left and right of 16-bit samples in turn. */
export function split(audio: Buffer): Pick<DecodedAudio, "left" | "right"> {
  const samples = Math.floor(audio.length / 4);
  const left = new Int16Array(samples);
  const right = new Int16Array(samples);
  for (let i = 0; i < samples; i += 1) {
    left[i] = audio.readInt16LE(4 * i);
    right[i] = audio.readInt16LE(4 * i + 2);
  }
  return { left, right };
}
