import type { Clock } from "../call/ports.ts";

/** RMS of a 16-bit frame above which somebody speaks: about -42 dBFS, well over a quiet line's noise. */
const SPEECH_RMS = 260;
/** Frames of 20 ms in a row that are speech: a click is shorter. */
const SPEECH_FRAMES = 3;

/** When somebody was last heard on either side of a call. */
export interface SilenceWatch {
  /** One frame of what the caller says. */
  caller(frame: Int16Array): void;
  /** What the agent says, which is heard when the `queuedMs` before it have been played. */
  agent(pcm: Int16Array, sampleRateHz: number, queuedMs: number): void;
  /** A digit, or a hold that began or ended: somebody is there. */
  touched(): void;
  /** Calls back once after `timeoutSecs` in which neither side was heard. Time on hold does not count. */
  start(timeoutSecs: number, isOnHold: () => boolean, silent: () => void): Disposable;
}

export function createSilenceWatch(clock: Clock): SilenceWatch {
  let loudFrames = 0;
  let quietSinceMs = Number.NEGATIVE_INFINITY;

  function heardUntil(atMs: number): void {
    if (atMs > quietSinceMs) quietSinceMs = atMs;
  }

  return {
    caller(frame) {
      loudFrames = rms(frame) > SPEECH_RMS ? loudFrames + 1 : 0;
      if (loudFrames >= SPEECH_FRAMES) heardUntil(clock.monotonicMs());
    },
    agent(pcm, sampleRateHz, queuedMs) {
      const durationMs = (pcm.length * 1_000) / sampleRateHz;
      if (rms(pcm) > SPEECH_RMS) heardUntil(clock.monotonicMs() + queuedMs + durationMs);
    },
    touched() {
      heardUntil(clock.monotonicMs());
    },
    start(timeoutSecs, isOnHold, silent) {
      const timeoutMs = timeoutSecs * 1_000;
      heardUntil(clock.monotonicMs());
      let timer: Disposable;
      const look = () => {
        if (isOnHold()) heardUntil(clock.monotonicMs());
        const leftMs = quietSinceMs + timeoutMs - clock.monotonicMs();
        if (leftMs <= 0) silent();
        else timer = clock.after(leftMs, look);
      };
      timer = clock.after(timeoutMs, look);
      return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
    },
  };
}

function rms(samples: Int16Array): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i += 1) energy += (samples[i] ?? 0) ** 2;
  return samples.length === 0 ? 0 : Math.sqrt(energy / samples.length);
}
