import { expect, test } from "vitest";
import { createDigestThrottle, type DigestTry } from "./digest-throttle.ts";

const MINUTE_MS = 60_000;

function setUp() {
  const clock = { ms: 0 };
  const throttle = createDigestThrottle(() => clock.ms);
  const who = (changes: Partial<DigestTry> = {}): DigestTry => ({
    sourceAddress: "198.51.100.7",
    isSourceNamed: false,
    username: "acme",
    ...changes,
  });
  /** How many of so many wrong passwords are looked at. */
  const guess = (times: number, of: (time: number) => DigestTry): number => {
    let looked = 0;
    for (let time = 0; time < times; time += 1) {
      if (throttle.isPaused(of(time))) continue;
      throttle.failed(of(time));
      looked += 1;
    }
    return looked;
  };
  return { clock, throttle, who, guess };
}

test("a source may be wrong about a user five times, then once a minute, two, four, at last fifteen", () => {
  const { clock, guess, who } = setUp();
  expect(guess(50, () => who())).toBe(5);
  for (const minutes of [1, 2, 4, 8, 15, 15]) {
    clock.ms += minutes * MINUTE_MS - 1;
    expect(guess(3, () => who())).toBe(0);
    clock.ms += 1;
    expect(guess(3, () => who())).toBe(1);
  }
});

test("a source that tries user after user is held up", () => {
  const { guess, who } = setUp();
  expect(guess(200, (time) => who({ username: `user${time}` }))).toBe(20);
  expect(guess(1, () => who({ username: "another" }))).toBe(0);
  expect(guess(1, () => who({ username: "another", sourceAddress: "198.51.100.8" }))).toBe(1);
});

test("one that trunks name is not: what it carries is not all of one customer", () => {
  const { guess, who } = setUp();
  expect(guess(200, (time) => who({ username: `user${time}`, isSourceNamed: true }))).toBe(200);
  expect(guess(50, () => who({ username: "one", isSourceNamed: true }))).toBe(5);
});

test("an IPv6 host is its /64, and a mapped IPv4 address is that address", () => {
  const { guess, who } = setUp();
  const host = (time: number) => `2001:db8:1:2::${(time + 1).toString(16)}`;
  expect(guess(50, (time) => who({ sourceAddress: host(time) }))).toBe(5);
  expect(guess(1, () => who({ sourceAddress: "2001:db8:1:3::1" }))).toBe(1);
  expect(guess(50, () => who({ sourceAddress: "192.0.2.1", username: "v4" }))).toBe(5);
  expect(guess(1, () => who({ sourceAddress: "::ffff:192.0.2.1", username: "v4" }))).toBe(0);
});

test("a user guessed at from everywhere is held up for strangers, not for who has been right before", () => {
  const { guess, throttle, who } = setUp();
  throttle.succeeded(who());
  expect(guess(200, (time) => who({ sourceAddress: `203.0.113.${time}` }))).toBe(20);
  expect(guess(1, () => who({ sourceAddress: "192.0.2.200" }))).toBe(0);
  expect(guess(1, () => who())).toBe(1);
});

test("who was right is held up by its own mistakes all the same", () => {
  const { guess, throttle, who } = setUp();
  throttle.succeeded(who());
  expect(guess(50, () => who())).toBe(5);
});

test("a right password forgives what the source did to the user, half an hour forgets it", () => {
  const { clock, guess, throttle, who } = setUp();
  expect(guess(4, () => who())).toBe(4);
  throttle.succeeded(who());
  expect(guess(50, () => who())).toBe(5);
  clock.ms += 31 * MINUTE_MS;
  expect(guess(50, () => who())).toBe(5);
});

test("a right password does not forgive what others did to the user, or what else the source did", () => {
  const { guess, throttle, who } = setUp();
  const stranger = (time: number) => who({ sourceAddress: `203.0.113.${time}` });
  expect(guess(200, stranger)).toBe(20);
  throttle.succeeded(who());
  expect(guess(1, () => who({ sourceAddress: "192.0.2.200" }))).toBe(0);
  const other = (time: number) => who({ username: `user${time}` });
  expect(guess(200, other)).toBe(20);
  throttle.succeeded(who());
  expect(guess(1, () => who({ username: "another" }))).toBe(0);
  expect(guess(1, () => who())).toBe(1);
});
