import type { MediaIoKind, OpenMediaIo, PacketSlots } from "../media-io.ts";
import { openPortableIo } from "./portable.ts";

interface OpenedMediaIo {
  readonly io: OpenMediaIo;
  /** Why it is not the one that was asked for; null when it is. */
  readonly fallback: string | null;
}

/**
 * The back end that is asked for, or the portable one where it cannot be had.
 *
 * @param slots where received packets are put; only the batched back end has a use for them
 */
export async function openMediaIo(kind: MediaIoKind, slots?: PacketSlots): Promise<OpenedMediaIo> {
  switch (kind) {
    case "portable":
      return { io: openPortableIo(), fallback: null };
    case "batched":
      try {
        // koffi is native code, which not every platform has; nothing else of the node needs it.
        const { openBatchedIo } = await import("./batched.ts");
        return { io: openBatchedIo(slots === undefined ? {} : { slots }), fallback: null };
      } catch (error) {
        const fallback = error instanceof Error ? error.message : String(error);
        return { io: openPortableIo(), fallback };
      }
    default:
      return kind satisfies never;
  }
}
