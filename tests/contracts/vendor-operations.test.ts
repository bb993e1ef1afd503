import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VENDOR_OPERATIONS } from "../../schema/contracts/vendor-operations.ts";
import { suiteName } from "../support/skip.ts";

/** What becomes of the vendor's operations, held to the vendor's own document and to the page that tells of it. */

const DOCUMENT = "../shared/corpora/vendor-api/elevenlabs-telephony.openapi.json";
const missing = existsSync(DOCUMENT) ? null : `${DOCUMENT} is absent`;
const METHODS = ["delete", "get", "patch", "post", "put"];

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

describe.skipIf(missing !== null)(suiteName("the vendor's operations", missing), () => {
  it("of its telephony document are all in the table, each once", () => {
    const vendor: { paths: Record<string, Record<string, unknown>> } =
      missing === null ? JSON.parse(readFileSync(DOCUMENT, "utf8")) : { paths: {} };
    const theirs = Object.entries(vendor.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const ours = VENDOR_OPERATIONS.map(nameOf);
    expect(new Set(ours).size).toBe(ours.length);
    expect(theirs.length).toBeGreaterThan(40);
    expect(theirs.filter((operation) => !ours.includes(operation))).toEqual([]);
  });
});

it("the page about the vendor's API has the table, row for row, and a refused one says why", () => {
  const rows = readFileSync("docs/design/vendor-api.md", "utf8")
    .split("\n")
    .filter((line) => /^\| `(?:DELETE|GET|PATCH|POST) /.test(line));
  expect(rows).toEqual(
    VENDOR_OPERATIONS.map(
      (operation) => `| \`${nameOf(operation)}\` | ${operation.state} | ${operation.note} |`,
    ),
  );
  for (const { note, state } of VENDOR_OPERATIONS) {
    if (state === "refused") expect(note).toMatch(/\.$/);
  }
});
