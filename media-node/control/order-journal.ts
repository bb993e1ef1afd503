import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { callStartedSchema } from "../../schema/contracts/call-record.ts";
import { idSchema } from "../../schema/values/ids.ts";
import { absentAs, TEMPORARY_SUFFIX, writeDurably } from "../routing/durable-file.ts";

const FILE_NAME = /^(ord_[0-9a-z]{26})\.json$/;

const journalEntrySchema = z.object({
  orderId: idSchema("order"),
  fence: z.number().int().positive(),
  /** What a record of its end takes, if this process does not live to write one; without secret variables. */
  call: callStartedSchema,
  state: z.enum(["accepted", "answered", "ended"]),
  answeredAtMs: z.number().int().nullable(),
  /** What the hub was told last. */
  sipCallId: z.string().nullable(),
  sipStatus: z.number().int().nullable(),
  sipReason: z.string().nullable(),
  endCode: z.string().nullable(),
  endedAtMs: z.number().int().nullable(),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** The orders that this node has accepted: a file each, written as one step before anything is dialled. */
export interface OrderJournal {
  /** What an earlier run left. Removes files that were never finished. */
  list(): Promise<{ readonly entries: JournalEntry[]; readonly unreadable: readonly string[] }>;
  /** On disk before it returns; in the order of the calls for one order. */
  write(entry: JournalEntry): Promise<void>;
  remove(orderId: string): Promise<void>;
}

export function createOrderJournal(directory: string): OrderJournal {
  const last = new Map<string, Promise<unknown>>();
  const pathOf = (orderId: string): string => join(directory, `${orderId}.json`);

  /** One change of a file after the other. */
  function inTurn<T>(orderId: string, change: () => Promise<T>): Promise<T> {
    const changed = (last.get(orderId) ?? Promise.resolve()).then(change, change);
    const settled = changed.then(
      () => undefined,
      () => undefined,
    );
    last.set(orderId, settled);
    return changed.finally(() => {
      if (last.get(orderId) === settled) last.delete(orderId);
    });
  }

  return {
    async list() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const entries: JournalEntry[] = [];
      const unreadable: string[] = [];
      for (const name of await readdir(directory)) {
        const path = join(directory, name);
        if (name.endsWith(TEMPORARY_SUFFIX)) await rm(path, { force: true });
        if (!FILE_NAME.test(name)) continue;
        const text = await readFile(path, "utf8").catch(absentAs(""));
        const parsed = journalEntrySchema.safeParse(parseJson(text));
        if (parsed.success) entries.push(parsed.data);
        else unreadable.push(name);
      }
      return { entries, unreadable };
    },
    write: (entry) =>
      inTurn(entry.orderId, () => writeDurably(pathOf(entry.orderId), JSON.stringify(entry))),
    remove: (orderId) => inTurn(orderId, () => rm(pathOf(orderId), { force: true })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
