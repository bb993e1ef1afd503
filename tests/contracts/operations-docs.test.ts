import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RETENTION } from "../../schema/values/retention.ts";

/** docs/design/retention.md and the list of sealed columns say what the code does. */

test("the table of retention has every kind with its default, and says which can be set", () => {
  const document = readFileSync("docs/design/retention.md", "utf8");
  const rows = Array.from(
    document.matchAll(/^\| `(\w+)` \| (\d+) days? \| (`RETENTION_DAYS`|–) \| `([\w.]+)` \|/gm),
    ([, kind = "", days, setting]) => [kind, Number(days), setting !== "–"] as const,
  );
  expect(rows.toSorted()).toEqual(
    Object.entries(RETENTION)
      .map(([kind, { days, isSettable }]) => [kind, days, isSettable])
      .toSorted(),
  );
});

test("every job that the table of retention names is in the code", () => {
  const document = readFileSync("docs/design/retention.md", "utf8");
  const code = globSync("workers/**/*.ts").map((file) => readFileSync(file, "utf8"));
  const jobs = Array.from(
    document.matchAll(/^\| `\w+` \|[^|]+\|[^|]+\| `([\w.]+)` \|/gm),
    ([, job]) => String(job?.split(".").at(-1)),
  );
  expect(jobs.length).toBeGreaterThan(12);
  const missing = jobs.filter((job) => !code.some((text) => text.includes(`${job}(`)));
  expect(missing).toEqual([]);
});

test("every sealed column of the schema is sealed anew when the master key changes", () => {
  const columns = globSync("schema/tables/*.ts").flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const tables = [...text.matchAll(/sqliteTable\(\s*"(\w+)"/g)];
    return tables.flatMap((table, at) => {
      const body = text.slice(table.index, tables[at + 1]?.index ?? text.length);
      return Array.from(
        body.matchAll(/sealedSecret\("(\w+)"\)/g),
        ([, name]) => `${table[1]}.${name}`,
      );
    });
  });
  const list = readFileSync("workers/secrets/sealed-columns.ts", "utf8");
  const resealed = Array.from(
    list.matchAll(/sealed\(\s*"(\w+)",\s*"(\w+)"/g),
    ([, table, column]) => `${table}.${column}`,
  );
  expect(resealed.toSorted()).toEqual(columns.toSorted());
});
