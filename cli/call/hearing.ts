import { SAMPLE_RATE_HZ } from "./probe.ts";

/** RMS of a frame that counts as sound: about -45 dBFS. */
const SOUND_RMS = 180;
/** Shorter bursts are clicks. */
const SPEECH_FRAMES = 10;
/** Longer than the pause between two phrases. */
const PAUSE_FRAMES = 32;

/** Everything heard in a call, with what can be told from its level. */
export interface Hearing {
  /** Takes one frame; the array may be used again. */
  frame(pcm: Int16Array): void;
  /** Samples so far: the position of what comes next. */
  position(): number;
  samples(): Int16Array;
  /** Somebody has spoken. */
  readonly hasSpeech: boolean;
  /** Somebody has spoken and been silent for a while since. */
  readonly hasPause: boolean;
}

export function createHearing(): Hearing {
  let store = new Int16Array(SAMPLE_RATE_HZ * 10);
  let length = 0;
  let soundFrames = 0;
  let silentFrames = 0;
  return {
    frame(pcm) {
      if (length + pcm.length > store.length) {
        const larger = new Int16Array(store.length * 2);
        larger.set(store);
        store = larger;
      }
      store.set(pcm, length);
      length += pcm.length;
      let energy = 0;
      for (const sample of pcm) energy += sample * sample;
      const isSound = Math.sqrt(energy / pcm.length) >= SOUND_RMS;
      soundFrames += isSound ? 1 : 0;
      silentFrames = isSound ? 0 : silentFrames + 1;
    },
    position: () => length,
    samples: () => store.slice(0, length),
    get hasSpeech() {
      return soundFrames >= SPEECH_FRAMES;
    },
    get hasPause() {
      return soundFrames >= SPEECH_FRAMES && silentFrames >= PAUSE_FRAMES;
    },
  };
}
