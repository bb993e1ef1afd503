import { describe, expect, test } from "vitest";
import { eventually } from "../../tests/support/deadline.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import type { CallMediaEvents } from "../call/media-ports.ts";
import type { MediaChild, MediaLoss } from "./child.ts";
import type { CallMessage, MediaProcessConfig } from "./messages.ts";
import { splitPorts, startMediaProcesses } from "./processes.ts";
import { createRemoteMedia } from "./remote-media.ts";

const CONFIG: MediaProcessConfig = {
  bindAddress: "127.0.0.1",
  advertisedAddress: "192.0.2.7",
  ports: [10_000, 10_007],
  timeouts: { firstPacketMs: 30_000, silenceMs: 60_000 },
  allowLoopback: true,
  agentConnectBudgetMs: 8_000,
  io: "portable",
  webSocket: "lean",
  extraCaFile: null,
  audioDirectory: "",
};

describe("the port range", () => {
  test.each([
    [
      [10_000, 19_999],
      3,
      [
        [10_000, 13_331],
        [13_332, 16_665],
        [16_666, 19_999],
      ],
    ],
    [
      [10_001, 10_008],
      2,
      [
        [10_002, 10_003],
        [10_004, 10_007],
      ],
    ],
    [[10_000, 10_001], 4, [[10_000, 10_001]]],
    [
      [0, 0],
      2,
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ] as const)("%j in %d parts is %j: whole pairs, each of them once", (range, count, parts) => {
    expect(splitPorts(range, count)).toEqual(parts);
  });
});

/** A media process without a process: it opens what it is asked for while it has pairs. */
class FakeChild implements MediaChild {
  readonly pid: number;
  readonly status;
  readonly #lost = Promise.withResolvers<MediaLoss>();
  readonly lost = this.#lost.promise;
  readonly remote;
  pairs: number;
  disposed = 0;

  constructor(pid: number, pairs: number, node: FakeNode) {
    this.pid = pid;
    this.pairs = pairs;
    this.status = {
      calls: 0,
      portsUsed: 0,
      portsTotal: pairs,
      io: "portable" as const,
      packetFailures: { send: 0, receive: 0 },
      srtpContexts: 0,
      residentBytes: 0,
      lagMs: { p50: 0, p99: 0, max: 0 },
    };
    this.remote = createRemoteMedia({ clock: node.clock, post: (message) => this.#take(message) });
  }

  lose(detail: string): void {
    this.remote.lose(detail);
    this.#lost.resolve({ cause: "crashed", detail });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed += 1;
  }

  #take(message: CallMessage): void {
    if (!("request" in message)) return;
    const { request } = message;
    if (message.kind !== "open") {
      this.remote.receive({ kind: "done", request });
      return;
    }
    this.pairs -= 1;
    const leg = { leg: 0, address: "192.0.2.7", rtpPort: 10_000 };
    this.remote.receive({ kind: "opened", request, opened: this.pairs < 0 ? null : leg });
  }
}

async function twoProcesses(pairs: readonly [number, number] = [10, 10]) {
  const node = new FakeNode();
  const children: FakeChild[] = [];
  const happened: string[] = [];
  let failures = 0;
  const processes = await startMediaProcesses({
    count: 2,
    config: CONFIG,
    logger: node.logger,
    clock: node.clock,
    qualitySampled() {},
    onLost: ({ cause }) => happened.push(`lost: ${cause}`),
    onRestored: () => happened.push("restored"),
    async startChild(deps) {
      happened.push(`start ${deps.process} ${deps.config.ports.join("-")}`);
      if (failures > 0) {
        failures -= 1;
        throw new Error("EADDRINUSE");
      }
      const child = new FakeChild(children.length + 1, pairs[deps.process] ?? 0, node);
      children.push(child);
      return child;
    },
  });
  const open = (events: Partial<CallMediaEvents> = {}) =>
    processes.ports.open(
      { callId: node.newCallId(), digitInput: null },
      {
        agentHungUp() {},
        agentAway() {},
        agentBack() {},
        agentLost() {},
        lost() {},
        failed() {},
        ...events,
      },
    );
  return {
    node,
    children,
    happened,
    processes,
    open,
    failNext(times: number) {
      failures = times;
    },
    calls: () => processes.states.map(({ calls }) => calls),
  };
}

test("each process has its part of the ports, and a call goes where the fewest are", async () => {
  const { calls, happened, open, processes } = await twoProcesses();
  expect(happened).toEqual(["start 0 10000-10003", "start 1 10004-10007"]);
  const first = await open();
  await Promise.all([open(), open()]);
  expect(calls()).toEqual([2, 1]);
  await open();
  expect(calls()).toEqual([2, 2]);
  await first?.[Symbol.asyncDispose]();
  expect(calls()).toEqual([1, 2]);
  await open();
  expect(calls()).toEqual([2, 2]);
  await processes[Symbol.asyncDispose]();
});

test("a process without a free pair leaves the call to the next; only when all are full it is refused", async () => {
  const { calls, open, processes } = await twoProcesses([0, 2]);
  expect(await open()).not.toBeNull();
  expect(await open()).not.toBeNull();
  expect(await open()).toBeNull();
  expect(calls()).toEqual([0, 2]);
  await processes[Symbol.asyncDispose]();
});

test("a start that fails leaves none of the others behind, not even one that starts later", async () => {
  const node = new FakeNode();
  const slow = Promise.withResolvers<MediaChild>();
  const child = new FakeChild(1, 1, node);
  const starting = startMediaProcesses({
    count: 2,
    config: CONFIG,
    logger: node.logger,
    clock: node.clock,
    qualitySampled() {},
    onLost() {},
    onRestored() {},
    startChild: (deps) => (deps.process === 0 ? slow.promise : Promise.reject(new Error("EACCES"))),
  });
  starting.catch(() => undefined);
  await settle();
  slow.resolve(child);
  await expect(starting).rejects.toThrow("EACCES");
  expect(child.disposed).toBe(1);
});

test("a lost process is started again, however often that fails, and calls meanwhile go to the others", async () => {
  const { calls, children, failNext, happened, node, open, processes } = await twoProcesses();
  let lost = "";
  await open({ lost: (detail) => (lost = detail) });
  failNext(2);
  children[0]?.lose("SIGSEGV");
  await settle();
  expect(lost).toBe("SIGSEGV");
  expect(processes.states[0]).toEqual({ pid: null, status: null, calls: 0 });
  await open();
  await open();
  expect(calls()).toEqual([0, 2]);
  await eventually(() => processes.states[0]?.pid ?? null, 2_000, "it is not started again");
  expect(happened.slice(2)).toEqual([
    "lost: crashed",
    "start 0 10000-10003",
    "start 0 10000-10003",
    "start 0 10000-10003",
    "restored",
  ]);
  expect(node.logs.map(({ event }) => event)).toEqual([
    "media_process_lost",
    "media_process_restart_failed",
    "media_process_restart_failed",
    "media_process_restarted",
  ]);
  await open();
  expect(calls()).toEqual([1, 2]);
  await processes[Symbol.asyncDispose]();
  expect(children.map(({ disposed }) => disposed)).toEqual([0, 1, 1]);
});

test("a process that is lost while a call is opened on it gives the call to the next", async () => {
  const { children, open, processes, calls } = await twoProcesses();
  const [first] = children;
  if (first === undefined) throw new Error("none was started");
  const { remote } = first;
  remote.receive = () => first.lose("exit 1");
  expect(await open()).not.toBeNull();
  expect(calls()[1]).toBe(1);
  await processes[Symbol.asyncDispose]();
});
