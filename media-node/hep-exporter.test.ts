import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { deadline, eventually } from "../tests/support/deadline.ts";
import type { MediaNodeConfig } from "./config.ts";
import { systemClock } from "./control/system-clock.ts";
import { startEngineEvents } from "./engine-events.ts";
import { type HepExporter, startHepExporter } from "./hep-exporter.ts";

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
  const { port } = socket.address();
  return { packets, place: { transport: "udp", address: "127.0.0.1", port } as const };
}

const logger = { info() {}, warn() {}, error() {} };
const counted: string[] = [];
const metrics = { hepMessage: (result: string) => void counted.push(result) };
const deps = { logger, metrics, nodeName: "node_1", clock: systemClock, random: () => 0 };
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
  const wanted = {
    logger: { ...logger, debug() {} },
    clock: systemClock,
    metrics,
    random: () => 0,
  };
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

describe("over TCP", () => {
  /** A collector that keeps what it has read of each connection; `port` 0: any. */
  async function tcpCollector(port = 0) {
    const connections: { readonly socket: Socket; text: string }[] = [];
    const server = createServer((socket) => {
      const connection = { socket, text: "" };
      connections.push(connection);
      socket.on("data", (read) => {
        connection.text += read.toString("latin1");
      });
      socket.on("error", () => undefined);
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    const bound = (server.address() as AddressInfo).port; // a TCP server's address has a port
    async function close(): Promise<void> {
      for (const { socket } of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
    onTestFinished(close);
    const place = { transport: "tcp", address: "127.0.0.1", port: bound, sampleRatio: 1 } as const;
    const read = (part: string) =>
      eventually(
        () => connections.find(({ text }) => text.includes(part))?.text ?? null,
        5_000,
        `${part} did not arrive`,
      );
    return { connections, place, close, read };
  }
  const say = (hep: HepExporter, text: string) => hep.seen({ ...EVENT, text });

  test("messages follow one another on one connection, each with its length", async () => {
    const { connections, place, read } = await tcpCollector();
    await using hep = startHepExporter(place, deps);
    for (const text of ["one", "two", "the last"]) say(hep, text);
    const text = await read("the last");
    expect(connections).toHaveLength(1);
    const lengths: number[] = [];
    for (let at = 0; at < text.length; at += lengths.at(-1) ?? text.length) {
      expect(text.slice(at, at + 4)).toBe("HEP3");
      lengths.push(Buffer.from(text.slice(at + 4, at + 6), "latin1").readUInt16BE());
    }
    expect(lengths).toHaveLength(3);
  });

  test("what comes while the collector is away waits for it, and a lost connection is made again", async () => {
    const away = await tcpCollector();
    await away.close();
    await using hep = startHepExporter(away.place, deps);
    for (const text of ["waits", "as well"]) say(hep, text);
    const { connections, read } = await tcpCollector(away.place.port);
    expect(await read("as well")).toContain("waits");
    connections[0]?.socket.destroy();
    await eventually(
      () => {
        // Until the loss is seen a message may be written to nobody.
        say(hep, "after");
        return connections[1]?.text.includes("after") || null;
      },
      5_000,
      "not connected again",
    );
  });

  test("more than may wait is dropped and counted, and the end does not wait for a collector that is away", async () => {
    const { place, close } = await tcpCollector();
    await close();
    counted.length = 0;
    const hep = startHepExporter(place, deps);
    for (let message = 0; message < 2_100; message += 1) say(hep, "lost");
    expect(counted).toEqual(Array.from({ length: 100 }, () => "dropped"));
    await deadline(Promise.resolve(hep[Symbol.asyncDispose]()), 1_000, "closed");
  });
});
