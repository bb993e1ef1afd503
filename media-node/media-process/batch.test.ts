import { expect, test } from "vitest";
import { createBatch } from "./batch.ts";

test("what is said in one turn is sent in one piece and in its order; the next turn's in another", async () => {
  const sent: (readonly number[])[] = [];
  const say = createBatch<number>((messages) => sent.push(messages));
  say(1);
  say(2);
  expect(sent).toEqual([]);
  await Promise.resolve();
  say(3);
  await Promise.resolve();
  expect(sent).toEqual([[1, 2], [3]]);
});
