import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHANNELS } from "../../media-node/recording/page-ring.ts";
import { sealChunk, writeHead } from "../../media-node/recording/recording-file.ts";
import { openSpoolFolder } from "../../media-node/recording/spool-folder.ts";
import type { RecordingFormat } from "../../schema/contracts/agent-recording.ts";
import type { RecordingFacts } from "../../schema/contracts/recording.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";

/** A node whose calls have been recorded already: what a restart finds. */

export const RECORDING_NODE = {
  nodeId: newId("node"),
  region: "test-1",
  credential: new Secret("credential-of-the-test-node"),
} as const;

export interface SpooledCall {
  readonly facts: RecordingFacts;
  /** The samples, left and right in turn. */
  readonly audio: Buffer;
}

/** A finished recording in the state directory, of a sound that no compression makes small. */
export async function spoolRecording(
  stateDirectory: string,
  options: {
    readonly seconds?: number;
    readonly format?: RecordingFormat;
    readonly sampleRateHz?: 8_000 | 16_000;
    readonly node?: Pick<typeof RECORDING_NODE, "nodeId" | "region" | "credential">;
    readonly isCutOff?: boolean;
  } = {},
): Promise<SpooledCall> {
  const { seconds = 2, format = "wav", sampleRateHz = 8_000, node = RECORDING_NODE } = options;
  const folder = await openSpoolFolder({ ...node, directory: join(stateDirectory, "recordings") });
  const callId = newId("call");
  const startedAtMs = Date.now();
  const facts: RecordingFacts = {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId: newId("workspace"),
    agentId: newId("agent"),
    region: node.region,
    format,
    startedAtMs,
    expiresAtMs: startedAtMs + 86_400_000,
  };
  const spool = await folder.prepare(facts);
  const audio = Buffer.alloc(seconds * sampleRateHz * CHANNELS * 2);
  for (let at = 0; at < audio.length; at += 2)
    audio.writeInt16LE(((at * 7_919) % 60_000) - 30_000, at);
  const pageBytes = sampleRateHz * CHANNELS * 2;
  const blocks = [writeHead(sampleRateHz, spool.facts)];
  for (let page = 0; page < seconds; page += 1) {
    const samples = audio.subarray(page * pageBytes, (page + 1) * pageBytes);
    blocks.push(sealChunk(spool.key, sampleRateHz, page, samples, false));
  }
  if (options.isCutOff !== true) {
    blocks.push(sealChunk(spool.key, sampleRateHz, seconds, new Uint8Array(0), true));
  }
  writeFileSync(spool.path, Buffer.concat(blocks), { mode: 0o600 });
  return { facts, audio };
}
