import { expect, test } from "vitest";
import { createEchoLimit } from "./echo-limit.ts";

/** An IPv6 host has all addresses of a /64. */
const sourceKey = (address: string) => address.replace(/::.*$/, "");

function limitOf(places: number) {
  let nowMs = 0;
  const limit = createEchoLimit({ nowMs: () => nowMs, places: () => places, sourceKey });
  const later = (ms: number): void => {
    nowMs += ms;
  };
  return { limit, later };
}

test("a source has two calls at once and six a minute, all addresses of a /64 together", () => {
  const { limit, later } = limitOf(5_000);
  const [one, two] = [limit.take("2001:db8::1"), limit.take("2001:db8::2")];
  expect(one).not.toBeNull();
  expect(two).not.toBeNull();
  expect(limit.take("2001:db8::3")).toBeNull();
  one?.[Symbol.dispose]();
  two?.[Symbol.dispose]();
  for (let call = 3; call <= 6; call += 1) limit.take("2001:db8::1")?.[Symbol.dispose]();
  expect(limit.take("2001:db8::1")).toBeNull();
  expect(limit.take("2001:db8:1::1")).not.toBeNull();
  later(60_000);
  expect(limit.take("2001:db8::1")).not.toBeNull();
});

test.each([
  { places: 10, calls: 1 },
  { places: 250, calls: 5 },
  { places: 5_000, calls: 20 },
])("a node of $places places gives $calls of them to echo calls at once", ({ places, calls }) => {
  const { limit } = limitOf(places);
  const sources = Array.from({ length: calls + 1 }, (_, index) => `192.0.2.${index}`);
  const taken = sources.map((source) => limit.take(source));
  expect(taken.filter((place) => place !== null)).toHaveLength(calls);
  taken[0]?.[Symbol.dispose]();
  expect(limit.take("192.0.2.250")).not.toBeNull();
});

test("all sources together begin sixty a minute, however many they are", () => {
  const { limit } = limitOf(5_000);
  let begun = 0;
  for (let source = 0; source < 100; source += 1) {
    const place = limit.take(`198.51.100.${source}`);
    if (place !== null) begun += 1;
    place?.[Symbol.dispose]();
  }
  expect(begun).toBe(60);
});
