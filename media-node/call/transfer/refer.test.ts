import { beforeEach, expect, test } from "vitest";
import { FakeNode } from "../../../tests/support/fake-call.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { ReferResponse } from "../ports.ts";
import { type ReferNotice, type ReferOutcome, startRefer } from "./refer.ts";

const ACCEPTED = { status: 202, reason: "Accepted" };
const REQUEST = { referTo: "<tel:+49301234>", headers: {} };

let clock: FakeNode["clock"];
let progress: number[];
let outcome: ReferOutcome | null;

beforeEach(() => {
  ({ clock } = new FakeNode());
  progress = [];
  outcome = null;
});

async function start(answer: ReferResponse = ACCEPTED) {
  const transfer = startRefer({
    dialog: { refer: (_request, answered) => answered(answer) },
    request: REQUEST,
    clock,
    onProgress: (status) => progress.push(status),
  });
  void transfer.outcome.then((told) => {
    outcome = told;
  });
  await settle();
  return transfer;
}

const notice = (status: number | null, reason = "", isLast = false): ReferNotice => ({
  status,
  reason,
  isLast,
});

test("100, 180 and 200 of the target are a success, with its status", async () => {
  const transfer = await start();
  for (const status of [100, 180]) transfer.notified(notice(status));
  expect(progress).toEqual([100, 180]);
  expect(outcome).toBeNull();
  transfer.notified(notice(200, "OK", true));
  await settle();
  expect(outcome).toEqual({ kind: "succeeded", status: 200, reason: "OK" });
  expect(clock.pendingTimers).toBe(0);
});

test("a refusal of the REFER itself is the outcome", async () => {
  await start({ status: 603, reason: "Decline" });
  expect(outcome).toEqual({ kind: "failed", status: 603, reason: "Decline" });
  expect(clock.pendingTimers).toBe(0);
});

test("a refusal of the target is the outcome, with the target's status", async () => {
  const transfer = await start();
  transfer.notified(notice(486, "Busy Here", true));
  await settle();
  expect(outcome).toEqual({ kind: "failed", status: 486, reason: "Busy Here" });
});

test("a peer that accepts and says no more has failed after 30 s", async () => {
  await start();
  await clock.advance(29_999);
  expect(outcome).toBeNull();
  await clock.advance(1);
  expect(outcome).toMatchObject({ kind: "failed", status: null });
});

test("a target that rings may ring for three minutes", async () => {
  const transfer = await start();
  await clock.advance(20_000);
  transfer.notified(notice(180, "Ringing"));
  await clock.advance(179_999);
  expect(outcome).toBeNull();
  await clock.advance(1);
  expect(outcome).toMatchObject({ kind: "failed", status: 180 });
});

test("a NOTIFY that overtakes the 202 counts, also when it is the last", async () => {
  let answer: (response: ReferResponse) => void = () => undefined;
  const transfer = startRefer({
    dialog: {
      refer: (_request, answered) => {
        answer = answered;
      },
    },
    request: REQUEST,
    clock,
    onProgress: (status) => progress.push(status),
  });
  transfer.notified(notice(180));
  answer(ACCEPTED);
  await settle();
  // The time to ring goes on: the acceptance does not cut it to 30 s.
  await clock.advance(40_000);
  transfer.notified(notice(200, "OK"));
  expect(await transfer.outcome).toMatchObject({ kind: "succeeded", status: 200 });
});

test("the peer's BYE after its acceptance is the success that it did not tell", async () => {
  const transfer = await start();
  expect(transfer.isPending).toBe(true);
  transfer.peerLeft();
  await settle();
  expect(outcome).toMatchObject({ kind: "succeeded", status: null });
  expect(transfer.isPending).toBe(false);
});

test("a BYE in one segment with the acceptance comes after it", async () => {
  let answer: (response: ReferResponse) => void = () => undefined;
  const transfer = startRefer({
    dialog: {
      refer: (_request, answered) => {
        answer = answered;
      },
    },
    request: REQUEST,
    clock,
    onProgress: (status) => progress.push(status),
  });
  answer(ACCEPTED);
  transfer.peerLeft();
  expect(await transfer.outcome).toMatchObject({ kind: "succeeded", status: null });
});

test("the end of the subscription without an answer of the target is a failure (RFC 6665 §4.1.3)", async () => {
  const transfer = await start();
  transfer.notified(notice(180, "Ringing"));
  transfer.notified(notice(null, "", true));
  await settle();
  expect(outcome).toMatchObject({ kind: "failed", status: 180 });
});

test("what comes after the outcome changes nothing", async () => {
  const transfer = await start();
  transfer.notified(notice(200, "OK"));
  transfer.notified(notice(500, "late"));
  transfer.peerLeft();
  transfer.abandon();
  await settle();
  expect(outcome).toEqual({ kind: "succeeded", status: 200, reason: "OK" });
});
