import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
} from "node:fs";

const MAX_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 8_192;

/**
 * A child's log: the child writes to the descriptor itself, so that it neither needs the supervisor to
 * be alive nor fails when it is not. Each start begins a new file and keeps the previous one as `.1`.
 */
export interface LogFile extends Disposable {
  readonly path: string;
  /** Opened for appending: a truncated file goes on from its beginning. */
  readonly descriptor: number;
  /** Moves a file that has grown over its limit to `.1`; what is written meanwhile may be lost. */
  bound(maxBytes?: number): void;
  /** The last lines, oldest first. */
  lastLines(count: number): string[];
}

export function openLogFile(path: string): LogFile {
  try {
    renameSync(path, `${path}.1`);
  } catch {
    // There is none yet.
  }
  const descriptor = openSync(path, "a+", 0o600);
  return {
    path,
    descriptor,
    bound(maxBytes = MAX_BYTES) {
      if (fstatSync(descriptor).size <= maxBytes) return;
      copyFileSync(path, `${path}.1`);
      ftruncateSync(descriptor);
    },
    lastLines(count) {
      const size = fstatSync(descriptor).size;
      const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString("utf8").trimEnd().split("\n").slice(-count).filter(Boolean);
    },
    [Symbol.dispose]() {
      closeSync(descriptor);
    },
  };
}
