import {
  MAX_RECORDING_PARTS,
  RECORDING_PART_BYTES,
  type RecordingFacts,
} from "../../schema/contracts/recording.ts";
import type { ControlPlaneClient } from "../control/http-client.ts";
import { type RecordingStore, RecordingStoreFault } from "./recording-store.ts";

/** A part is at most 3 MiB: a line that takes longer for it is none. */
const PART_TIMEOUT_MS = 60_000;
const GONE = 410;
const WRONG_FOR_EVER: ReadonlySet<number> = new Set([400, 404, 413, 422]);

/** Recordings in the object store of the control plane, a part at a time; parts that are there already are replaced by the same. */
export function createControlPlaneStore(client: ControlPlaneClient): RecordingStore {
  async function putPart(
    { callId, workspaceId, expiresAtMs }: RecordingFacts,
    part: number,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<"stored" | "erased"> {
    const query = new URLSearchParams({
      workspace_id: workspaceId,
      expires_at_ms: String(expiresAtMs),
    });
    const path = `/v1/nodes/recordings/${callId}/parts/${part}?${query}`;
    const response = await client
      .send({ method: "PUT", path, bytes, timeoutMs: PART_TIMEOUT_MS, signal })
      .catch((cause: unknown) => {
        const detail = cause instanceof Error ? cause.message : "failed";
        throw new RecordingStoreFault(detail, { cause, isForEver: false });
      });
    if (response.status === 204) return "stored";
    if (response.status === GONE) return "erased";
    throw new RecordingStoreFault(`part ${part}: status ${response.status}`, {
      isForEver: WRONG_FOR_EVER.has(response.status),
    });
  }

  return {
    async put(facts, blocks, signal) {
      let count = 0;
      let bytes = 0;
      for await (const part of inParts(blocks)) {
        if (count === MAX_RECORDING_PARTS) {
          throw new RecordingStoreFault("it is too long", { isForEver: true });
        }
        if ((await putPart(facts, count, part, signal)) === "erased") return "erased";
        count += 1;
        bytes += part.length;
      }
      return { place: { kind: "parts", count }, bytes };
    },
    close() {},
  };
}

async function* inParts(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  for await (const block of blocks) {
    held = Buffer.concat([held, block]);
    while (held.length >= RECORDING_PART_BYTES) {
      yield held.subarray(0, RECORDING_PART_BYTES);
      held = held.subarray(RECORDING_PART_BYTES);
    }
  }
  if (held.length > 0) yield held;
}
