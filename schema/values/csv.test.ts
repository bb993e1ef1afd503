import { describe, expect, test } from "vitest";
import { parseCsv, writeCsvRow } from "./csv.ts";

const rowsOf = (text: string) => {
  const table = parseCsv(text);
  return table.ok ? table.rows : table.error;
};

describe("tables as text (RFC 4180)", () => {
  test.each([
    [
      "lines end with CRLF, LF or nothing",
      "a,b\r\nc,d\ne,f",
      [
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
      ],
    ],
    ["quotes keep separators, line ends and doubled quotes", 'a,"b,""\n"\r\n', [["a", 'b,"\n']]],
    [
      "empty fields stay",
      "a,,\n,,b\n",
      [
        ["a", "", ""],
        ["", "", "b"],
      ],
    ],
    ["a byte order mark is no part of the heading", "\ufeffa,b\n", [["a", "b"]]],
    ["spreadsheets that separate by semicolon or tab are read", "a;b,c\n", [["a", "b,c"]]],
    ["a separator within quotes does not decide", '"a;b",c\n', [["a;b", "c"]]],
    [
      "rows without text at the end are none",
      "a,b\nc,d\n\n,\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["nothing is no row", "", []],
  ])("%s", (_name, text, rows) => {
    expect(rowsOf(text)).toEqual(rows);
  });

  test.each([
    ['a\n"b', 2],
    ['a\nc\n"b"c', 3],
  ])("a quote that is not closed names its row", (text, row) => {
    expect(rowsOf(text)).toMatchObject({ row });
  });

  test("what is written is read again", () => {
    const rows = [
      ["+15005550100", 'he said "no", twice', "line\r\nbreak", " blank ", "a;b\tc", ""],
      ["x", "", "", "", "", "é€😀"],
    ];
    expect(rowsOf(rows.map(writeCsvRow).join(""))).toEqual(rows);
  });
});
