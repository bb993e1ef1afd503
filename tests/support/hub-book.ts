import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Trunkline } from "./processes.ts";

const SAMPLE_MS = 5;

/** The permits that a system's hub has out, read from its own storage while it runs. */
export interface HubBook extends Disposable {
  /** Now. */
  permits(): number;
  /** The most that it ever had when it was looked at, which is all the time. */
  readonly most: number;
}

export function openHubBook(trunkline: Trunkline): HubBook {
  const folder = join(trunkline.stateDir, "objects/trunkline-RegionHub");
  const [file] = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (file === undefined) throw new Error("the hub has no storage");
  const database = new DatabaseSync(join(folder, file), { readOnly: true });
  // workers/hub/permit-ledger.ts keeps each permit under `permit/` and the call's id; "0" is the character after "/".
  const count = database.prepare(
    "SELECT count(*) AS permits FROM _cf_KV WHERE key >= 'permit/' AND key < 'permit0'",
  );
  let most = 0;
  const permits = (): number => {
    const now = Number(count.get()?.["permits"]);
    most = Math.max(most, now);
    return now;
  };
  const sampling = setInterval(permits, SAMPLE_MS);
  return {
    permits,
    get most() {
      return most;
    },
    [Symbol.dispose]() {
      clearInterval(sampling);
      database.close();
    },
  };
}
