import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallRecord } from "../schema/contracts/call-record.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { freePort } from "../tests/support/free-port.ts";
import { mediaChildren, readableOf } from "../tests/support/media-children.ts";
import { startNodeProcess } from "../tests/support/node-process.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { isRunning } from "../tests/support/processes.ts";
import { importedNumber } from "../tests/support/routing-rows.ts";
import { callIn, type ScriptedCaller } from "../tests/support/scripted-caller.ts";
import { connectSipPeer, sdpOffer, sipRequest } from "../tests/support/sip-peer.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { type MediaNode, startMediaNode } from "./node.ts";
import { analyseTone } from "./protocol/audio/tone-analysis.ts";

/** Calls through a whole node whose media are in real processes, and what the end of one of those leaves. */

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const CALLED = "+15005550177";
const PATIENCE_MS = 10_000;
/** Six pings are missed, and the process is started again. */
const HANG_MS = 15_000;

let plane: OutboundPlane;
let node: MediaNode | null = null;
let records: CallRecord[] = [];
let directories = 0;

beforeAll(async () => {
  plane = await OutboundPlane.start();
  for (const row of importedNumber(CALLED).rows) plane.plane.put(row.kind, row.entityId, row.value);
  plane.plane.on("events", (events) => {
    for (const event of events) if (event.kind === "call_ended") records.push(event.call);
  });
});
afterAll(() => plane[Symbol.asyncDispose]());

beforeEach(() => {
  records = [];
});
afterEach(async () => {
  await node?.stop({ code: "node_shutdown" });
  node = null;
  expect(mediaChildren(process.pid)).toEqual([]);
});

const environment = (changes: Readonly<Record<string, string>> = {}) => {
  directories += 1;
  return {
    ...plane.environment,
    TRUNKLINE_STATE_DIR: join(plane.directory, `processes-${directories}`),
    TRUNKLINE_MEDIA_PROCESSES: "2",
    ...changes,
  };
};

async function start(changes: Readonly<Record<string, string>> = {}): Promise<MediaNode> {
  const started = await startMediaNode(parseMediaNodeConfig(environment(changes)));
  node = started;
  await deadline(started.ready, PATIENCE_MS, "ready");
  return started;
}

const admin = (of: MediaNode, path: string) =>
  fetch(`http://127.0.0.1:${of.bound.adminPort}${path}`);
const metrics = async (of: MediaNode) => (await admin(of, "/metrics")).text();
const mediaCheck = async (of: MediaNode) => {
  const response = await admin(of, "/readyz");
  const body = (await response.json()) as { checks: { name: string; detail: string }[] };
  const detail = body.checks.find(({ name }) => name === "media")?.detail;
  return { status: response.status, detail };
};

/** The tone that the caller says comes back from the node's own agent, after its greeting. */
function hearsItself(caller: ScriptedCaller, toneHz: number): Promise<true> {
  return eventually(
    () => (analyseTone(caller.media.heard(), 8_000, toneHz).presentMs > 300 ? true : null),
    PATIENCE_MS,
    "the caller does not hear its echo",
  );
}

const recordOf = (code: string): Promise<CallRecord> =>
  eventually(
    () => records.find(({ end }) => end.code === code) ?? null,
    PATIENCE_MS,
    `no record with ${code}`,
  );

/** Two calls, on two processes; which is whose is found by stopping one. */
async function twoCalls(of: MediaNode) {
  const callers = [
    await callIn(of.bound.sipPort, CALLED, 700),
    await callIn(of.bound.sipPort, CALLED, 900),
  ] as const;
  const text = await metrics(of);
  expect(text).toContain('trunkline_media_process_calls{process="0"} 1');
  expect(text).toContain('trunkline_media_process_calls{process="1"} 1');
  return callers;
}

it("audio flows both ways, calls are spread over the processes, and each is counted", async () => {
  const started = await start();
  await using one = await callIn(started.bound.sipPort, CALLED, 700);
  await using two = await callIn(started.bound.sipPort, CALLED, 900);
  await using three = await callIn(started.bound.sipPort, CALLED, 1_100);
  const text = await metrics(started);
  const placed = [...text.matchAll(/^trunkline_media_process_calls\{.*\} (\d)$/gm)];
  expect(placed.map(([, calls]) => calls).sort()).toEqual(["1", "2"]);
  expect(text).toContain('trunkline_media_process_up{process="1"} 1');
  await Promise.all([hearsItself(one, 700), hearsItself(two, 900), hearsItself(three, 1_100)]);
  // No call is heard in another.
  expect(analyseTone(one.media.heard(), 8_000, 900).presentMs).toBe(0);
  await one.hangUp();
  const { media } = await recordOf("caller_hung_up");
  expect(media).toMatchObject({ codec: "PCMU", packetsReceived: expect.any(Number) });
  expect(media?.packetsReceived).toBeGreaterThan(15);
  expect(media?.packetsSent).toBeGreaterThan(15);
  await Promise.all([two.hangUp(), three.hangUp()]);
  await eventually(
    async () =>
      (await metrics(started)).includes("trunkline_rtp_port_pairs_used 3") ? true : null,
    PATIENCE_MS,
    "the ports are not in quarantine",
  );
});

it("nothing of a secret, and nothing of the node's environment, is in their arguments or environment", async () => {
  await start();
  const children = mediaChildren(process.pid);
  expect(children).toHaveLength(2);
  for (const pid of children) expect(readableOf(pid)).not.toMatch(/TRUNKLINE|credential|PATH=/);
});

describe("a media process that is killed", () => {
  it("ends its calls as media_lost with a BYE; the other's go on, and it comes back", async () => {
    const started = await start();
    const before = mediaChildren(process.pid);
    const [one, two] = await twoCalls(started);
    await using _callers = {
      [Symbol.asyncDispose]: () =>
        Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]).then(() => undefined),
    };
    process.kill(before[0] ?? 0, "SIGKILL");
    const ended = await Promise.race([
      one.next("BYE").then((bye) => ({ bye, lost: one, left: two, hz: 900 })),
      two.next("BYE").then((bye) => ({ bye, lost: two, left: one, hz: 700 })),
    ]);
    ended.lost.reply(ended.bye);
    expect(ended.bye.header("Reason")).toContain("cause=500");
    expect(await recordOf("media_lost")).toMatchObject({ media: null });
    const atMs = performance.now();
    await ended.left.media.heardAfter(atMs);
    await hearsItself(ended.left, ended.hz);
    expect(await metrics(started)).toContain(
      'trunkline_media_process_losses_total{cause="crashed"} 1',
    );
    await eventually(
      async () => {
        const { detail, status } = await mediaCheck(started);
        return status === 200 && detail === "2 of 2 media processes are up" ? true : null;
      },
      PATIENCE_MS,
      "the process is not started again",
    );
    const after = mediaChildren(process.pid);
    expect(after).toHaveLength(2);
    expect(after).not.toContain(before[0]);
    // Its ports can be had again, and it is the one with the fewest calls.
    await using next = await callIn(started.bound.sipPort, CALLED, 1_300);
    await hearsItself(next, 1_300);
  });

  it("and was the only one leaves a node that refuses calls until it is back", async () => {
    const started = await start({ TRUNKLINE_MEDIA_PROCESSES: "1" });
    const [only] = mediaChildren(process.pid);
    await using caller = await callIn(started.bound.sipPort, CALLED, 700);
    process.kill(only ?? 0, "SIGKILL");
    caller.reply(await caller.next("BYE"));
    await recordOf("media_lost");
    expect(await mediaCheck(started)).toEqual({
      status: 503,
      detail: "0 of 1 media processes are up",
    });
    await eventually(
      async () => ((await mediaCheck(started)).status === 200 ? true : null),
      PATIENCE_MS,
      "the node does not take calls again",
    );
    await using next = await callIn(started.bound.sipPort, CALLED, 900);
    await hearsItself(next, 900);
  });
});

it("a media process that hangs is ended, its calls as media_lost; the other's are heard all the time", async () => {
  const started = await start();
  const [frozen = 0] = mediaChildren(process.pid);
  const [one, two] = await twoCalls(started);
  await using _one = one;
  await using _two = two;
  process.kill(frozen, "SIGSTOP");
  const byes = [one, two].map(async (caller) => {
    const bye = await caller.next("BYE");
    caller.reply(bye);
    return caller;
  });
  for (const bye of byes) bye.catch(() => undefined);
  const lost = await deadline(Promise.race(byes), HANG_MS, "no call was ended");
  const left = lost === one ? two : one;
  await recordOf("media_lost");
  expect(isRunning(frozen)).toBe(false);
  expect(await metrics(started)).toContain('trunkline_media_process_losses_total{cause="hung"} 1');
  await left.media.heardAfter(performance.now());
  const gaps = left.media.arrived.map(
    ({ atMs }, index, all) => atMs - (all[index - 1]?.atMs ?? atMs),
  );
  expect(Math.max(...gaps)).toBeLessThan(1_000);
});

it("a range that is exhausted refuses with 503, in whichever process the last pair was, and leaks none", async () => {
  // Two even ports in a row, and the odd ones above them.
  const port = (await freePort()) & ~1;
  const started = await start({ TRUNKLINE_RTP_PORTS: `${port}-${port + 1}` });
  expect(mediaChildren(process.pid)).toHaveLength(1);
  await using caller = await callIn(started.bound.sipPort, CALLED, 700);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await using peer = await connectSipPeer(started.bound.sipPort);
    const uri = `sip:${CALLED}@127.0.0.1:${started.bound.sipPort};transport=tcp`;
    peer.send(sipRequest({ peer, method: "INVITE", uri, body: sdpOffer(4_000, { formats: "0" }) }));
    expect((await peer.next("SIP/2.0 5")).startLine).toContain("503");
  }
  await hearsItself(caller, 700);
  await caller.hangUp();
  await recordOf("caller_hung_up");
  expect(await metrics(started)).toContain("trunkline_rtp_port_pairs_used 1");
});

describe("the main process", () => {
  it("that is killed leaves no media process behind", async () => {
    const main = await startNodeProcess(environment());
    const children = mediaChildren(main.pid);
    expect(children).toHaveLength(2);
    await main.kill();
    await eventually(
      () => (children.some(isRunning) ? null : true),
      PATIENCE_MS,
      "media processes are left",
    );
  });

  it("that stops ends the calls before the processes, although a signal reaches all of them", async () => {
    const started = await start();
    await using caller = await callIn(started.bound.sipPort, CALLED, 700);
    await hearsItself(caller, 700);
    const children = mediaChildren(process.pid);
    for (const pid of children) process.kill(pid, "SIGTERM");
    const stopping = started.stop({ code: "node_shutdown" });
    caller.reply(await caller.next("BYE"));
    await stopping;
    expect(await recordOf("node_shutdown")).toMatchObject({
      media: { packetsReceived: expect.any(Number) },
    });
    expect(children.some(isRunning)).toBe(false);
  });
});
