import { expect, test } from "vitest";
import { makeId } from "../../schema/values/ids.ts";
import { createCallControl } from "./call-control.ts";
import type { CallEndCode } from "./call-ends.ts";
import { createCallRegistry, type LiveCall } from "./registry.ts";

function liveCall(number: number, ended: CallEndCode[] = []): LiveCall {
  return {
    callId: makeId("call", number, new Uint8Array(10)),
    direction: "inbound",
    startedAtMs: number,
    end: (code) => ended.push(code),
    control: createCallControl({ code: null, end() {} }),
  };
}

test("a call is counted and listed until it is disposed", () => {
  const calls = createCallRegistry();
  const [first, second] = [liveCall(1), liveCall(2)];
  const added = calls.add(first);
  calls.add(second);
  expect([calls.count, ...calls]).toEqual([2, first, second]);
  added[Symbol.dispose]();
  expect([calls.count, ...calls]).toEqual([1, second]);
});

test("endAll resolves when the last call is gone, one that came meanwhile included", async () => {
  const calls = createCallRegistry();
  const ended: CallEndCode[] = [];
  const first = calls.add(liveCall(1, ended));
  let isOver = false;
  const over = calls.endAll("node_shutdown").then(() => {
    isOver = true;
  });
  const late = calls.add(liveCall(2, ended));
  first[Symbol.dispose]();
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  expect(ended).toEqual(["node_shutdown", "node_shutdown"]);
  late[Symbol.dispose]();
  await over;
});

test("untilEmpty waits for the last call and ends none", async () => {
  const calls = createCallRegistry();
  const ended: CallEndCode[] = [];
  const first = calls.add(liveCall(1, ended));
  let isOver = false;
  const over = calls.untilEmpty().then(() => {
    isOver = true;
  });
  const late = calls.add(liveCall(2, ended));
  first[Symbol.dispose]();
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  late[Symbol.dispose]();
  await over;
  expect(ended).toEqual([]);
});

test("without calls endAll and untilEmpty resolve at once", async () => {
  await createCallRegistry().endAll("node_shutdown");
  await createCallRegistry().untilEmpty();
});
