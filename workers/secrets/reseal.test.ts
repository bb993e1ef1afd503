import { expect, test } from "vitest";
import { masterKeysSchema } from "../../schema/contracts/keys.ts";
import { Secret } from "../../schema/values/secret.ts";
import {
  asOperator,
  bindings,
  commit,
  deps,
  newRegion,
  request,
  sql,
} from "../hub/test-fixture.ts";
import { importNumber, newClient } from "../routes/test-client.ts";
import { resealSome } from "../services/reseal.ts";
import { createSecrets, secretOwner } from "./secrets.ts";

/** A key that sealed before, beside the one that the test run's Worker seals with. */
const earlier = { id: `old-${crypto.randomUUID().slice(0, 8)}`, bytes: new Secret("B".repeat(43)) };
const withEarlier = { ...deps.config, heldMasterKeys: [earlier] };
const both = {
  ...deps,
  config: withEarlier,
  secrets: createSecrets({ ...deps, ...withEarlier }),
};

async function trunkSealedEarlier() {
  const client = await newClient(newRegion());
  const { id } = await importNumber(client, {
    inbound_trunk_config: { credentials: { username: "pbx", password: "first" } },
  });
  const [row] = await deps.db.read((reader) =>
    reader.all<{ trunk: string }>(
      `SELECT inbound_trunk_id AS trunk FROM phone_numbers WHERE id = '${id}'`,
    ),
  );
  const trunkId = row?.trunk ?? "";
  const owner = secretOwner.trunkPassword(client.workspaceId, trunkId);
  const sealed = await createSecrets({ ...deps, masterKey: earlier }).seal("second", owner);
  await commit(sql("UPDATE inbound_trunks SET password = ? WHERE id = ?", sealed, trunkId));
  const stored = async () => {
    const [found] = await deps.db.read((reader) =>
      reader.all<{ password: string }>(
        `SELECT password FROM inbound_trunks WHERE id = '${trunkId}'`,
      ),
    );
    return found?.password ?? "";
  };
  return { owner, sealed, stored };
}

async function resealAll(by: Parameters<typeof resealSome>[0]) {
  const sum = { resealed: 0, unopened: 0 };
  for (let cursor: string | null = null; ; ) {
    const step = await resealSome(by, cursor);
    if (!step.ok) throw new Error("refused");
    sum.resealed += step.value.resealed;
    sum.unopened += step.value.unopened;
    cursor = step.value.cursor;
    if (cursor === null) return sum;
  }
}

test("while both keys are held, each opens what it has sealed", async () => {
  const { owner, sealed } = await trunkSealedEarlier();
  expect(await both.secrets.unseal(sealed, owner)).toBe("second");
  const now = await both.secrets.seal("third", owner);
  expect(now).toContain(`.${deps.config.masterKey.id}.`);
  expect(await both.secrets.unseal(now, owner)).toBe("third");
});

test("resealing leaves nothing under the earlier key, opens to the same text, and can be repeated", async () => {
  const trunk = await trunkSealedEarlier();
  expect((await resealAll(both)).resealed).toBeGreaterThanOrEqual(1);
  const after = await trunk.stored();
  expect(after).toContain(`.${deps.config.masterKey.id}.`);
  expect(await deps.secrets.unseal(after as typeof trunk.sealed, trunk.owner)).toBe("second");
  expect((await resealAll(both)).resealed).toBe(0);
  expect(await trunk.stored()).toBe(after);
});

test("a row whose key is missing is told, counted by key, and left as it was", async () => {
  const trunk = await trunkSealedEarlier();
  expect((await resealAll(deps)).unopened).toBeGreaterThanOrEqual(1);
  expect(await trunk.stored()).toBe(trunk.sealed);
  const answer = await request("GET", "/v1/admin/keys", { bearer: bindings.TEST_OPERATOR_TOKEN });
  const keys = masterKeysSchema.parse(await answer.json());
  expect(keys.sealing_key_id).toBe(deps.config.masterKey.id);
  const left = keys.rows.filter(({ key_id }) => key_id === earlier.id);
  expect(left).toEqual([
    { key_id: earlier.id, kind: "inbound_trunks.password", rows: 1, is_held: false },
  ]);
  await resealAll(both);
});

test("a cursor of nobody's is 400, and without the operator token nothing is told", async () => {
  expect((await asOperator("/v1/admin/keys/reseal", { cursor: "x" })).status).toBe(400);
  expect((await request("GET", "/v1/admin/keys")).status).toBe(401);
  expect((await request("GET", "/v1/admin/backup")).status).toBe(401);
});
