import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { deadline } from "../../../tests/support/deadline.ts";
import {
  BindFault,
  MAX_PACKET_BYTES,
  MEDIA_IO_KINDS,
  type MediaIoKind,
  type OpenMediaIo,
  type PacketSlots,
  type UdpEndpoint,
} from "../media-io.ts";
import { openMediaIo } from "./open.ts";

const LIMIT_MS = 5_000;
let opened: OpenMediaIo[] = [];

afterEach(async () => {
  await Promise.all(opened.map((io) => io.close()));
  opened = [];
});

async function open(kind: MediaIoKind, slots?: PacketSlots): Promise<OpenMediaIo> {
  const { io, fallback } = await openMediaIo(kind, slots);
  expect(fallback).toBeNull();
  opened.push(io);
  return io;
}

async function bound(io: OpenMediaIo, address = "127.0.0.1"): Promise<UdpEndpoint> {
  const endpoint = await io.bind(address, 0);
  if (endpoint === null) throw new Error("no port");
  return endpoint;
}

interface Heard {
  readonly text: string;
  readonly address: string;
  readonly port: number;
}

/** The packets of an endpoint, one after the other. */
function listen(endpoint: UdpEndpoint): () => Promise<Heard> {
  const heard: Heard[] = [];
  let waiting = Promise.withResolvers<void>();
  endpoint.receive((packet, length, address, port) => {
    heard.push({ text: packet.toString("latin1", 0, length), address, port });
    waiting.resolve();
  });
  return async () => {
    for (;;) {
      const next = heard.shift();
      if (next !== undefined) return next;
      waiting = Promise.withResolvers();
      await deadline(waiting.promise, LIMIT_MS, "no packet came");
    }
  };
}

function send(endpoint: UdpEndpoint, text: string, address: string, port: number): void {
  endpoint.send(Buffer.from(text, "latin1"), text.length, address, port);
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe.each(MEDIA_IO_KINDS)("the %s back end", (kind) => {
  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["0.0.0.0", "127.0.0.1"],
    ["::", "127.0.0.1"],
    ["::", "::1"],
  ])("bound to %s it hears a peer at %s by its literal and answers it", async (address, peer) => {
    const io = await open(kind);
    const ours = await bound(io, address);
    const peers = await bound(io, peer);
    const [atOurs, atPeers] = [listen(ours), listen(peers)];
    send(peers, "question", peer, ours.port);
    const question = await atOurs();
    expect(question).toEqual({ text: "question", address: peer, port: peers.port });
    send(ours, "answer", question.address, question.port);
    expect(await atPeers()).toEqual({ text: "answer", address: peer, port: ours.port });
    expect(io.failures).toEqual({ send: 0, receive: 0 });
  });

  test("it speaks with a socket of another making, both ways and byte for byte", async () => {
    const io = await open(kind);
    const endpoint = await bound(io);
    const next = listen(endpoint);
    await using stack = new AsyncDisposableStack();
    const other = stack.adopt(createSocket("udp4"), (socket) => void socket.close());
    other.bind(0, "127.0.0.1");
    await once(other, "listening");
    const everyOctet = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    other.send(everyOctet, endpoint.port, "127.0.0.1");
    expect((await next()).text).toBe(everyOctet.toString("latin1"));
    const message = once(other, "message");
    endpoint.send(everyOctet, 200, "127.0.0.1", other.address().port);
    const [received] = await deadline(message, LIMIT_MS, "no packet came");
    expect(received).toEqual(everyOctet.subarray(0, 200));
  });

  test("every packet of a burst on many ports comes once, in the order of its port", async () => {
    const io = await open(kind);
    const ports = 40;
    const packets = 50;
    const sender = await bound(io);
    const receivers = await Promise.all(Array.from({ length: ports }, () => bound(io)));
    const listeners = receivers.map(listen);
    for (let i = 0; i < packets; i++) {
      for (const { port } of receivers) send(sender, `${port} ${i}`, "127.0.0.1", port);
    }
    for (const [index, next] of listeners.entries()) {
      const texts: string[] = [];
      for (let i = 0; i < packets; i++) texts.push((await next()).text);
      const port = receivers[index]?.port;
      expect(texts).toEqual(Array.from({ length: packets }, (_, i) => `${port} ${i}`));
    }
  });

  test("the source is that of each packet when two peers take turns", async () => {
    const io = await open(kind);
    const ours = await bound(io, "0.0.0.0");
    const next = listen(ours);
    const one = await bound(io, "127.0.0.1");
    const other = await bound(io, "127.0.0.2");
    for (const turn of ["1", "2", "3"]) {
      send(one, turn, "127.0.0.1", ours.port);
      expect(await next()).toEqual({ text: turn, address: "127.0.0.1", port: one.port });
      send(other, turn, "127.0.0.1", ours.port);
      expect(await next()).toEqual({ text: turn, address: "127.0.0.2", port: other.port });
    }
  });

  test("a taken port is null, and is free again when its endpoint has closed", async () => {
    const io = await open(kind);
    const first = await bound(io);
    expect(await io.bind("127.0.0.1", first.port)).toBeNull();
    await first.close();
    const second = await io.bind("127.0.0.1", first.port);
    expect(second?.port).toBe(first.port);
  });

  test("an address that this machine does not have is a fault that names it", async () => {
    const io = await open(kind);
    const bind = io.bind("192.0.2.1", 40_000);
    await expect(bind).rejects.toThrow(BindFault);
    await expect(bind).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
    await expect(io.bind("not an address", 40_000)).rejects.toThrow(BindFault);
  });

  test("without a handler packets are drained: the next handler hears none of them", async () => {
    const io = await open(kind);
    const [ours, peers, other] = [await bound(io), await bound(io), await bound(io)];
    send(peers, "stray", "127.0.0.1", ours.port);
    // Sent later to a port that is read in the same turn or a later one: by then the stray one has been read.
    send(peers, "fence", "127.0.0.1", other.port);
    await listen(other)();
    send(peers, "fence", "127.0.0.1", other.port);
    await listen(other)();
    const next = listen(ours);
    send(peers, "heard", "127.0.0.1", ours.port);
    expect((await next()).text).toBe("heard");
  });

  test("a handler may close its endpoint, and hears nothing more", async () => {
    const io = await open(kind);
    const [ours, peers] = [await bound(io), await bound(io)];
    let heard = 0;
    const done = Promise.withResolvers<void>();
    ours.receive(() => {
      heard += 1;
      ours.close().then(done.resolve, done.reject);
    });
    for (let i = 0; i < 10; i++) send(peers, "x", "127.0.0.1", ours.port);
    await deadline(done.promise, LIMIT_MS, "the endpoint did not close");
    const reopened = await io.bind("127.0.0.1", ours.port);
    if (reopened === null) throw new Error("the port is not free");
    const next = listen(reopened);
    send(peers, "after", "127.0.0.1", reopened.port);
    expect((await next()).text).toBe("after");
    expect(heard).toBe(1);
  });

  test("a packet of the longest kind is heard whole, a longer one is dropped and counted", async () => {
    const io = await open(kind);
    const [ours, peers] = [await bound(io), await bound(io)];
    const next = listen(ours);
    send(peers, "x".repeat(MAX_PACKET_BYTES + 1), "127.0.0.1", ours.port);
    send(peers, "y".repeat(MAX_PACKET_BYTES), "127.0.0.1", ours.port);
    expect((await next()).text).toBe("y".repeat(MAX_PACKET_BYTES));
    expect(io.failures.receive).toBe(1);
  });

  test("what cannot be sent is counted and never thrown", async () => {
    const io = await open(kind);
    const endpoint = await bound(io);
    const counted = async (failures: number): Promise<void> => {
      await until(() => io.failures.send === failures);
    };
    send(endpoint, "x", "127.0.0.1", 0);
    await counted(1);
    endpoint.send(Buffer.alloc(65_600), 65_600, "127.0.0.1", 9);
    await counted(2);
    send(endpoint, "x", "::1", 9);
    await counted(3);
    send(endpoint, "x", "not an address", 9);
    await counted(4);
    endpoint.send(Buffer.alloc(1), 2, "127.0.0.1", 9);
    await counted(5);
    // A port nobody listens on: the ICMP error of the first may come with the second, and harms neither.
    const gone = await bound(io);
    await gone.close();
    send(endpoint, "x", "127.0.0.1", gone.port);
    send(endpoint, "x", "127.0.0.1", gone.port);
    const peers = await bound(io);
    const next = listen(peers);
    send(endpoint, "still there", "127.0.0.1", peers.port);
    expect((await next()).text).toBe("still there");
  });

  test("a closed endpoint sends nothing and closes once", async () => {
    const io = await open(kind);
    const [ours, peers] = [await bound(io), await bound(io)];
    const next = listen(peers);
    await Promise.all([ours.close(), ours.close()]);
    const successor = await io.bind("127.0.0.1", ours.port);
    if (successor === null) throw new Error("the port is not free");
    await ours.close();
    send(ours, "from the dead", "127.0.0.1", peers.port);
    send(successor, "from the living", "127.0.0.1", peers.port);
    expect((await next()).text).toBe("from the living");
    expect(await io.bind("127.0.0.1", ours.port)).toBeNull();
  });

  test("a thousand endpoints opened and closed leave no descriptor behind", async () => {
    const io = await open(kind);
    await (await bound(io)).close();
    const before = openDescriptors();
    for (let round = 0; round < 10; round++) {
      const endpoints = await Promise.all(Array.from({ length: 100 }, () => bound(io)));
      expect(openDescriptors()).toBeGreaterThanOrEqual(before + 100);
      await io.bind("127.0.0.1", endpoints[0]?.port ?? 0);
      await io.bind("192.0.2.1", 40_000).catch(() => null);
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    }
    await until(() => openDescriptors() <= before);
  });

  test("closing it closes what is bound and every descriptor of its own", async () => {
    const before = openDescriptors();
    for (let round = 0; round < 5; round++) {
      const io = await open(kind);
      const [one, other] = [await bound(io), await bound(io)];
      const next = listen(one);
      send(other, "x", "127.0.0.1", one.port);
      await next();
      await Promise.all([io.close(), io.close()]);
    }
    await until(() => openDescriptors() <= before);
  });

  test("in a WebAssembly memory packets lie in the slots that were given, and nothing else changes", async () => {
    const page = 65_536;
    const buffer = wasmMemory();
    const slots: PacketSlots = { memory: buffer, base: 1_024, slotBytes: 2_048, count: 8 };
    const io = await open(kind, slots);
    const [ours, peers] = [await bound(io), await bound(io)];
    const next = listen(ours);
    for (let i = 0; i < 20; i++) send(peers, `packet ${i}`, "127.0.0.1", ours.port);
    for (let i = 0; i < 20; i++) expect((await next()).text).toBe(`packet ${i}`);
    const outside = Buffer.concat([
      Buffer.from(buffer, 0, slots.base),
      Buffer.from(buffer, slots.base + slots.count * slots.slotBytes),
    ]);
    expect(outside).toEqual(Buffer.alloc(page - slots.count * slots.slotBytes));
  });
});

/** One page that cannot grow. The types of Node have no WebAssembly but as types. */
function wasmMemory(): ArrayBuffer {
  const { Memory } = Reflect.get(globalThis, "WebAssembly");
  return new Memory({ initial: 1, maximum: 1 }).buffer;
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error("the condition did not come about");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
