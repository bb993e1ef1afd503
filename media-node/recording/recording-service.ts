import { join } from "node:path";
import type { NodeEvent } from "../../schema/contracts/call-record.ts";
import type { Secret } from "../../schema/values/secret.ts";
import type { CallMedia, MediaPorts } from "../call/media-ports.ts";
import type { CallLogger, Clock } from "../call/ports.ts";
import type { ControlPlaneClient } from "../control/http-client.ts";
import type { BucketSettings } from "./bucket-store.ts";
import { createControlPlaneStore } from "./control-plane-store.ts";
import {
  createRecordingDesk,
  createRecordingTeller,
  type RecordingDesk,
  type RecordingMetrics,
} from "./recording-desk.ts";
import type { RecordingStore } from "./recording-store.ts";
import { openSpoolFolder } from "./spool-folder.ts";
import { startUploadQueue } from "./upload-queue.ts";

const LAST_UPLOAD_MS = 500;

export interface RecordingSettings {
  /** Null: recordings go to the control plane. */
  readonly bucket: BucketSettings | null;
  /** Of what waits on the disk. */
  readonly maxSpoolBytes: number;
}

/** Recording on a node: what its calls are told to write, and what becomes of it. */
export interface RecordingService extends AsyncDisposable {
  readonly desk: RecordingDesk;
  /** Waiting for the store. */
  readonly waiting: { readonly recordings: number; readonly bytes: number };
}

export interface RecordingServiceDeps {
  readonly settings: RecordingSettings;
  readonly stateDirectory: string;
  readonly nodeId: string;
  readonly region: string;
  readonly credential: Secret;
  readonly client: ControlPlaneClient;
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly metrics: RecordingMetrics;
  readonly random: () => number;
  readonly randomBytes: (bytes: number) => Uint8Array;
  readonly save: (event: NodeEvent) => Promise<void>;
  /** Absent: from one second to one minute. */
  readonly retry?: { readonly firstMs: number; readonly maxMs: number };
}

/** @throws the system's error when the folder of recordings cannot be had */
export async function startRecordings(deps: RecordingServiceDeps): Promise<RecordingService> {
  const { settings, logger } = deps;
  const directory = join(deps.stateDirectory, "recordings");
  const folder = await openSpoolFolder({ ...deps, directory });
  const store = await openStore(deps);
  const tell = createRecordingTeller(deps);
  // What an earlier run left is whole now: no call of it is up any more.
  const left = await folder.list();
  const queue = startUploadQueue({
    ...deps,
    folder,
    store,
    tell,
    maxBytes: settings.maxSpoolBytes,
  });
  for (const path of left) {
    const found = await folder.find(path).catch(() => "unreadable" as const);
    if (found === null) continue;
    if (found === "unreadable") {
      logger.error("recording_unreadable", { path });
      deps.metrics.recordingSettled("unreadable");
      await folder.remove(path);
      continue;
    }
    await tell(found.facts, { state: "uploading" });
    queue.add(found);
  }
  return {
    desk: createRecordingDesk({ ...deps, folder, spooled: queue.add }, tell),
    get waiting() {
      return { recordings: queue.depth, bytes: queue.bytes };
    },
    async [Symbol.asyncDispose]() {
      await queue.stop(LAST_UPLOAD_MS);
      store.close();
    },
  };
}

async function openStore({ settings, client }: RecordingServiceDeps): Promise<RecordingStore> {
  if (settings.bucket === null) return createControlPlaneStore(client);
  // The AWS SDK is tens of megabytes: only a node that has a bucket loads it.
  const { createBucketStore } = await import("./bucket-store.ts");
  return createBucketStore(settings.bucket);
}

/** Media whose calls are recorded where they are to be. */
export function recordedMedia(media: MediaPorts, desk: RecordingDesk): MediaPorts {
  return {
    async open(call, events) {
      const spool = await desk.prepare(call);
      if (spool === null) return media.open(call, events);
      let opened: CallMedia | null = null;
      try {
        opened = await media.open(
          { ...call, spool },
          {
            ...events,
            lost(detail) {
              desk.lost(call.callId);
              events.lost(detail);
            },
          },
        );
        return opened;
      } finally {
        if (opened === null) desk.news(call.callId, { kind: "none" });
      }
    },
  };
}
