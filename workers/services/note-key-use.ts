import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { type FoundApiKey, touchApiKey } from "../db/api-keys.ts";

/** How exactly `last_used_at` tells. */
const RESOLUTION_MS = 60_000;
const MAX_NOTED = 10_000;

/** Keys that this isolate has noted, and when: requests at the same time write one row. */
const notedAtMs = new Map<string, number>();

/** Writes that a key is used, once a minute at most; null when that is known. For after the answer. */
export function noteKeyUse(
  deps: Pick<AppDeps, "housekeeping">,
  found: FoundApiKey,
  nowMs: number,
): Promise<void> | null {
  const keyId = found.principal.apiKeyId;
  const lastMs = Math.max(found.lastUsedAtMs ?? 0, notedAtMs.get(keyId) ?? 0);
  if (nowMs - lastMs < RESOLUTION_MS) return null;
  if (notedAtMs.size >= MAX_NOTED) notedAtMs.clear();
  notedAtMs.set(keyId, nowMs);
  return write(deps, keyId, nowMs);
}

/** A lost note is made good by the next use a minute later. */
async function write(
  deps: Pick<AppDeps, "housekeeping">,
  keyId: string,
  nowMs: number,
): Promise<void> {
  await deps.housekeeping.write({
    writeId: newId("write"),
    priority: "bulk",
    statements: [touchApiKey(keyId, nowMs, RESOLUTION_MS)],
  });
}
