import { expect, test } from "vitest";
import { readCursor, readNumberCursor, writeCursor } from "./cursor.ts";

test("a cursor leads back to its place, and to none with other filters", () => {
  const cursor = writeCursor([7, "evt_x"], { type: "call.ended" });
  const here = readNumberCursor(cursor, { type: "call.ended" });
  expect(here).toEqual({ ok: true, value: [7, "evt_x"] });
  expect(readCursor(cursor, { type: "call.failed" })).toMatchObject({
    refusal: { status: 400, code: "cursor_invalid" },
  });
});

test("a cursor that somebody wrote is refused, never asked for in the database", () => {
  for (const forged of [writeCursor(["now", "evt_x"], {}), "x", "%%", btoa('{"k":[null,""]}')]) {
    expect(readNumberCursor(forged, {})).toMatchObject({ refusal: { code: "cursor_invalid" } });
  }
});
