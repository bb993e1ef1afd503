import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RETENTION } from "../../schema/values/retention.ts";

/** docs/configuration.md, docs/design/retention.md and the list of sealed columns say what the code does. */

test("every binding that the Worker reads is documented, and no other", () => {
  // Those that are text: objects, services and files are of wrangler.toml.
  const bindings = ["workers/env.ts", ...globSync("workers/**/*-config.ts")].flatMap((file) =>
    Array.from(
      readFileSync(file, "utf8").matchAll(/^ {2}readonly ([A-Z][A-Z0-9_]+)\??: string;/gm),
      ([, name]) => String(name),
    ),
  );
  expect(bindings.length).toBeGreaterThan(30);
  // The rows of nodes are held to the code beside media-node/config.ts.
  const ofNodes = /^(?:TRUNKLINE|NODE|OTEL)_/;
  const rows = readFileSync("docs/configuration.md", "utf8").matchAll(
    /^\| `([A-Z][A-Z0-9_]+)` \|/gm,
  );
  const documented = Array.from(rows, ([, name]) => String(name));
  const workers = documented.filter((name) => !ofNodes.test(name));
  expect(workers.toSorted()).toEqual(bindings.toSorted());
});

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
