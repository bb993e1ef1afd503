import type { RecordingFacts, RecordingPlace } from "../../schema/contracts/recording.ts";

/** Where finished recordings go. */
export interface RecordingStore {
  /**
   * All of `blocks`, in the place of whatever an earlier attempt left of the same call.
   * @throws RecordingStoreFault, or what `blocks` throws
   */
  put(
    facts: RecordingFacts,
    blocks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<StoredRecording | "erased">;
  close(): void;
}

/** `erased`: the conversation is gone, and its recording is nobody's any more. */
interface StoredRecording {
  readonly place: RecordingPlace;
  readonly bytes: number;
}

/** The store did not take it. `message` is for the log and holds no credentials. */
export class RecordingStoreFault extends Error {
  readonly code = "recording_not_stored";
  readonly publicMessage = "The recording could not be stored.";
  /** It never will: another attempt would be in vain. */
  readonly isForEver: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isForEver: boolean }) {
    super(message, options);
    this.name = "RecordingStoreFault";
    this.isForEver = options.isForEver;
  }
}
