import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type RecordingFacts, recordingFactsSchema } from "../../schema/contracts/recording.ts";
import {
  fromBase64Url,
  importSealingKey,
  type SealingKey,
  seal,
  toBase64Url,
  unseal,
} from "../../schema/sealing/sealing.ts";
import { parseSealed } from "../../schema/values/sealed.ts";
import type { Secret } from "../../schema/values/secret.ts";
import type { RecordingSpool } from "../call/recording-ports.ts";
import { makeNodeKey, readNodeKey } from "../routing/node-key.ts";
import { openRecording } from "./recording-file.ts";

const FILE_SUFFIX = ".rec";
const KEY_FILE = "recordings-key.sealed";
const KEY_BYTES = 32;
const SEALING_KEY_ID = "recordings";

/** A recording that waits on the disk. */
export interface SpooledRecording {
  readonly path: string;
  readonly facts: RecordingFacts;
  readonly key: Uint8Array;
  /** Of the file. */
  readonly bytes: number;
}

/** The node's folder of recordings that are on their way. Each file has a key of its own, sealed in it under the node's. */
export interface SpoolFolder {
  prepare(facts: RecordingFacts): Promise<RecordingSpool>;
  /** Null when the file is gone; `unreadable` when the node's key does not open it. */
  find(path: string): Promise<SpooledRecording | "unreadable" | null>;
  pathOf(callId: string): string;
  /** What an earlier run left, oldest first: identifiers of calls sort by time. */
  list(): Promise<string[]>;
  remove(path: string): Promise<void>;
}

interface SpoolFolderSettings {
  readonly directory: string;
  readonly nodeId: string;
  readonly credential: Secret;
}

/** @throws the system's error when the directory cannot be had */
export async function openSpoolFolder(settings: SpoolFolderSettings): Promise<SpoolFolder> {
  const { directory } = settings;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const nodeKey = await readOrMakeKey(settings);
  const pathOf = (callId: string): string => join(directory, `${callId}${FILE_SUFFIX}`);
  return {
    pathOf,
    async prepare(facts) {
      const key = randomBytes(KEY_BYTES);
      const text = JSON.stringify({ ...facts, key: toBase64Url(key) });
      const path = pathOf(facts.callId);
      return { path, key, facts: await seal(nodeKey, text, path) };
    },
    async find(path) {
      const file = await stat(path).catch(() => null);
      if (file === null) return null;
      await using reader = await openRecording(path);
      if (reader === null) return "unreadable";
      const sealed = parseSealed(reader.head.facts);
      if (sealed === null) return "unreadable";
      try {
        const opened: { key: string } = JSON.parse(await unseal(nodeKey, sealed, path));
        const key = fromBase64Url(opened.key);
        return { path, facts: recordingFactsSchema.parse(opened), key, bytes: file.size };
      } catch {
        return "unreadable"; // Sealed by another key: which is not told.
      }
    },
    async list() {
      const names = (await readdir(directory)).filter((name) => name.endsWith(FILE_SUFFIX));
      return names.sort().map((name) => join(directory, name));
    },
    remove: (path) => rm(path, { force: true }),
  };
}

async function readOrMakeKey(settings: SpoolFolderSettings): Promise<SealingKey> {
  const path = join(settings.directory, KEY_FILE);
  const { nodeId, credential } = settings;
  const outcome = await readNodeKey(path, nodeId, credential);
  // What a key sealed that cannot be read any more is lost, and told as such when it is found.
  const keys =
    outcome.kind === "opened" ? outcome.keys : await makeNodeKey(path, nodeId, credential);
  return importSealingKey(SEALING_KEY_ID, keys.sealing);
}
