/**
 * What is played where audio is missing: the last frame again, fading to silence over three frames, so that a single lost
 * packet is not a click and a lost peer is not a buzz.
 */
export interface Concealment {
  /** The last frame that was really received. */
  readonly lastFrame: Int16Array;
  concealedFrames: number;
}

const FADE_FRAMES = 3;

export function createConcealment(frameSamples: number): Concealment {
  return { lastFrame: new Int16Array(frameSamples), concealedFrames: FADE_FRAMES };
}

export function rememberFrame(concealment: Concealment, frame: Int16Array): void {
  concealment.lastFrame.set(frame);
  concealment.concealedFrames = 0;
}

/** Fills `frame` with what stands in for the next missing one. */
export function concealFrame(concealment: Concealment, frame: Int16Array): void {
  const { lastFrame, concealedFrames } = concealment;
  if (concealedFrames >= FADE_FRAMES) {
    frame.fill(0);
    return;
  }
  const total = FADE_FRAMES * frame.length;
  const start = concealedFrames * frame.length;
  for (let i = 0; i < frame.length; i++) {
    frame[i] = ((lastFrame[i] ?? 0) * (total - start - i)) / total;
  }
  concealment.concealedFrames += 1;
}
