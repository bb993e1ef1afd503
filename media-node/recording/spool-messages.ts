import type { RecordingSpool } from "../call/recording-ports.ts";

/** Between a media process and the thread in it that writes. Both are the same build. */

export type ToSpoolThread =
  | {
      readonly kind: "begin";
      readonly id: number;
      readonly spool: RecordingSpool;
      readonly sampleRateHz: number;
      readonly buffer: SharedArrayBuffer;
    }
  /** The page is the thread's until it answers `written`. */
  | {
      readonly kind: "page";
      readonly id: number;
      readonly slot: number;
      readonly samples: number;
    }
  | { readonly kind: "end"; readonly id: number }
  /** The recording has failed: its file goes. */
  | { readonly kind: "discard"; readonly id: number };

export type FromSpoolThread =
  | { readonly kind: "written"; readonly id: number }
  | { readonly kind: "ended"; readonly id: number }
  /** The file is gone. `errno` is the system's name of the error. */
  | { readonly kind: "failed"; readonly id: number; readonly errno: string };
