import { expect, test } from "vitest";
import { parseByteRange } from "./byte-range.ts";

/** RFC 9110 §14.1.2 and §14.2, of 10,000 octets as its examples have. */
test.each([
  ["bytes=0-499", { first: 0, last: 499 }],
  ["bytes=9500-", { first: 9_500, last: 9_999 }],
  ["bytes=-500", { first: 9_500, last: 9_999 }],
  ["bytes=0-", { first: 0, last: 9_999 }],
  ["bytes=9999-20000", { first: 9_999, last: 9_999 }],
  ["bytes=-20000", { first: 0, last: 9_999 }],
  ["bytes=10000-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=500-499", null],
  ["bytes=0-0,-1", null],
  ["bytes=-", null],
  ["seconds=1-2", null],
  ["", null],
  [undefined, null],
] as const)("%s", (header, asked) => {
  expect(parseByteRange(header, 10_000)).toEqual(asked);
});
