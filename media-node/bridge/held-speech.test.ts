import { expect, test } from "vitest";
import { HeldSpeech } from "./held-speech.ts";

function recorded() {
  const happened: string[] = [];
  const held = new HeldSpeech();
  const note = (what: string) => () => void happened.push(what);
  return { happened, held, note };
}

test("what is held happens in its order when it is released, the end last, and all of it once", () => {
  const { happened, held, note } = recorded();
  held.audio(20, note("one"));
  held.end(note("hang-up"));
  held.event(note("mark"));
  held.audio(20, note("two"));
  expect(happened).toEqual([]);
  held.release();
  held.release();
  expect(happened).toEqual(["one", "mark", "two", "hang-up"]);
});

test("audio that is cleared makes room, and marks before it stay before the clear", () => {
  const { happened, held, note } = recorded();
  held.audio(29_990, note("first"));
  held.event(note("mark"));
  held.clear(note("clear"));
  held.audio(29_990, note("second"));
  held.release();
  expect(happened).toEqual(["mark", "clear", "second"]);
});

test("30 seconds are kept and not a message more, in however many messages they come", () => {
  const { happened, held, note } = recorded();
  for (let i = 0; i < 1_600; i += 1) held.audio(20, note("audio"));
  held.end(note("end"));
  for (let i = 0; i < 9_000; i += 1) held.event(note("mark"));
  held.release();
  expect(happened.filter((what) => what === "audio")).toHaveLength(1_500);
  expect(happened).toHaveLength(3_001);
  expect(happened.at(-1)).toBe("end");
});
