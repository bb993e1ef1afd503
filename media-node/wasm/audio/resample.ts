/** Polyphase FIR: `protocol/audio/resample-filter.ts` makes the taps and says what they mean. */

/** Fractional bits of a tap. */
const TAP_BITS: i32 = 14;

/**
 * Takes `count` samples of 16 bits at `input` and writes what they make to `output`; before `input` stand the
 * `tapsPerPhase` - 1 samples that came before. `position` is where the next output sample stands, in `phases` of an input
 * sample from the first one on; each one is `step` later. Returns the position that follows.
 *
 * @param taps by phase, `tapsPerPhase` (a multiple of 8) words of 16 bits for each, for the oldest sample first.
 */
export function resample(
  taps: usize,
  tapsPerPhase: i32,
  phases: i32,
  step: i32,
  position: i32,
  input: usize,
  count: i32,
  output: usize,
): i32 {
  const bytes = (tapsPerPhase as usize) << 1;
  const end = count * phases;
  const wholeStep = ((step / phases) as usize) << 1;
  const restStep = step % phases;
  let phase = position % phases;
  let newest = input + (((position / phases) as usize) << 1) + 2;
  for (; position < end; position += step) {
    let tap = taps + (phase as usize) * bytes;
    const tapEnd = tap + bytes;
    let sums = i32x4.splat(0);
    for (let window = newest - bytes; tap < tapEnd; tap += 16) {
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(window), v128.load(tap)));
      window += 16;
    }
    const pairs = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
    const sum = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
    const rounded = (sum + (1 << (TAP_BITS - 1))) >> TAP_BITS;
    store<i16>(output, max(-32768, min(32767, rounded)));
    output += 2;
    newest += wholeStep;
    phase += restStep;
    if (phase >= phases) {
      phase -= phases;
      newest += 2;
    }
  }
  return position - end;
}
