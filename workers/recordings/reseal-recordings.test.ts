import { expect, test } from "vitest";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commit, deps, newRegion, newWorkspace, sql } from "../hub/test-fixture.ts";
import { readMasterKeys, resealSome } from "../services/reseal.ts";
import { keepPart, partKey, readRecordingBytes } from "./recording-bytes.ts";

const PARTS = [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5])];

/** A recording that was sealed under a key of before, the only one that there is; `both` holds that key beside the one that seals. */
async function sealedEarlier() {
  const earlier = {
    id: `old-${crypto.randomUUID().slice(0, 8)}`,
    bytes: new Secret("C".repeat(43)),
  };
  const both = { ...deps, config: { ...deps.config, heldMasterKeys: [earlier] } };
  const then = { ...deps, config: { ...deps.config, masterKey: earlier } };
  const { workspace_id: workspaceId } = await newWorkspace(newRegion());
  const callId = newId("call");
  const expiresAtMs = Date.now() + 60_000;
  for (const [part, bytes] of PARTS.entries()) {
    await keepPart(then, partKey(workspaceId, callId, part), bytes, expiresAtMs);
  }
  const place = { kind: "parts", count: PARTS.length } as const;
  // Those of other tests are older, and under keys that nobody holds here.
  await commit(sql("DELETE FROM recordings"));
  await commit(
    sql(
      `INSERT INTO recordings (call_id, conversation_id, workspace_id, agent_id, state, format,
         started_at_ms, expires_at_ms, place)
       VALUES (?, ?, ?, 'agent', 'ready', 'wav', 1, ?, ?)`,
      callId,
      conversationIdOf(callId),
      workspaceId,
      expiresAtMs,
      JSON.stringify(place),
    ),
  );
  return { both, earlier, recording: { workspaceId, callId, place } };
}

async function bytesOf(by: typeof deps, recording: Parameters<typeof readRecordingBytes>[1]) {
  const pieces = await readRecordingBytes(by, recording);
  const read: Uint8Array[] = [];
  for await (const piece of pieces ?? []) read.push(piece);
  return read;
}

async function resealAll(by: typeof deps): Promise<void> {
  for (let cursor: string | null = null; ; ) {
    const step = await resealSome(by, cursor);
    if (!step.ok) throw new Error(step.refusal.code);
    cursor = step.value.cursor;
    if (cursor === null) return;
  }
}

test("a recording of before the master key was changed is read while its key is held, and 503 when it is gone", async () => {
  const { both, recording } = await sealedEarlier();
  expect(await bytesOf(both, recording)).toEqual(PARTS);
  await expect(bytesOf(deps, recording)).rejects.toBeInstanceOf(ServiceUnavailable);
});

test("resealing takes recordings with it: the key of before may be retired then, and not sooner", async () => {
  const { both, earlier, recording } = await sealedEarlier();
  const before = await readMasterKeys(both);
  expect(before.rows).toContainEqual({
    key_id: earlier.id,
    kind: "recordings",
    rows: 1,
    is_held: true,
  });
  expect(before.retirable_key_ids).toEqual([]);
  await resealAll(both);
  expect((await readMasterKeys(both)).retirable_key_ids).toEqual([earlier.id]);
  expect(await bytesOf(deps, recording)).toEqual(PARTS);
});

test("a recording whose row is gone is not brought back by resealing it", async () => {
  const { both, recording } = await sealedEarlier();
  const { callId, workspaceId } = recording;
  const get = deps.objects.get.bind(deps.objects);
  const racing = {
    ...both,
    objects: {
      ...deps.objects,
      get: async (key: string) => {
        const bytes = await get(key);
        if (key === partKey(workspaceId, callId, 0)) {
          await commit(sql("DELETE FROM recordings WHERE call_id = ?", callId));
          await deps.objects.delete(key);
        }
        return bytes;
      },
    },
  };
  await resealAll(racing);
  expect(await deps.objects.get(partKey(workspaceId, callId, 0))).toBeNull();
});
