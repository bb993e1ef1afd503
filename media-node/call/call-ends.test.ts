import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CALL_ENDS, OUTBOUND_ENDS } from "./call-ends.ts";

const document = readFileSync(new URL("../../docs/call-ends.md", import.meta.url), "utf8");
const sections = new Map(
  document
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section]),
);

test("every row of CALL_ENDS has a heading, and every heading a row, in the same order", () => {
  expect([...sections.keys()]).toEqual(Object.keys(CALL_ENDS));
});

test.each(Object.entries(CALL_ENDS))(
  "%s: blame, status and reason are those of the table",
  (code, row) => {
    const inbound =
      row.sipStatus === null ? "Ends an answered call." : `Refused with ${row.sipStatus}.`;
    const answer = Object.hasOwn(OUTBOUND_ENDS, code) ? "Ends an outbound call." : inbound;
    const [, facts, ...advice] = sections.get(code)?.trim().split("\n\n") ?? [];
    expect(facts).toBe(`Blame: ${row.blame}. ${answer} ${row.reason}`);
    expect(advice.map((part) => /^\*\*(.+?)\.\*\* \S/.exec(part)?.[1])).toEqual([
      "Cause",
      "What to do",
    ]);
  },
);
