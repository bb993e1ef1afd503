import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DATAGRAMS, DEVIATIONS } from "../../media-node/drachtio/torture-table.ts";

const DOCUMENT = "docs/rfc-coverage.md";
const CODE = ["media-node/**/*.ts", "schema/**/*.ts"];
/** `RFC 3261 §12.2.2, §14.2`, `RFC 4566 (now 8866) §5.2`, `RFC 3550 §A.8`. */
const CITATION = /RFC (\d+)(?: \(now \d+\))? (§[\dA-Z][\d.]*(?:(?:, | and |–)§[\dA-Z][\d.]*)*)/g;

const document = readFileSync(DOCUMENT, "utf8");

interface Row {
  readonly rfc: string;
  readonly section: string;
  readonly modules: readonly string[];
  readonly tests: readonly string[];
  readonly reason: string;
}

function readRows(): Row[] {
  const rows = document.matchAll(
    /^\| RFC (\d+) \| §(\S+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|([^|]*)\|$/gm,
  );
  return [...rows].map(([, rfc = "", section = "", modules = "", tests = "", reason = ""]) => {
    return { rfc, section, modules: paths(modules), tests: paths(tests), reason: reason.trim() };
  });
}

function paths(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
}

/** Every cited section as `3261 §12.2.2`, with the files that cite it. */
function readCitations(): Map<string, string[]> {
  const citations = new Map<string, string[]>();
  for (const file of CODE.flatMap((pattern) => globSync(pattern))) {
    for (const [, rfc = "", sections = ""] of readFileSync(file, "utf8").matchAll(CITATION)) {
      for (const [, section = ""] of sections.matchAll(/§([\dA-Z](?:[\d.]*\d)?)/g)) {
        const key = `${rfc} §${section}`;
        citations.set(key, [...(citations.get(key) ?? []), file]);
      }
    }
  }
  return citations;
}

const rows = readRows();

describe("the table of RFC coverage", () => {
  it("has a row, or a row of a parent section, for every citation in the code", () => {
    const covered = new Set(rows.map(({ rfc, section }) => `${rfc} §${section}`));
    const citations = readCitations();
    expect(citations.size).toBeGreaterThan(80);
    const uncovered = [...citations].filter(([citation]) => {
      for (let section = citation; ; section = section.slice(0, section.lastIndexOf("."))) {
        if (covered.has(section)) return false;
        if (!section.includes(".")) return true;
      }
    });
    expect(Object.fromEntries(uncovered)).toEqual({});
  });

  it("names only files that exist", () => {
    const named = rows.flatMap(({ modules, tests }) => [...modules, ...tests]);
    expect(named.length).toBeGreaterThan(rows.length);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it("names a module and a test for what is implemented, and a reason for what is not", () => {
    const lacking = rows.filter(({ modules, tests, reason }) => {
      return (modules.length === 0 || tests.length === 0) && reason === "";
    });
    expect(lacking).toEqual([]);
    expect(rows.filter(({ tests }) => tests.some((path) => !path.endsWith(".test.ts")))).toEqual(
      [],
    );
  });

  it("has each section once", () => {
    const keys = rows.map(({ rfc, section }) => `${rfc} §${section}`);
    expect(keys).toEqual([...new Set(keys)]);
  });

  it("lists every torture message that deviates or waits for datagrams", () => {
    const names = [...Object.keys(DEVIATIONS), ...Object.keys(DATAGRAMS)];
    expect(names.filter((name) => !document.includes(`| \`${name}\``))).toEqual([]);
  });
});
