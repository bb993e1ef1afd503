import { expect, test } from "vitest";
import { type Ban, SourceLedger } from "./source-ledger.ts";
import { TestClock } from "./test-clock.ts";

const SETTINGS = { requestsPerSecond: 5, requestBurst: 10, maxOffences: 3, maxSources: 100 };
const SCANNER = "192.0.2.1";
const MINUTE_MS = 60_000;

function make(changes: Partial<typeof SETTINGS> = {}) {
  const clock = new TestClock();
  const ledger = new SourceLedger({ ...SETTINGS, ...changes }, clock);
  const taken = (source: string, count: number): number =>
    Array.from({ length: count }, () => ledger.takes(source)).filter(Boolean).length;
  const offend = (source: string, count: number, isSpared = false): Ban[] =>
    Array.from({ length: count }, () => ledger.offended(source, "refused", () => isSpared)).filter(
      (ban) => ban !== null,
    );
  return { clock, ledger, taken, offend };
}

test("a source has its burst, then its rate, and what another does takes nothing from it", () => {
  const { clock, taken } = make();
  expect(taken(SCANNER, 50)).toBe(10);
  expect(taken("192.0.2.2", 50)).toBe(10);
  clock.advance(1_000);
  expect(taken(SCANNER, 50)).toBe(5);
  clock.advance(10 * MINUTE_MS);
  expect(taken(SCANNER, 50)).toBe(10);
});

test("offences beyond the limit ban a source, and time alone lifts the ban", () => {
  const { clock, ledger, offend } = make();
  expect(offend(SCANNER, 3)).toEqual([]);
  expect(ledger.isBanned(SCANNER)).toBe(false);
  expect(offend(SCANNER, 1)).toEqual([
    { source: SCANNER, offence: "refused", durationMs: MINUTE_MS },
  ]);
  expect([ledger.isBanned(SCANNER), ledger.isBanned("192.0.2.2")]).toEqual([true, false]);
  expect(ledger.bannedNow).toBe(1);
  clock.advance(MINUTE_MS - 1);
  expect(ledger.isBanned(SCANNER)).toBe(true);
  clock.advance(1);
  expect(ledger.isBanned(SCANNER)).toBe(false);
  expect(ledger.bannedNow).toBe(0);
});

test("each further ban is four times as long, to an hour, and a day of peace begins again", () => {
  const { clock, offend } = make();
  const lengths: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const [ban] = offend(SCANNER, 4);
    lengths.push((ban?.durationMs ?? 0) / MINUTE_MS);
    clock.advance((ban?.durationMs ?? 0) + 1);
  }
  expect(lengths).toEqual([1, 4, 16, 60, 60]);
  clock.advance(24 * 60 * MINUTE_MS);
  expect(offend(SCANNER, 4)[0]?.durationMs).toBe(MINUTE_MS);
});

test("a mistake every ten seconds is never a ban", () => {
  const { clock, offend } = make();
  for (let count = 0; count < 500; count += 1) {
    expect(offend(SCANNER, 1)).toEqual([]);
    clock.advance(10_000);
  }
});

test("a source that a call came about with is not banned for an hour, and its ban is lifted", () => {
  const { clock, ledger, offend } = make();
  offend(SCANNER, 4);
  ledger.proven(SCANNER);
  expect(ledger.isBanned(SCANNER)).toBe(false);
  expect(offend(SCANNER, 50)).toEqual([]);
  clock.advance(60 * MINUTE_MS + 1);
  expect(offend(SCANNER, 4)).toHaveLength(1);
});

test("a source that is spared when its ban is due begins to count again", () => {
  const { offend } = make();
  expect(offend(SCANNER, 4, true)).toEqual([]);
  expect(offend(SCANNER, 3)).toEqual([]);
  expect(offend(SCANNER, 1)).toHaveLength(1);
});

test("a flood of forged sources displaces no ban and takes bounded memory", () => {
  const { ledger, offend } = make();
  offend(SCANNER, 4);
  for (let index = 0; index < 5_000; index += 1) ledger.takes(`forged ${index}`);
  expect(ledger.isBanned(SCANNER)).toBe(true);
  expect(ledger.size).toBe(SETTINGS.maxSources + 1);
  for (let index = 0; index < 500; index += 1) offend(`banned ${index}`, 4);
  expect(ledger.size).toBe(2 * SETTINGS.maxSources);
});

test("a source that is heard again and again is not the one that is forgotten", () => {
  const { ledger, taken } = make({ maxSources: 2 });
  taken(SCANNER, 10);
  for (let index = 0; index < 20; index += 1) {
    ledger.takes(`other ${index}`);
    expect(ledger.takes(SCANNER)).toBe(false);
  }
});
