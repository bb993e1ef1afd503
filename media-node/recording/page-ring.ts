/** Stereo audio of one call on its way to the disk: whole seconds, used again in turn. Shared with the thread that writes. */

export const CHANNELS = 2;
export const PAGE_MS = 1_000;
/** What a disk may be behind, beside what is still being filled. */
const PAGES = 8;
const SAMPLE_BYTES = 2;

export interface PageRing {
  readonly sampleRateHz: number;
  /** Samples of each channel in a page. */
  readonly pageSamples: number;
  readonly buffer: SharedArrayBuffer;
  /** Left and right in turn. */
  readonly pages: readonly Int16Array<SharedArrayBuffer>[];
}

export function createPageRing(sampleRateHz: number): PageRing {
  const pageSamples = (sampleRateHz * PAGE_MS) / 1_000;
  return viewPageRing(
    sampleRateHz,
    new SharedArrayBuffer(PAGES * pageSamples * CHANNELS * SAMPLE_BYTES),
  );
}

/** The other thread's view of it. */
export function viewPageRing(sampleRateHz: number, buffer: SharedArrayBuffer): PageRing {
  const pageSamples = (sampleRateHz * PAGE_MS) / 1_000;
  const pageValues = pageSamples * CHANNELS;
  const pages = Array.from(
    { length: PAGES },
    (_, page) => new Int16Array(buffer, page * pageValues * SAMPLE_BYTES, pageValues),
  );
  return { sampleRateHz, pageSamples, buffer, pages };
}
