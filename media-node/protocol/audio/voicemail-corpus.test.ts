import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import {
  keepsLimit,
  rightPart,
  VOICEMAIL_PATHS,
  voicemailLimitsTable,
} from "../../../tests/support/voicemail-corpus.ts";
import { VOICEMAIL_ROWS } from "../../../tests/support/voicemail-scenes.ts";
import { VOICEMAIL_RULES } from "./voicemail-rules.ts";

const SEEDS = 4;

// Minutes of audio are made and heard: seconds on a machine that has nothing else to do.
vi.setConfig({ testTimeout: 30_000 });

const document = readFileSync("docs/design/voicemail-detection.md", "utf8");

describe.each(VOICEMAIL_PATHS)("over $name the published limits hold:", (path) => {
  test.each(VOICEMAIL_ROWS)("$name", (row) => {
    expect(keepsLimit(row, rightPart(row, path, SEEDS, 1), SEEDS)).toBe(true);
  });
});

test("the published limits are these", () => {
  expect(document).toContain(voicemailLimitsTable());
});

test("the published parameters are those of the code, all of them", () => {
  const rows = [...document.matchAll(/^\| `([a-zA-Z]+)` \| (-?[\d,.]+)/gm)].map(
    ([, name, value]) => [name, Number(value?.replaceAll(",", ""))],
  );
  expect(Object.fromEntries(rows)).toEqual(VOICEMAIL_RULES);
});
