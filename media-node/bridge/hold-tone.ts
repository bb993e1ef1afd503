import type { Clock } from "../call/ports.ts";
import { FRAME_MS, type MediaSession } from "../media/media-session.ts";

const RATE_HZ = 8_000;
/** Two soft notes, and a pause in which the line is as quiet as one on which somebody waits. */
const NOTES_HZ = [440, 554];
const NOTE_MS = 400;
const LOOP_MS = 4_000;
const AMPLITUDE = 1_800;
/** Begin and end of a note, so that it does not click. */
const FADE_MS = 40;
const AHEAD_MS = 600;
const LOOK_MS = 200;
const FRAME_SAMPLES = (FRAME_MS * RATE_HZ) / 1_000;

const LOOP = makeLoop();

/** Plays the tone that a waiting caller hears, until it is disposed of. */
export function playHoldTone(
  media: Pick<MediaSession, "send" | "queuedMs">,
  clock: Clock,
): Disposable {
  let frame = 0;
  let timer: Disposable;
  const fill = () => {
    for (let aheadMs = media.queuedMs(); aheadMs < AHEAD_MS; aheadMs += FRAME_MS) {
      const at = (frame * FRAME_SAMPLES) % LOOP.length;
      if (!media.send(LOOP.slice(at, at + FRAME_SAMPLES), RATE_HZ)) break;
      frame += 1;
    }
    timer = clock.after(LOOK_MS, fill);
  };
  fill();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function makeLoop(): Int16Array {
  const samples = new Int16Array((LOOP_MS * RATE_HZ) / 1_000);
  const noteSamples = (NOTE_MS * RATE_HZ) / 1_000;
  const fadeSamples = (FADE_MS * RATE_HZ) / 1_000;
  for (const [note, hz] of NOTES_HZ.entries()) {
    for (let i = 0; i < noteSamples; i += 1) {
      const fade = Math.min(1, i / fadeSamples, (noteSamples - i) / fadeSamples);
      const wave = Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
      samples[note * noteSamples + i] = Math.round(AMPLITUDE * fade * wave);
    }
  }
  return samples;
}
