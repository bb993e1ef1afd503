import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../tests/support/deadline.ts";
import type { MediaNodeConfig } from "./config.ts";
import { startEngineEvents } from "./engine-events.ts";
import { startHepExporter } from "./hep-exporter.ts";

const EVENT = {
  kind: "message",
  direction: "in",
  atMs: 1_750_000_000_000,
  transport: "tls",
  localAddress: "198.51.100.5",
  localPort: 5_061,
  remoteAddress: "192.0.2.10",
  remotePort: 40_000,
  startLine: "OPTIONS sip:a SIP/2.0",
  sipCallId: "call-0",
  text: "OPTIONS sip:a SIP/2.0\r\n\r\n",
  isWatched: false,
  isRepeated: false,
} as const;

async function collector() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const packets: string[] = [];
  socket.on("message", (packet) => packets.push(packet.toString("latin1")));
  return { packets, place: { address: "127.0.0.1", port: socket.address().port } };
}

const logger = { info() {}, warn() {}, error() {} };
const deps = { logger, nodeName: "node_1", nowMs: () => 0 };
test("each message goes once to the collector, from the peer to us or from us to the peer", async () => {
  const { packets, place } = await collector();
  await using hep = startHepExporter({ ...place, sampleRatio: 1 }, deps);
  hep.seen(EVENT);
  hep.seen({ ...EVENT, isRepeated: true });
  hep.seen({ ...EVENT, direction: "out", text: "the last" });
  const arrived = await eventually(
    async () => (packets.some((packet) => packet.includes("the last")) ? packets : null),
    5_000,
    "nothing arrived",
  );
  expect(arrived).toHaveLength(2);
  const address = (packet = "", chunk: string) => {
    const at = packet.indexOf(`\0\0\0${chunk}\0\x0a`);
    return [...packet.slice(at + 6, at + 10)].map((octet) => octet.charCodeAt(0)).join(".");
  };
  expect(address(arrived[0], "\x03")).toBe("192.0.2.10");
  expect(address(arrived[1], "\x03")).toBe("198.51.100.5");
});

test("of a share of the calls every message is copied, and of the others none", async () => {
  const { packets, place } = await collector();
  await using hep = startHepExporter({ ...place, sampleRatio: 0.25 }, deps);
  for (let call = 0; call < 100; call += 1) {
    for (const text of ["one", "two"]) hep.seen({ ...EVENT, sipCallId: `call-${call}.`, text });
  }
  // Some of these are of the share.
  for (let call = 0; call < 50; call += 1) {
    hep.seen({ ...EVENT, sipCallId: `after-${call}`, text: "the last" });
  }
  await eventually(
    async () => (packets.some((packet) => packet.includes("the last")) ? true : null),
    5_000,
    "nothing arrived",
  );
  const copies = new Map<string, number>();
  for (const packet of packets) {
    const call = /call-\d+\./.exec(packet)?.[0];
    if (call !== undefined) copies.set(call, (copies.get(call) ?? 0) + 1);
  }
  expect([...new Set(copies.values())]).toEqual([2]);
  expect(copies.size).toBeGreaterThan(10);
  expect(copies.size).toBeLessThan(45);
});

test("the engine tells of all messages where there is a collector, and else of those that somebody keeps", async () => {
  const { place } = await collector();
  const identity = { nodeId: "node_1" } as MediaNodeConfig["identity"];
  const log = { level: "info", maskNumbers: true } as const;
  const wanted = { logger: { ...logger, debug() {} }, clock: { monotonicMs: () => 0 } };
  const seen: string[] = [];
  const messages = { seen: ({ text }: { readonly text: string }) => void seen.push(text) };
  await using without = startEngineEvents({ hep: null, identity, log }, { ...wanted, messages });
  const hep = { ...place, sampleRatio: 1 };
  await using withOne = startEngineEvents({ hep, identity, log }, { ...wanted, messages });
  expect([without.messageEvents, withOne.messageEvents]).toEqual(["watched_calls", "all"]);
  withOne.onEvent({ ...EVENT, text: "not kept" });
  withOne.onEvent({ ...EVENT, text: "kept", isWatched: true });
  expect(seen).toEqual(["kept"]);
});
