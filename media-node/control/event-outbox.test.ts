import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CallEvent, NodeEvent } from "../../schema/contracts/call-record.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { recordedDeps } from "../../tests/support/control-deps.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { FakeControlPlane } from "../../tests/support/fake-control-plane.ts";
import { createVirtualClock } from "../../tests/support/virtual-clock.ts";
import type { Clock } from "../call/ports.ts";
import { type EventOutbox, startEventOutbox } from "./event-outbox.ts";
import { createControlPlaneClient } from "./http-client.ts";
import { systemClock } from "./system-clock.ts";

const PATIENCE_MS = 5_000;
let directory = "";
let plane: FakeControlPlane;
let credential: Secret;
let closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-outbox-"));
  plane = await new FakeControlPlane().start();
  credential = new Secret((await plane.identity()).credential);
});

afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
  await plane.stop();
  await rm(directory, { recursive: true, force: true });
});

async function start({
  clock = systemClock,
  ...options
}: {
  maxEvents?: number;
  keepsRejected?: boolean;
  clock?: Clock;
} = {}) {
  const deps = recordedDeps({ clock });
  const client = createControlPlaneClient({ baseUrl: plane.url, credential, ca: null });
  const outbox = await startEventOutbox({ ...deps, client, directory, ...options });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await outbox.stop(1_000);
    client.close();
  };
  closers.push(close);
  return { outbox, deps, close };
}

function callEvent(
  kind: Extract<CallEvent["kind"], "call_started" | "call_ended"> = "call_ended",
): CallEvent {
  const callId = newId("call");
  const call = {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId: newId("workspace"),
    phoneNumberId: newId("phoneNumber"),
    agentId: newId("agent"),
    agentName: "Test agent",
    direction: "inbound",
    agentNumber: "+15005550100",
    externalNumber: "+14155550123",
    callSid: "sid",
    sipCallId: "sip-call-id",
    dynamicVariables: {},
    nodeId: "node",
    region: "test-1",
    transport: "tls",
    sourceAddress: "203.0.113.5",
    startedAtMs: 1_750_000_000_000,
  } as const;
  if (kind === "call_started") return { kind, eventId: newId("event"), call };
  const end = { code: "caller_hung_up", blame: "none", sipStatus: null, reason: "." };
  const times = { answeredAtMs: null, endedAtMs: 1_750_000_001_000, durationMs: 0 };
  return {
    kind,
    eventId: newId("event"),
    call: { ...call, ...times, end, refusal: null, media: null },
  };
}

function rejection(): NodeEvent {
  return {
    kind: "call_rejected",
    eventId: newId("event"),
    attempt: {
      id: newId("rejectedAttempt"),
      workspaceId: newId("workspace"),
      phoneNumberId: null,
      conversationId: null,
      nodeId: "node",
      region: "test-1",
      code: "source_unknown",
      sipStatus: 403,
      reason: ".",
      hint: null,
      sourceAddress: "203.0.113.9",
      sourcePort: 5060,
      transport: "udp",
      requestUser: "1",
      requestHost: "sip.example.com",
      toUser: "1",
      fromUser: "2",
      sipCallId: "id",
      firstAtMs: 1,
      lastAtMs: 1,
      attempts: 1,
    },
  };
}

const files = async () => (await readdir(directory)).filter((name) => name.endsWith(".json"));
const empties = (outbox: EventOutbox) =>
  eventually(() => (outbox.depth === 0 ? true : null), PATIENCE_MS, "the outbox empties");

it("an event is on disk when save returns, and gone when it is acknowledged", async () => {
  plane.eventsStatus = 503;
  const { outbox } = await start();
  const event = callEvent();
  await outbox.save(event);
  expect(await files()).toEqual([`0000000000000001-${event.eventId}.json`]);
  plane.eventsStatus = null;
  await empties(outbox);
  expect(await files()).toEqual([]);
  expect([...plane.delivered]).toEqual([[event.eventId, 1]]);
});

it("events survive a restart without the control plane, and arrive once each in their order", async () => {
  await plane.stop();
  const first = await start();
  const events = Array.from({ length: 5 }, () => callEvent());
  for (const event of events) await first.outbox.save(event);
  await first.close();
  await plane.start();
  const second = await start();
  const later = callEvent();
  await second.outbox.save(later);
  await empties(second.outbox);
  expect([...plane.delivered.keys()]).toEqual([...events, later].map((event) => event.eventId));
  expect(new Set(plane.delivered.values())).toEqual(new Set([1]));
});

it("what failed is tried at once when the link is up again, however long its pause", async () => {
  plane.eventsStatus = 503;
  const { outbox, deps } = await start({ clock: createVirtualClock() });
  await outbox.save(callEvent());
  await deps.logged("events_not_delivered");
  plane.eventsStatus = null;
  outbox.linked();
  await empties(outbox);
});

it("more than a hundred events go in batches that the contract allows", async () => {
  plane.eventsStatus = 503;
  const { outbox } = await start();
  await Promise.all(Array.from({ length: 230 }, () => outbox.save(callEvent())));
  plane.eventsStatus = null;
  await empties(outbox);
  expect(plane.delivered.size).toBe(230);
});

it("a rejected event is set aside for an operator, and those after it are delivered", async () => {
  const { outbox, deps } = await start();
  const [wrong, right] = [callEvent(), callEvent()];
  plane.rejectEvents.add(wrong.eventId);
  await outbox.save(wrong);
  await outbox.save(right);
  await empties(outbox);
  expect((await readdir(join(directory, "rejected"))).join()).toContain(wrong.eventId);
  expect([...plane.delivered.keys()]).toEqual([right.eventId]);
  expect(await deps.logged("event_rejected")).toMatchObject({ fields: { code: "unknown_call" } });
});

it("where nothing rejected is kept, a rejected event leaves no file", async () => {
  const { outbox, deps } = await start({ keepsRejected: false });
  const wrong = callEvent();
  plane.rejectEvents.add(wrong.eventId);
  await outbox.save(wrong);
  await empties(outbox);
  expect(await readdir(join(directory, "rejected"))).toEqual([]);
  expect(await files()).toEqual([]);
  expect(deps.counts.get("rejected")).toBe(1);
});

it("a full outbox refuses an attempt that was rejected", async () => {
  plane.eventsStatus = 503;
  const { outbox } = await start({ maxEvents: 1 });
  await outbox.save(rejection());
  await expect(outbox.save(rejection())).rejects.toMatchObject({ code: "outbox_full" });
  expect(await files()).toHaveLength(1);
});

it("an event that makes every request fail is found alone and set aside", async () => {
  plane.eventsStatus = 422;
  const { outbox } = await start();
  await Promise.all(Array.from({ length: 3 }, () => outbox.save(callEvent())));
  await empties(outbox);
  expect(await readdir(join(directory, "rejected"))).toHaveLength(3);
});

it("a credential that is refused loses no event", async () => {
  plane.eventsStatus = 401;
  const { outbox, deps, close } = await start();
  await outbox.save(callEvent());
  await deadline(deps.logged("events_not_delivered"), PATIENCE_MS, "a failure is logged");
  await close();
  expect(await files()).toHaveLength(1);
});

it("a full outbox refuses the beginning of a call and takes its end", async () => {
  plane.eventsStatus = 503;
  const { outbox, deps } = await start({ maxEvents: 1 });
  await outbox.save(callEvent());
  await expect(outbox.save(callEvent("call_started"))).rejects.toMatchObject({
    code: "outbox_full",
  });
  expect(deps.counts.get("outboxRefused")).toBe(1);
  await outbox.save(callEvent());
  expect(outbox.depth).toBe(2);
});

it("a disk error reaches the caller, and the event is delivered from memory", async () => {
  const { outbox, deps } = await start();
  await rm(directory, { recursive: true });
  const event = callEvent();
  await expect(outbox.save(event)).rejects.toMatchObject({ code: "outbox_disk_failed" });
  expect(deps.counts.get("diskError")).toBeGreaterThanOrEqual(1);
  await empties(outbox);
  expect(plane.delivered.get(event.eventId)).toBe(1);
});

it("an event that the disk refused is written when the disk is well again", async () => {
  plane.eventsStatus = 503;
  const { outbox } = await start();
  await rm(directory, { recursive: true });
  const event = callEvent();
  await expect(outbox.save(event)).rejects.toMatchObject({ code: "outbox_disk_failed" });
  await mkdir(join(directory, "rejected"), { recursive: true });
  await eventually(
    async () => ((await files()).join().includes(event.eventId) ? true : null),
    PATIENCE_MS,
    "the event is on disk",
  );
});

it("a file that holds no event blocks nothing, and what was never finished is removed", async () => {
  const event = callEvent();
  await writeFile(join(directory, `0000000000000001-${newId("event")}.json`), "{");
  await writeFile(join(directory, ".half.tmp"), "{");
  const { outbox } = await start();
  await outbox.save(event);
  await empties(outbox);
  expect([...plane.delivered.keys()]).toEqual([event.eventId]);
  expect(await readdir(directory)).toEqual(["rejected"]);
});

it("a file that somebody removed blocks nothing, and is reported", async () => {
  plane.eventsStatus = 503;
  const { outbox, deps } = await start();
  const [removed, kept] = [callEvent(), callEvent()];
  await outbox.save(removed);
  await outbox.save(kept);
  await deadline(deps.logged("events_not_delivered"), PATIENCE_MS, "a failure is logged");
  await rm(join(directory, `0000000000000001-${removed.eventId}.json`));
  plane.eventsStatus = null;
  await empties(outbox);
  expect([...plane.delivered.keys()]).toContain(kept.eventId);
  expect(await deps.logged("event_rejected")).toMatchObject({ fields: { code: "unreadable" } });
});
