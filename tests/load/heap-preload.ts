import { BroadcastChannel, threadId } from "node:worker_threads";

/** Loaded into every thread of a measured process (`node --expose-gc --import`): says what is alive when asked. */
export interface HeapAnswer {
  readonly threadId: number;
  readonly bytes: number;
}

export const HEAP_CHANNEL = "trunkline-load-heap";
export const MEASURE = "measure";

const channel = new BroadcastChannel(HEAP_CHANNEL);
channel.onmessage = (event: { readonly data: unknown }) => {
  if (event.data !== MEASURE) return;
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  channel.postMessage({ threadId, bytes: heapUsed + external } satisfies HeapAnswer);
};
channel.unref();
