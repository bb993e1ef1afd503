import type { RecordingFormat } from "../../schema/contracts/agent-recording.ts";
import { RECORDING_PART_BYTES, type RecordingPlace } from "../../schema/contracts/recording.ts";
import type { AppDeps } from "../app-type.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import type { ByteRange } from "./byte-range.ts";
import { openPart, sealPart } from "./recording-keys.ts";
import { signBucketUrl } from "./sign-bucket-url.ts";

/** The bytes of recordings, wherever they are: in the residency's object store, or in its bucket. */

export const RECORDING_TYPES = { mp3: "audio/mpeg", wav: "audio/wav" } as const satisfies Record<
  RecordingFormat,
  string
>;

/** For the Worker's own requests, which begin at once. */
const OWN_URL_SECS = 60;
const RETRY_SECS = 5;

type BytesDeps = Pick<AppDeps, "config" | "objects" | "clock">;

/** What a recording is found by. */
export interface RecordingLocation {
  readonly workspaceId: string;
  readonly callId: string;
  readonly place: RecordingPlace | null;
}

export function partKey(workspaceId: string, callId: string, part: number): string {
  return `recordings/${workspaceId}/${callId}/${part}`;
}

/**
 * All of it or a range of it, a piece at a time. Null when it is not there any more.
 * @throws ServiceUnavailable when the bucket does not give it, or its key is gone
 */
export async function readRecordingBytes(
  deps: BytesDeps,
  { workspaceId, callId, place }: RecordingLocation,
  range: ByteRange | null = null,
): Promise<AsyncGenerator<Uint8Array> | null> {
  if (place === null) return null;
  if (place.kind === "bucket") {
    const response = await askBucket(deps, "GET", place.key, range);
    return response?.body ? piecesOf(response.body) : null;
  }
  const readPart = async (part: number): Promise<Uint8Array | null> => {
    const key = partKey(workspaceId, callId, part);
    const sealed = await deps.objects.get(key);
    if (sealed === null) return null;
    const opened = await openPart(deps.config, key, sealed);
    if (opened === null) {
      throw new ServiceUnavailable(
        "a recording does not open under any key that is held",
        RETRY_SECS,
      );
    }
    return opened.bytes;
  };
  const firstPart = partOf(range?.first ?? 0);
  const lastPart = range === null ? place.count - 1 : partOf(range.last);
  const begin = await readPart(firstPart);
  if (begin === null) return null;
  return (async function* () {
    for (let part = firstPart; part <= lastPart; part += 1) {
      const bytes = part === firstPart ? begin : await readPart(part);
      // Erased while it was read: what comes is cut off, and its length tells.
      if (bytes === null) return;
      const from = part * RECORDING_PART_BYTES;
      yield range === null
        ? bytes
        : bytes.subarray(Math.max(0, range.first - from), range.last + 1 - from);
    }
  })();
}

function partOf(octet: number): number {
  return Math.floor(octet / RECORDING_PART_BYTES);
}

/** Keeps a part that a node has brought, encrypted, until its time is over. */
export async function keepPart(
  deps: Pick<BytesDeps, "config" | "objects">,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  expiresAtMs: number,
): Promise<void> {
  await deps.objects.put(key, await sealPart(deps.config, key, bytes), expiresAtMs);
}

/** As often as anybody likes. @throws ServiceUnavailable when the bucket does not do it */
export async function deleteRecordingBytes(
  deps: BytesDeps,
  { workspaceId, callId, place }: RecordingLocation,
): Promise<void> {
  if (place === null) return;
  if (place.kind === "bucket") {
    const response = await askBucket(deps, "DELETE", place.key);
    await response?.body?.cancel();
    return;
  }
  const parts = Array.from({ length: place.count }, (_, part) => part);
  await Promise.all(parts.map((part) => deps.objects.delete(partKey(workspaceId, callId, part))));
}

/** Null: the bucket has none of this name. */
async function askBucket(
  { config, clock }: BytesDeps,
  method: "GET" | "DELETE",
  key: string,
  range: ByteRange | null = null,
): Promise<Response | null> {
  if (config.bucket === null) {
    throw new ServiceUnavailable("recordings are in a bucket that is not configured", RETRY_SECS);
  }
  const terms = { method, key, nowMs: clock(), expiresSecs: OWN_URL_SECS };
  const url = await signBucketUrl(config.bucket, terms);
  // Not among the signed headers: the address is good for any part of the object.
  const headers: HeadersInit =
    range === null ? {} : { range: `bytes=${range.first}-${range.last}` };
  const response = await fetch(url, { method, headers, redirect: "manual" }).catch(
    (cause: unknown) => {
      throw new ServiceUnavailable("the bucket cannot be reached", RETRY_SECS, { cause });
    },
  );
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) return null;
  throw new ServiceUnavailable(`the bucket answered ${response.status}`, RETRY_SECS);
}

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** For an answer, or a request's body; whoever stops reading ends it. */
export function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
