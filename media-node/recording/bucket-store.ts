import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Secret } from "../../schema/values/secret.ts";
import { type RecordingStore, RecordingStoreFault } from "./recording-store.ts";

/** Least that S3 takes for a part that is not the last. */
const PART_BYTES = 5 * 1_048_576;
const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte either way, a request has failed. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Of one request; the recording itself is tried again for as long as there is room for it. */
const ATTEMPTS = 2;

const CONTENT_TYPES = { mp3: "audio/mpeg", wav: "audio/wav" } as const;

/** A bucket of S3, or of what speaks like it. */
export interface BucketSettings {
  readonly bucket: string;
  /** Null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  /** In front of every key: empty, or with a `/` at its end. */
  readonly prefix: string;
  /** Null: where the AWS SDK finds them by itself, such as the machine's role. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: Secret } | null;
}

/** Recordings in a bucket, by multipart upload. */
export function createBucketStore(settings: BucketSettings): RecordingStore {
  const { bucket: Bucket, endpoint, credentials } = settings;
  const client = new S3Client({
    region: settings.region,
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === null
      ? {}
      : {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey.reveal(),
          },
        }),
    maxAttempts: ATTEMPTS,
    // Servers that speak like S3 do not all know its newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

  /** What an attempt left that was cut off: it would be paid for until somebody removed it. */
  async function abortLeftovers(Key: string): Promise<void> {
    const listed = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
    for (const { Key: found, UploadId } of listed.Uploads ?? []) {
      if (found !== Key || UploadId === undefined) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
  }

  return {
    async put({ workspaceId, conversationId, format }, blocks, signal) {
      const Key = `${settings.prefix}${workspaceId}/${conversationId}.${format}`;
      let bytes = 0;
      let broken: { readonly fault: unknown } | null = null;
      async function* counted(): AsyncGenerator<Uint8Array> {
        try {
          for await (const block of blocks) {
            bytes += block.length;
            yield block;
          }
        } catch (fault) {
          broken = { fault };
          throw fault;
        }
      }
      const upload = new Upload({
        client,
        params: {
          Bucket,
          Key,
          Body: Readable.from(counted()),
          ContentType: CONTENT_TYPES[format],
        },
        partSize: PART_BYTES,
        // One part in memory, and one on the way.
        queueSize: 1,
        leavePartsOnError: false,
      });
      const abort = (): void => void upload.abort().catch(() => undefined);
      signal.addEventListener("abort", abort, { once: true });
      try {
        // Whoever may put objects may not always list uploads: then the bucket's own rule removes them.
        await abortLeftovers(Key).catch(() => undefined);
        signal.throwIfAborted();
        await upload.done();
      } catch (cause) {
        rethrow(broken);
        // The name of the error is all that is told: its message may repeat what was sent.
        const name = cause instanceof Error ? cause.name : "failed";
        throw new RecordingStoreFault(`the bucket did not take it: ${name}`, {
          cause,
          isForEver: false,
        });
      } finally {
        signal.removeEventListener("abort", abort);
      }
      return { place: { kind: "bucket", key: Key }, bytes };
    },
    close: () => client.destroy(),
  };
}

/** What went wrong before the store is no fault of the store's. */
function rethrow(broken: { readonly fault: unknown } | null): void {
  if (broken !== null) throw broken.fault;
}
