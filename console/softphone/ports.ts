/** Between the page and the audio thread (worklet.ts). */

/** The name that the worklet's processor has. */
export const PROCESSOR = "trunkline-phone";

export type ToPage =
  /** 20 ms of what is said: samples as they travel. */
  | { readonly type: "said"; readonly pcm: ArrayBuffer }
  /** 0 to 100, ten times a second. */
  | { readonly type: "levels"; readonly said: number; readonly heard: number };

/** What is to be heard: samples as they travel. */
export interface ToWorklet {
  readonly pcm: ArrayBuffer;
}
