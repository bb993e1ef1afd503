import { expect, test } from "vitest";
import { deps } from "../hub/test-fixture.ts";
import { withinSchemaWindow } from "./schema-window.ts";

const one = (db: typeof deps.db) =>
  db.read((reader) => reader.all<{ one: number }>("SELECT 1 AS one"));

test("a database with the migrations of this code is read", async () => {
  expect(await one(withinSchemaWindow(deps.db))).toEqual([{ one: 1 }]);
});

test("an older one is refused with when to try again", async () => {
  const later = withinSchemaWindow(deps.db, Number.MAX_SAFE_INTEGER);
  await expect(one(later)).rejects.toMatchObject({
    code: "schema_outside_window",
    retryAfterSecs: 5,
  });
});
