import { expect, test } from "vitest";
import { InviteFailover } from "./invite-failover.ts";
import { TestClock } from "./test-clock.ts";

/** An INVITE whose next target is connected when the test says so. */
function start() {
  const clock = new TestClock();
  const connecting: PromiseWithResolvers<boolean>[] = [];
  const rests: (number | null)[] = [];
  const done: string[] = [];
  const tracked: Promise<void>[] = [];
  const state = { mayMoveOn: true };
  const failover = new InviteFailover({
    clock,
    mayMoveOn: () => state.mayMoveOn,
    moveOn(restMs) {
      rests.push(restMs);
      const next = Promise.withResolvers<boolean>();
      connecting.push(next);
      return next.promise;
    },
    track: (moving) => tracked.push(moving),
  });
  const settle = async (hasMoved: boolean): Promise<void> => {
    connecting.at(-1)?.resolve(hasMoved);
    await Promise.all(tracked);
  };
  return { clock, failover, connecting, rests, done, state, settle };
}

test("silence and a 503 together move the INVITE once", async () => {
  const { clock, failover, connecting, rests, done, settle } = start();
  failover.waitForAnswer();
  clock.advance(5_000);
  failover.failed(7_000, () => done.push("503"));
  expect(rests).toEqual([null]);
  await settle(true);
  expect(connecting.length).toBe(1);
  expect(done).toEqual([]);
});

test("a 503 while the next target is connected counts when that comes to nothing", async () => {
  const { clock, failover, done, settle } = start();
  failover.waitForAnswer();
  clock.advance(5_000);
  failover.failed(null, () => done.push("503"));
  expect(done).toEqual([]);
  await settle(false);
  expect(done).toEqual(["503"]);
});

test("silence with no other target changes nothing, and a later failure is still one", async () => {
  const { clock, failover, done, settle } = start();
  failover.waitForAnswer();
  clock.advance(5_000);
  await settle(false);
  expect(done).toEqual([]);
  failover.failed(null, () => done.push("503"));
  await settle(false);
  expect(done).toEqual(["503"]);
});

test("what was heard of in time is not silent", () => {
  const { clock, failover, connecting } = start();
  failover.waitForAnswer();
  clock.advance(4_999);
  failover.heard();
  clock.advance(60_000);
  expect(connecting.length).toBe(0);
  expect(clock.pendingCount).toBe(0);
});

test("an INVITE that may not move fails where it is", () => {
  const { failover, connecting, done, state } = start();
  state.mayMoveOn = false;
  failover.failed(null, () => done.push("503"));
  expect(done).toEqual(["503"]);
  expect(connecting.length).toBe(0);
});
