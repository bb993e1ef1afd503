import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type NodeEvent, nodeEventSchema } from "../../schema/contracts/call-record.ts";
import {
  absentAs,
  syncDirectory,
  TEMPORARY_SUFFIX,
  writeDurably,
} from "../routing/durable-file.ts";

/** `<position, 16 digits>-<event id>.json`: the names in order are the events in order. */
const FILE_NAME = /^(\d{16})-(evt_[0-9a-z]{26})\.json$/;
const REJECTED_FOLDER = "rejected";

/** An event that is on disk. */
export interface StoredEvent {
  readonly position: number;
  readonly eventId: string;
}

/** The files of the outbox: one per event, each written as one step. */
export interface EventDirectory {
  /** What an earlier run left, oldest first. Removes files that were never finished. */
  list(): Promise<StoredEvent[]>;
  write(position: number, event: NodeEvent): Promise<void>;
  /** Null when the file does not hold an event, or is gone. */
  read(stored: StoredEvent): Promise<NodeEvent | null>;
  remove(stored: StoredEvent): Promise<void>;
  /** Moves the file, if it is there, to `rejected/`, where it stays for an operator. */
  setAside(stored: StoredEvent): Promise<void>;
}

export function createEventDirectory(directory: string): EventDirectory {
  const rejected = join(directory, REJECTED_FOLDER);
  const nameOf = ({ position, eventId }: StoredEvent) =>
    `${String(position).padStart(16, "0")}-${eventId}.json`;
  const pathOf = (stored: StoredEvent) => join(directory, nameOf(stored));
  return {
    async list() {
      await mkdir(rejected, { recursive: true, mode: 0o700 });
      const stored: StoredEvent[] = [];
      for (const name of (await readdir(directory)).sort()) {
        const [, position, eventId] = FILE_NAME.exec(name) ?? [];
        if (name.endsWith(TEMPORARY_SUFFIX)) await rm(join(directory, name), { force: true });
        else if (position !== undefined && eventId !== undefined) {
          stored.push({ position: Number(position), eventId });
        }
      }
      return stored;
    },
    async write(position, event) {
      const path = pathOf({ position, eventId: event.eventId });
      await writeDurably(path, JSON.stringify(event));
    },
    async read(stored) {
      const text = await readFile(pathOf(stored), "utf8").catch(absentAs(""));
      const parsed = nodeEventSchema.safeParse(parseJson(text));
      return parsed.success ? parsed.data : null;
    },
    async remove(stored) {
      await rm(pathOf(stored), { force: true });
    },
    async setAside(stored) {
      await rename(pathOf(stored), join(rejected, nameOf(stored))).catch(absentAs(undefined));
      await syncDirectory(rejected);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
