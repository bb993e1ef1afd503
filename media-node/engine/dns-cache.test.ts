import { describe, expect, test } from "vitest";
import { DnsCache } from "./dns-cache.ts";
import { type DnsAnswer, DnsFault } from "./dns-queries.ts";
import { TestClock } from "./test-clock.ts";

/** A server whose answer the test changes; null: it answers nothing, ever. */
class FakeServer {
  asked = 0;
  answer: DnsAnswer<string> | DnsFault | null = { records: ["192.0.2.1"], ttlS: 60 };

  query(): Promise<DnsAnswer<string>> {
    this.asked += 1;
    if (this.answer === null) return new Promise(() => undefined);
    return this.answer instanceof DnsFault
      ? Promise.reject(this.answer)
      : Promise.resolve(this.answer);
  }
}

const DOWN = new DnsFault("down", { code: "ESERVFAIL" });

function start() {
  const server = new FakeServer();
  const clock = new TestClock();
  const outages: string[] = [];
  const cache = new DnsCache({
    kind: "A",
    query: () => server.query(),
    clock,
    onOutage: (detail) => outages.push(detail),
  });
  return { server, clock, outages, cache };
}

describe("an answer", () => {
  test.each([
    { told: 60, lastsMs: 60_000 },
    { told: 0, lastsMs: 1_000 },
    { told: 86_400, lastsMs: 300_000 },
    { told: null, lastsMs: 30_000 },
  ])("with a TTL of $told s is used for $lastsMs ms", async ({ told, lastsMs }) => {
    const { server, clock, cache } = start();
    server.answer = { records: ["192.0.2.1"], ttlS: told };
    await cache.find("host.test");
    clock.advance(lastsMs - 1);
    server.answer = { records: ["192.0.2.2"], ttlS: told };
    expect(await cache.find("HOST.test")).toEqual(["192.0.2.1"]);
    expect(server.asked).toBe(1);
    clock.advance(1);
    expect(await cache.find("host.test")).toEqual(["192.0.2.2"]);
    expect(server.asked).toBe(2);
  });

  test("that there is nothing is believed for five seconds, and outlives no outage", async () => {
    const { server, clock, cache } = start();
    server.answer = { records: [], ttlS: null };
    expect(await cache.find("host.test")).toEqual([]);
    clock.advance(4_999);
    expect(await cache.find("host.test")).toEqual([]);
    expect(server.asked).toBe(1);
    server.answer = DOWN;
    clock.advance(1);
    await expect(cache.find("host.test")).rejects.toThrow("ESERVFAIL");
  });

  test("is asked for once by all that wait for it", async () => {
    const { server, cache } = start();
    const found = await Promise.all(Array.from({ length: 50 }, () => cache.find("host.test")));
    expect(found.every(([address]) => address === "192.0.2.1")).toBe(true);
    expect(server.asked).toBe(1);
  });
});

describe("while the DNS is down", () => {
  test("the last answer is used for an hour past its end, each failure is told, and then nothing is known", async () => {
    const { server, clock, cache, outages } = start();
    await cache.find("host.test");
    server.answer = DOWN;
    clock.advance(60_000);
    expect(await cache.find("host.test")).toEqual(["192.0.2.1"]);
    expect(outages).toEqual(["A host.test: ESERVFAIL; its last answer is used"]);
    clock.advance(3_599_999);
    expect(await cache.find("host.test")).toEqual(["192.0.2.1"]);
    clock.advance(5_000);
    await expect(cache.find("host.test")).rejects.toThrow(DnsFault);
    expect(outages.at(-1)).toBe("A host.test: ESERVFAIL; nothing is known of it");
  });

  test("it is asked again every five seconds, not by every request", async () => {
    const { server, clock, cache } = start();
    server.answer = DOWN;
    await expect(cache.find("host.test")).rejects.toThrow("ESERVFAIL");
    await expect(cache.find("host.test")).rejects.toThrow("ESERVFAIL");
    expect(server.asked).toBe(1);
    clock.advance(5_000);
    server.answer = { records: ["192.0.2.3"], ttlS: 60 };
    expect(await cache.find("host.test")).toEqual(["192.0.2.3"]);
  });

  test("a server that says nothing has failed after two seconds", async () => {
    const { server, clock, cache, outages } = start();
    server.answer = null;
    const failing = expect(cache.find("host.test")).rejects.toThrow("ETIMEOUT");
    clock.advance(1_999);
    expect(outages).toEqual([]);
    clock.advance(1);
    await failing;
    expect(outages).toEqual(["A host.test: ETIMEOUT; nothing is known of it"]);
    expect(clock.pendingCount).toBe(0);
  });
});

test("the names of ten thousand others push out the oldest answer only", async () => {
  const { server, cache } = start();
  for (let index = 0; index <= 10_000; index += 1) await cache.find(`host${index}.test`);
  const asked = server.asked;
  await cache.find("host1.test");
  expect(server.asked).toBe(asked);
  await cache.find("host0.test");
  expect(server.asked).toBe(asked + 1);
});
