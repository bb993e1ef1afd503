import { expect, onTestFinished, test } from "vitest";
import type { CallRejected } from "../../../schema/contracts/call-record.ts";
import { nodeEventSchema } from "../../../schema/contracts/call-record.ts";
import { newId } from "../../../schema/values/ids.ts";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { QUERY } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { RefusedInvite } from "../ports.ts";
import { createRejectedAttempts } from "./rejected-attempts.ts";

const REFUSED: RefusedInvite = {
  code: "source_unknown",
  query: { ...QUERY, sourceAddress: "203.0.113.9" },
  sipCallId: "call@peer",
  workspaceId: ROUTE.workspaceId,
  phoneNumberId: ROUTE.phoneNumberId,
  conversationId: null,
};
const from = (sourceAddress: string): RefusedInvite => ({
  ...REFUSED,
  query: { ...QUERY, sourceAddress },
});

function recording() {
  const { clock, logger, logs, node } = new FakeNode();
  const told: CallRejected[] = [];
  let full: Error | null = null;
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const outbox = {
    async save(event: CallRejected) {
      if (full !== null) throw full;
      nodeEventSchema.parse(event);
      told.push(event);
    },
  };
  const attempts = createRejectedAttempts({ outbox, clock, logger, random, node });
  onTestFinished(() => attempts.close());
  return { attempts, clock, told, logs, fill: () => (full = new Error("full")) };
}

test("the first attempt is told at once, with its source, its number and what would pass", () => {
  const { attempts, told } = recording();
  attempts.note(REFUSED);
  expect(told).toHaveLength(1);
  expect(told[0]?.attempt).toMatchObject({
    workspaceId: ROUTE.workspaceId,
    phoneNumberId: ROUTE.phoneNumberId,
    code: "source_unknown",
    sipStatus: 403,
    sourceAddress: "203.0.113.9",
    sourcePort: 40_000,
    transport: "tls",
    requestUser: "+15005550100",
    hint: "Add 203.0.113.9 to allowed_addresses of the number's inbound trunk.",
    attempts: 1,
  });
});

test("those that follow within a minute are counted, and told once under the same id", async () => {
  const { attempts, clock, told } = recording();
  for (let count = 0; count < 1_000; count += 1) attempts.note(REFUSED);
  expect(told).toHaveLength(1);
  await clock.advance(60_000);
  expect(told.map(({ attempt }) => attempt.attempts)).toEqual([1, 1_000]);
  expect(new Set(told.map(({ attempt }) => attempt.id)).size).toBe(1);
  expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(2);
  attempts.note(REFUSED);
  expect(told[2]?.attempt.id).not.toBe(told[0]?.attempt.id);
  await clock.advance(60_000);
  expect(told).toHaveLength(3);
  expect(clock.pendingTimers).toBe(0);
});

test("what names no tenant, and what the caller gave up, is not told", () => {
  const { attempts, told } = recording();
  attempts.note({ ...REFUSED, workspaceId: null, phoneNumberId: null });
  attempts.note({ ...REFUSED, code: "cancelled" });
  attempts.note({ ...REFUSED, code: "signalling_lost" });
  expect(told).toEqual([]);
});

test("a number that many sources ask for names sixteen of them and counts the others together", async () => {
  const { attempts, clock, told } = recording();
  for (let host = 0; host < 500; host += 1) attempts.note(from(`198.51.100.${host}`));
  expect(told).toHaveLength(17);
  expect(told.at(-1)?.attempt.sourceAddress).toBeNull();
  await clock.advance(60_000);
  expect(told).toHaveLength(18);
  expect(told.at(-1)?.attempt).toMatchObject({ sourceAddress: null, attempts: 484 });
});

test("a flood over many numbers makes 128 rows a minute, one line in the log, and nothing more", async () => {
  const { attempts, clock, told, logs } = recording();
  for (let count = 0; count < 5_000; count += 1) {
    attempts.note({ ...REFUSED, phoneNumberId: newId("phoneNumber") });
  }
  expect(told).toHaveLength(128);
  expect(clock.pendingTimers).toBe(128);
  await clock.advance(60_000);
  expect(told).toHaveLength(128);
  expect(logs).toEqual([{ event: "rejected_attempts_dropped", fields: { attempts: 4_872 } }]);
});

test("what a stranger wrote is cut, and is text", () => {
  const { attempts, told } = recording();
  attempts.note({
    ...REFUSED,
    query: { ...REFUSED.query, requestUser: `\ud800${"9".repeat(5_000)}` },
  });
  expect(told[0]?.attempt.requestUser).toHaveLength(256);
  expect(told[0]?.attempt.requestUser.isWellFormed()).toBe(true);
});

test("an outbox that takes nothing costs a line in the log, and the end tells what was counted", async () => {
  const { attempts, told, logs, fill } = recording();
  attempts.note(REFUSED);
  attempts.note(REFUSED);
  await attempts.close();
  expect(told.map(({ attempt }) => attempt.attempts)).toEqual([1, 2]);
  fill();
  attempts.note(REFUSED);
  await settle();
  expect(logs.map(({ event }) => event)).toEqual(["rejected_attempt_not_saved"]);
});
