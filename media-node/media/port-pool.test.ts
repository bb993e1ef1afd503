import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openMediaIo } from "./io/open.ts";
import { MEDIA_IO_KINDS, type OpenMediaIo } from "./media-io.ts";
import { openPortPool, type PortPool } from "./port-pool.ts";
import { createTestClock } from "./test-clock.ts";

const QUARANTINE_MS = 30_000;
let io: OpenMediaIo;
let pool: PortPool | null = null;

afterEach(async () => {
  await pool?.close();
  pool = null;
});

function open(firstPort = 0, lastPort = 0) {
  const clock = createTestClock();
  const opened = openPortPool({
    bindAddress: "127.0.0.1",
    firstPort,
    lastPort,
    quarantineMs: QUARANTINE_MS,
    io,
    clock,
  });
  pool = opened;
  return { pool: opened, clock };
}

/** An even port below which `count` pairs were free a moment ago. */
async function freeRange(pairs: number): Promise<number> {
  for (;;) {
    const probe = await io.bind("127.0.0.1", 0);
    if (probe === null) continue;
    const first = probe.port + (probe.port % 2);
    await probe.close();
    if (first + 2 * pairs > 65_535) continue;
    const ports = Array.from({ length: 2 * pairs }, (_, i) => first + i);
    const bound = await Promise.all(ports.map((port) => io.bind("127.0.0.1", port)));
    await Promise.all(bound.map((endpoint) => endpoint?.close()));
    if (bound.every((endpoint) => endpoint !== null)) return first;
  }
}

async function isBound(port: number): Promise<boolean> {
  const endpoint = await io.bind("127.0.0.1", port);
  await endpoint?.close();
  return endpoint === null;
}

/** Closing a pair takes a turn of the event loop. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("the condition did not come about in 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each(MEDIA_IO_KINDS)("openPortPool on the %s back end", (kind) => {
  beforeAll(async () => {
    ({ io } = await openMediaIo(kind));
    expect(io.kind).toBe(kind);
  });
  afterAll(() => io.close());

  test("a lease is an even RTP port and the odd one above it, both bound", async () => {
    const { pool } = open();
    const lease = await pool.lease();
    if (lease === null) throw new Error("no port");
    expect(lease.rtpPort % 2).toBe(0);
    expect([lease.rtp.port, lease.rtcp.port]).toEqual([lease.rtpPort, lease.rtpPort + 1]);
    expect(await isBound(lease.rtpPort)).toBe(true);
    expect(await isBound(lease.rtpPort + 1)).toBe(true);
  });

  test("an odd first port and a lone last one are no pairs", () => {
    expect(open(10_001, 10_006).pool.total()).toBe(2);
  });

  test("exhaustion is null, and concurrent leases never share a port", async () => {
    const first = await freeRange(3);
    const { pool } = open(first, first + 5);
    const leases = await Promise.all(Array.from({ length: 5 }, () => pool.lease()));
    const ports = leases.flatMap((lease) => lease?.rtpPort ?? []);
    expect(new Set(ports)).toEqual(new Set([first, first + 2, first + 4]));
    expect(ports).toHaveLength(3);
    expect(pool.inUse()).toBe(3);
    expect(await pool.lease()).toBeNull();
  });

  test("a pair that another process holds is passed over and no socket leaks", async () => {
    const first = await freeRange(2);
    const other = createSocket("udp4");
    other.bind(first + 1, "127.0.0.1");
    await once(other, "listening");
    const { pool } = open(first, first + 3);
    const lease = await pool.lease();
    expect(lease?.rtpPort).toBe(first + 2);
    expect(await isBound(first)).toBe(false);
    expect(await pool.lease()).toBeNull();
    other.close();
    await once(other, "close");
    expect((await pool.lease())?.rtpPort).toBe(first);
  });

  test("a released pair stays bound and drained for the quarantine, then can be leased again", async () => {
    const first = await freeRange(1);
    const { pool, clock } = open(first, first + 1);
    const lease = await pool.lease();
    if (lease === null) throw new Error("no port");
    let strays = 0;
    lease.rtp.receive(() => {
      strays += 1;
    });
    await lease[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();

    const stranger = createSocket("udp4");
    stranger.send("stray", first, "127.0.0.1");
    clock.advance(QUARANTINE_MS - 1);
    expect(await pool.lease()).toBeNull();
    expect(await isBound(first)).toBe(true);
    expect(pool.inUse()).toBe(1);

    clock.advance(1);
    await until(() => pool.inUse() === 0);
    expect(await isBound(first)).toBe(false);
    expect((await pool.lease())?.rtpPort).toBe(first);
    expect(strays).toBe(0);
    stranger.close();
  });

  test("200 leases and releases leave nothing behind", async () => {
    const first = await freeRange(4);
    const { pool, clock } = open(first, first + 7);
    for (let i = 0; i < 200; i++) {
      const lease = await pool.lease();
      if (lease === null) throw new Error(`no port at lease ${i}`);
      await lease[Symbol.asyncDispose]();
      clock.advance(QUARANTINE_MS);
      await until(() => pool.inUse() === 0);
    }
    for (let port = first; port < first + 8; port++) expect(await isBound(port)).toBe(false);
  });

  test("close frees leased and quarantined ports", async () => {
    const first = await freeRange(2);
    const { pool } = open(first, first + 3);
    const released = await pool.lease();
    await pool.lease();
    await released?.[Symbol.asyncDispose]();
    await pool.close();
    for (let port = first; port < first + 4; port++) expect(await isBound(port)).toBe(false);
    expect(await pool.lease()).toBeNull();
  });

  test("an address that is not ours is a fault, not an exhausted range", async () => {
    const clock = createTestClock();
    pool = openPortPool({
      bindAddress: "192.0.2.1",
      firstPort: 0,
      lastPort: 0,
      quarantineMs: 1,
      io,
      clock,
    });
    await expect(pool.lease()).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
    expect(pool.inUse()).toBe(0);
  });
});
