import type { Clock } from "../call/ports.ts";
import { FRAME_MS, type MediaSession } from "../media/media-session.ts";
import type { FileAudio } from "./audio-folder.ts";

/** What a caller hears while nobody speaks: each is a loop of soft notes with pauses. */

const RATE_HZ = 8_000;
/** Begin and end of a note, so that it does not click. */
const FADE_MS = 40;
const AHEAD_MS = 600;
const LOOK_MS = 200;

interface Loop {
  readonly notesHz: readonly number[];
  readonly noteMs: number;
  /** From the start of one note to that of the next. */
  readonly everyMs: number;
  readonly loopMs: number;
  readonly amplitude: number;
}

/** Of a caller who waits: two notes, and a pause in which the line is as quiet as one on which somebody waits. */
const HOLD_TONE = makeLoop({
  notesHz: [440, 554],
  noteMs: 400,
  everyMs: 400,
  loopMs: 4_000,
  amplitude: 1_800,
});

/**
 * While the agent is away: two low notes in turn, at -32 dBFS, with pauses of 60 ms, too short to be taken for a dead line. No
 * telephone network uses these pitches, so that it is no busy tone.
 */
const COMFORT_TONE = makeLoop({
  notesHz: [294, 330],
  noteMs: 440,
  everyMs: 500,
  loopMs: 1_000,
  amplitude: 1_160,
});

type Playout = Pick<MediaSession, "send" | "queuedMs">;

/** Plays the tone that a waiting caller hears, until it is disposed of. */
export function playHoldTone(media: Playout, clock: Clock): Disposable {
  return playLoop(HOLD_TONE, media, clock);
}

/** Plays what a caller hears whose agent is away, until it is disposed of. */
export function playComfortTone(media: Playout, clock: Clock): Disposable {
  return playLoop(COMFORT_TONE, media, clock);
}

/** Plays a file over and over, until it is disposed of. */
export function playHoldAudio(audio: FileAudio, media: Playout, clock: Clock): Disposable {
  const frameSamples = (FRAME_MS * audio.sampleRateHz) / 1_000;
  const loop = new Int16Array(Math.ceil(audio.pcm.length / frameSamples) * frameSamples);
  loop.set(audio.pcm);
  return playLoop(loop, media, clock, audio.sampleRateHz);
}

/** `loop` is whole frames. */
function playLoop(
  loop: Int16Array,
  media: Playout,
  clock: Clock,
  rateHz: FileAudio["sampleRateHz"] = RATE_HZ,
): Disposable {
  const frameSamples = (FRAME_MS * rateHz) / 1_000;
  let frame = 0;
  let timer: Disposable;
  const fill = () => {
    for (let aheadMs = media.queuedMs(); aheadMs < AHEAD_MS; aheadMs += FRAME_MS) {
      const at = (frame * frameSamples) % loop.length;
      if (!media.send(loop.slice(at, at + frameSamples), rateHz)) break;
      frame += 1;
    }
    timer = clock.after(LOOK_MS, fill);
  };
  fill();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function makeLoop({ notesHz, noteMs, everyMs, loopMs, amplitude }: Loop): Int16Array {
  const samplesOf = (ms: number): number => (ms * RATE_HZ) / 1_000;
  const samples = new Int16Array(samplesOf(loopMs));
  const fadeSamples = samplesOf(FADE_MS);
  for (const [note, hz] of notesHz.entries()) {
    for (let i = 0; i < samplesOf(noteMs); i += 1) {
      const fade = Math.min(1, i / fadeSamples, (samplesOf(noteMs) - i) / fadeSamples);
      const wave = Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
      samples[note * samplesOf(everyMs) + i] = Math.round(amplitude * fade * wave);
    }
  }
  return samples;
}
