import { expect, test } from "vitest";
import { parseRetentionDays, retentionMs } from "./retention.ts";

test("what a deployment sets replaces the default, and nothing else changes", () => {
  const set = parseRetentionDays("conversations=90, sip_messages=7");
  expect(set).toEqual({ conversations: 90, sip_messages: 7 });
  expect(retentionMs(set ?? {}, "conversations")).toBe(90 * 86_400_000);
  expect(retentionMs(set ?? {}, "transcripts")).toBe(730 * 86_400_000);
  expect(parseRetentionDays("")).toEqual({});
});

test.each([
  "conversations",
  "conversations=0",
  "conversations=4000",
  "nothing=3",
  "write_ids=9",
  "toString=1",
])("%s is no setting of retention", (text) => {
  expect(parseRetentionDays(text)).toBeNull();
});
