import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createDigestNonces } from "./digest-nonces.ts";

function setUp() {
  const clock = { ms: 1_750_000_000_000 };
  const key = randomBytes(32);
  const keys = { current: [key] };
  const make = () =>
    createDigestNonces({
      keys: () => keys.current,
      random: randomBytes,
      nowMs: () => clock.ms,
      maxRemembered: 50,
    });
  return { clock, keys, make };
}

test("no two nonces are alike, and each is good for a minute", () => {
  const { clock, make } = setUp();
  const nonces = make();
  const made = Array.from({ length: 1_000 }, () => nonces.make());
  expect(new Set(made).size).toBe(1_000);
  const [first = "", second = ""] = made;
  clock.ms += 60_000;
  expect(nonces.use(first, 1)).toBe(true);
  clock.ms += 1;
  expect(nonces.use(second, 1)).toBe(false);
});

test("a nonce that is changed in any place is not ours", () => {
  const { make } = setUp();
  const nonces = make();
  const nonce = nonces.make();
  for (let index = 0; index < nonce.length; index += 1) {
    const other = nonce.charAt(index) === "A" ? "B" : "A";
    expect(nonces.use(nonce.slice(0, index) + other + nonce.slice(index + 1), 1)).toBe(false);
  }
  for (const text of ["", nonce.slice(1), `${nonce}A`, `${nonce}=`, ` ${nonce}`]) {
    expect(nonces.use(text, 1)).toBe(false);
  }
  expect(nonces.use(nonce, 1)).toBe(true);
});

test("another node verifies it with the same key, and not with another", () => {
  const { keys, make } = setUp();
  const nonce = make().make();
  keys.current = [randomBytes(32), ...keys.current];
  expect(make().use(nonce, 1)).toBe(true);
  keys.current = keys.current.slice(0, 1);
  expect(make().use(nonce, 1)).toBe(false);
});

test("a node whose clock is a little behind takes it, one that is far behind does not", () => {
  const { clock, make } = setUp();
  const nonce = make().make();
  clock.ms -= 10_000;
  expect(make().use(nonce, 1)).toBe(true);
  clock.ms -= 1;
  expect(make().use(nonce, 1)).toBe(false);
});

test("a count is good once, and so is a use without one", () => {
  const nonces = setUp().make();
  const counted = nonces.make();
  expect([1, 1, 3, 2, 4].map((count) => nonces.use(counted, count))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
  const once = nonces.make();
  expect([null, null, 5].map((count) => nonces.use(once, count))).toEqual([true, false, false]);
  expect(nonces.use(counted, null)).toBe(false);
});

test("what is remembered is bounded, and what was dropped is refused rather than taken twice", () => {
  const { clock, make } = setUp();
  const nonces = make();
  const first = nonces.make();
  expect(nonces.use(first, 1)).toBe(true);
  clock.ms += 1;
  for (let used = 0; used < 50; used += 1) nonces.use(nonces.make(), 1);
  expect(nonces.use(first, 2)).toBe(false);
  clock.ms += 1;
  expect(nonces.use(nonces.make(), 1)).toBe(true);
});
