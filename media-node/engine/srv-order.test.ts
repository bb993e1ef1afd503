import { expect, test } from "vitest";
import { orderSrv, type SrvRecord } from "./srv-order.ts";

const SEED = 2782;

/** Numerical Recipes' generator: the same draws in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function srv(target: string, priority: number, weight: number): SrvRecord {
  return { target, priority, weight, port: 5060 };
}

function names(records: readonly SrvRecord[]): string {
  return records.map(({ target }) => target).join(" ");
}

test("a lower priority comes first, whatever the weights (RFC 2782)", () => {
  const records = [srv("c", 20, 65_535), srv("a", 1, 0), srv("b", 10, 1)];
  const random = seededRandom(SEED);
  for (let round = 0; round < 100; round += 1) {
    expect(names(orderSrv(records, random))).toBe("a b c");
  }
});

test("within a priority a target comes first as often as its share of the weights (RFC 2782)", () => {
  const records = [srv("ten", 1, 10), srv("sixty", 1, 60), srv("thirty", 1, 30)];
  const random = seededRandom(SEED);
  const rounds = 20_000;
  const firsts: Record<string, number> = { ten: 0, thirty: 0, sixty: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const ordered = orderSrv(records, random);
    expect(ordered.length).toBe(3);
    firsts[ordered[0]!.target]! += 1;
  }
  expect(firsts["ten"]! / rounds).toBeCloseTo(0.1, 1);
  expect(firsts["thirty"]! / rounds).toBeCloseTo(0.3, 1);
  expect(firsts["sixty"]! / rounds).toBeCloseTo(0.6, 1);
  expect(Math.abs(firsts["sixty"]! / rounds - 0.6)).toBeLessThan(0.02);
});

test("the draw is the running sum's, with weight 0 placed first (RFC 2782)", () => {
  const records = [srv("five", 1, 5), srv("zero", 1, 0), srv("three", 1, 3)];
  // The mark lies in 0..8 and then in what is left; 0 takes the record of weight 0, 1..5 the next one.
  const draws = (...values: number[]) => {
    const left = [...values];
    return () => left.shift() ?? 0;
  };
  expect(names(orderSrv(records, draws(0, 0, 0)))).toBe("zero five three");
  expect(names(orderSrv(records, draws(1 / 9, 0, 0)))).toBe("five zero three");
  expect(names(orderSrv(records, draws(5.9 / 9, 0.99, 0)))).toBe("five three zero");
  expect(names(orderSrv(records, draws(6 / 9, 0, 0)))).toBe("three zero five");
  expect(names(orderSrv(records, draws(0.999, 0.999, 0)))).toBe("three five zero");
});

test("targets without weights are all kept", () => {
  const records = [srv("a", 1, 0), srv("b", 1, 0), srv("c", 1, 0)];
  expect(orderSrv(records, seededRandom(SEED)).length).toBe(3);
});
