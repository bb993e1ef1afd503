import type { BoundListener, EngineEvent } from "./engine-config.ts";

/** What the engine's thread tells the main one. */
export type FromWorker =
  | {
      readonly kind: "ready";
      readonly controlPort: number;
      readonly listeners: readonly BoundListener[];
    }
  /** The engine could not start: `code` is the system's, `EADDRINUSE` and the like. */
  | { readonly kind: "failed"; readonly message: string; readonly code: string | null }
  | { readonly kind: "event"; readonly event: EngineEvent };

export interface ToWorker {
  readonly kind: "close";
}
