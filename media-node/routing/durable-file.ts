import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Ends the names of files that were never finished: whoever owns the directory may remove them. */
export const TEMPORARY_SUFFIX = ".tmp";
const OWNER_ONLY = 0o600;

/**
 * Replaces `path` as one step: a reader, and the disk after a power cut, has the old file or the whole new
 * one. The file, then the directory that names it, are flushed before it returns.
 * @throws the system's error; nothing is left behind
 */
export async function writeDurably(
  path: string,
  write: Uint8Array | string | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}${TEMPORARY_SUFFIX}`);
  try {
    const file = await open(temporary, "wx", OWNER_ONLY);
    try {
      if (typeof write === "function") await write(file);
      else await file.writeFile(write);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (fault) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fault;
  }
  await syncDirectory(dirname(path));
}

/** A rename or a removal is on disk only when its directory is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** For `catch`: a file that is not there, or that somebody else has removed, is `value`; the rest is thrown on. */
export function absentAs<T>(value: T): (fault: unknown) => T {
  return (fault) => {
    if (fault instanceof Error && "code" in fault && fault.code === "ENOENT") return value;
    throw fault;
  };
}
