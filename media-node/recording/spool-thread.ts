import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { CHANNELS, type PageRing, viewPageRing } from "./page-ring.ts";
import { sealChunk, writeHead } from "./recording-file.ts";
import type { FromSpoolThread, ToSpoolThread } from "./spool-messages.ts";

/**
 * The thread that writes recordings. It waits for the disk itself, so that a slow one holds up neither the packets nor the
 * threads that the process shares for everything else.
 */

const OWNER_ONLY = 0o600;

interface OpenFile {
  readonly descriptor: number;
  readonly path: string;
  readonly key: Uint8Array;
  readonly ring: PageRing;
  chunks: number;
  isOpen: boolean;
}

const files = new Map<number, OpenFile>();

function tell(message: FromSpoolThread): void {
  parentPort?.postMessage(message);
}

function append(file: OpenFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file.descriptor, bytes, written);
}

function begin({ id, spool, sampleRateHz, buffer }: Extract<ToSpoolThread, { kind: "begin" }>) {
  const descriptor = openSync(spool.path, "wx", OWNER_ONLY);
  const ring = viewPageRing(sampleRateHz, buffer);
  const file = { descriptor, path: spool.path, key: spool.key, ring, chunks: 0, isOpen: true };
  files.set(id, file);
  append(file, writeHead(sampleRateHz, spool.facts));
}

function writePage(file: OpenFile, slot: number, samples: number): void {
  const page = file.ring.pages[slot];
  if (page === undefined) throw new RangeError(`the ring has no page ${slot}`);
  const audio = new Uint8Array(page.buffer, page.byteOffset, samples * CHANNELS * 2);
  append(file, sealChunk(file.key, file.ring.sampleRateHz, file.chunks, audio, false));
  file.chunks += 1;
  page.fill(0);
}

function end(file: OpenFile): void {
  append(file, sealChunk(file.key, file.ring.sampleRateHz, file.chunks, new Uint8Array(0), true));
  fdatasyncSync(file.descriptor);
  close(file);
}

/** Once, though it fail: the number may be another file's by then (close(2)). */
function close(file: OpenFile): void {
  if (!file.isOpen) return;
  file.isOpen = false;
  closeSync(file.descriptor);
}

/** What cannot be a recording any more takes no room on a disk that may be full. Never throws: other calls are recorded here. */
function discard(id: number, file: OpenFile): void {
  files.delete(id);
  for (const step of [() => close(file), () => rmSync(file.path, { force: true })]) {
    try {
      step();
    } catch {
      // The disk is broken: what it keeps is found unreadable at the next start.
    }
  }
}

function receive(message: ToSpoolThread): void {
  const { id } = message;
  const file = files.get(id);
  try {
    if (message.kind === "begin") {
      begin(message);
      return;
    }
    if (file === undefined) return;
    switch (message.kind) {
      case "page":
        writePage(file, message.slot, message.samples);
        tell({ kind: "written", id });
        return;
      case "end":
        end(file);
        files.delete(id);
        tell({ kind: "ended", id });
        return;
      case "discard":
        discard(id, file);
        return;
      default:
        message satisfies never;
    }
  } catch (fault) {
    const { code = "unknown" } = fault as { code?: string }; // what the system throws
    const failed = files.get(id);
    if (failed !== undefined) discard(id, failed);
    tell({ kind: "failed", id, errno: code });
  }
}

parentPort?.on("message", receive);
