import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import koffi from "koffi";
import { afterEach, describe, expect, test, vi } from "vitest";
import { deadline } from "../../../tests/support/deadline.ts";
import type { OpenMediaIo, UdpEndpoint } from "../media-io.ts";
import { openBatchedIo } from "./batched.ts";
import { close, createReadiness, openEpoll } from "./linux-sockets.ts";
import { openMediaIo } from "./open.ts";

const LIMIT_MS = 5_000;
let io: OpenMediaIo | null = null;

afterEach(async () => {
  await io?.close();
  io = null;
});

function open(): OpenMediaIo {
  io = openBatchedIo();
  return io;
}

async function bound(address = "127.0.0.1"): Promise<UdpEndpoint> {
  const endpoint = await (io ?? open()).bind(address, 0);
  if (endpoint === null) throw new Error("no port");
  return endpoint;
}

/** What the system says of a bound port's sockets. */
function optionOf(fd: number, level: number, option: number): number {
  const getsockopt = koffi
    .load(null)
    .func("getsockopt", "int", ["int", "int", "int", "uint8_t *", "uint8_t *"]);
  const value = Buffer.alloc(4);
  const length = Buffer.from([4, 0, 0, 0]);
  return getsockopt(fd, level, option, value, length) === 0 ? value.readInt32LE(0) : -1;
}

/** Of an endpoint of this back end. */
function descriptorOf(endpoint: UdpEndpoint): number {
  if (!("fd" in endpoint) || typeof endpoint.fd !== "number") throw new Error("no descriptor");
  return endpoint.fd;
}

describe("openBatchedIo", () => {
  test("packets are marked for expedited forwarding, over IPv4 and IPv6 (RFC 3246 §2.7)", async () => {
    const [ipProtocol, ipTos, ipv6Protocol, ipv6TrafficClass] = [0, 1, 41, 67];
    const ipv4 = descriptorOf(await bound());
    expect(optionOf(ipv4, ipProtocol, ipTos)).toBe(0xb8);
    const both = descriptorOf(await bound("::"));
    expect(optionOf(both, ipProtocol, ipTos)).toBe(0xb8);
    expect(optionOf(both, ipv6Protocol, ipv6TrafficClass)).toBe(0xb8);
  });

  test("a fault in one handler is uncaught and takes no other call's packet", async () => {
    const [faulty, sound, sender] = [await bound(), await bound(), await bound()];
    const faults: (() => void)[] = [];
    const heard = Promise.withResolvers<void>();
    faulty.receive(() => {
      throw new Error("a bug in a handler");
    });
    sound.receive(() => heard.resolve());
    using _spy = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((task) => {
      faults.push(task);
    });
    for (const { port } of [faulty, sound]) sender.send(Buffer.alloc(1), 1, "127.0.0.1", port);
    await deadline(heard.promise, LIMIT_MS, "no packet came");
    expect(faults).toHaveLength(1);
    expect(() => faults[0]?.()).toThrow("a bug in a handler");
  });

  test("a flood on one port keeps no packet from another, and none of it is lost to a full turn", async () => {
    const flood = 200;
    const [flooded, quiet, sender] = [await bound(), await bound(), await bound()];
    const order: string[] = [];
    const all = Promise.withResolvers<void>();
    flooded.receive(() => {
      order.push("flooded");
      if (order.length === flood + 1) all.resolve();
    });
    quiet.receive(() => void order.push("quiet"));
    for (let i = 0; i < flood; i++) sender.send(Buffer.alloc(1), 1, "127.0.0.1", flooded.port);
    sender.send(Buffer.alloc(1), 1, "127.0.0.1", quiet.port);
    await deadline(all.promise, LIMIT_MS, "packets are missing");
    expect(order.indexOf("quiet")).toBeLessThanOrEqual(1);
  });

  test("a process whose endpoints have closed ends by itself, one with an endpoint does not", async () => {
    const script = (last: string): string =>
      `import { openBatchedIo } from ${JSON.stringify(new URL("./batched.ts", import.meta.url).href)};
       const io = openBatchedIo();
       const endpoint = await io.bind("127.0.0.1", 0);
       ${last}`;
    const run = (text: string): ChildProcess =>
      spawn(process.execPath, ["--input-type=module", "-e", text], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    const ended = once(run(script("await endpoint.close();")), "exit");
    expect(await deadline(ended, LIMIT_MS, "the process did not end")).toEqual([0, null]);

    const stays = run(`${script('setTimeout(() => console.log("still here"), 50).unref();')}`);
    if (stays.stdout === null) throw new Error("no pipe");
    const [line] = await deadline(once(stays.stdout, "data"), LIMIT_MS, "the process ended");
    expect(String(line)).toBe("still here\n");
    const killed = once(stays, "exit");
    stays.kill("SIGKILL");
    await killed;
  });

  test("a packet that lies in the slots is sent from where it lies", async () => {
    const [echo, peer] = [await bound(), await bound()];
    echo.receive((packet, length, address, port) => {
      packet[0] = 0x21;
      echo.send(packet, length, address, port);
    });
    const heard = Promise.withResolvers<string>();
    peer.receive((packet, length) => heard.resolve(packet.toString("latin1", 0, length)));
    peer.send(Buffer.from("?echo"), 5, "127.0.0.1", echo.port);
    expect(await deadline(heard.promise, LIMIT_MS, "no echo came")).toBe("!echo");
  });
});

describe("createReadiness", () => {
  test("a closed one takes whatever it is asked, where koffi's own handle would end the process", () => {
    const epoll = openEpoll();
    const readiness = createReadiness(epoll, () => undefined);
    readiness.arm();
    readiness.close();
    for (const ask of [readiness.disarm, readiness.arm, readiness.ref, readiness.unref]) ask();
    readiness.close();
    expect(close(epoll)).toBe(0);
  });
});

describe("openMediaIo", () => {
  test("where system calls of our own cannot be had it is portable and says why", async () => {
    using _platform = vi.spyOn(process, "platform", "get").mockReturnValue("darwin");
    vi.resetModules();
    const { io: opened, fallback } = await openMediaIo("batched");
    await opened.close();
    expect(opened.kind).toBe("portable");
    expect(fallback).toContain("darwin");
  });
});
