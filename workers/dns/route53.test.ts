import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { RecordSet } from "./record-sets.ts";
import { createRoute53Zone } from "./route53.ts";
import { SDK_WITHIN_MS, TestRoute53, testDnsConfig, warmSdk } from "./test-route53.ts";

const NAME = "sip.example.net";
const config = testDnsConfig();
let server: TestRoute53;

beforeAll(warmSdk, SDK_WITHIN_MS);
beforeEach(() => {
  server = new TestRoute53();
  server.install();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const zone = () => createRoute53Zone(config);

const addressSet = (...values: string[]): RecordSet => ({
  name: NAME,
  type: "A",
  ttlSecs: 60,
  values,
});
const markSet = (serial: number): RecordSet => ({
  name: `_trunkline-owner.${NAME}`,
  type: "TXT",
  ttlSecs: 60,
  values: [`"serial=${serial}"`, '"trunkline-owner=default"'],
});
const serviceSet = (...targets: string[]): RecordSet => ({
  name: `_sips._tcp.${NAME}`,
  type: "SRV",
  ttlSecs: 60,
  values: targets.map((target) => `10 100 5061 ${target}.`),
});

describe("a read", () => {
  test("has what belongs to the name and nothing else, over as many pages as it takes", async () => {
    const ours = [addressSet("192.0.2.1"), markSet(3), serviceSet("a.us.example.net")];
    server.put(
      ...ours,
      { name: NAME, type: "NAPTR", ttlSecs: 60, values: ['10 50 "s" "SIPS+D2T" "" x.'] },
      { name: `_acme-challenge.${NAME}`, type: "CNAME", ttlSecs: 60, values: ["x."] },
      { name: `customer.${NAME}`, type: "A", ttlSecs: 60, values: ["192.0.2.9"] },
      { name: "sip-static.example.net", type: "A", ttlSecs: 60, values: ["192.0.2.8"] },
      { name: "www.example.net", type: "A", ttlSecs: 60, values: ["192.0.2.7"] },
    );
    for (const pageSets of [300, 1, 2]) {
      server.pageSets = pageSets;
      const answer = await zone().read(NAME);
      expect(answer).toEqual({
        ok: true,
        value: { sets: expect.arrayContaining(ours), foreign: [] },
      });
      expect(answer.ok && answer.value.sets).toHaveLength(3);
    }
    // It does not go on behind the name.
    const before = server.requests.length;
    server.pageSets = 6;
    await zone().read(NAME);
    expect(server.requests.length - before).toBe(1);
  });

  test("names what the reconciler never makes: by policy, other types", async () => {
    server.put(
      { ...addressSet("192.0.2.1"), setIdentifier: "one" },
      { ...addressSet("192.0.2.2"), setIdentifier: "two" },
      { name: `_sip._tcp.${NAME}`, type: "CNAME", ttlSecs: 60, values: ["x."] },
    );
    expect(await zone().read(NAME)).toEqual({
      ok: true,
      value: { sets: [], foreign: [`${NAME} A`, `${NAME} A`, `_sip._tcp.${NAME} CNAME`] },
    });
  });
});

describe("a change", () => {
  test("is one batch, signed, and is asked after by its id", async () => {
    const changes = [
      { action: "CREATE" as const, set: markSet(1) },
      { action: "CREATE" as const, set: addressSet("192.0.2.1", "192.0.2.2") },
    ];
    const target = zone();
    expect(await target.change(changes)).toEqual({ ok: true, value: "C1" });
    expect(server.sets).toEqual([markSet(1), addressSet("192.0.2.1", "192.0.2.2")]);
    server.pendingAnswers = 1;
    expect(await target.isInSync("C1")).toEqual({ ok: true, value: false });
    expect(await target.isInSync("C1")).toEqual({ ok: true, value: true });
    expect(server.requests).toHaveLength(3);
    for (const { authorization } of server.requests) {
      expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*\/route53\//);
    }
  });

  test("made for another state of the zone changes nothing of it", async () => {
    server.put(addressSet("192.0.2.1"), markSet(2));
    const changes = [
      { action: "DELETE" as const, set: markSet(1) },
      { action: "CREATE" as const, set: markSet(2) },
      { action: "DELETE" as const, set: addressSet("192.0.2.1") },
    ];
    expect(await zone().change(changes)).toEqual({
      ok: false,
      fault: "conflict",
      code: "InvalidChangeBatch",
    });
    expect(server.addresses(NAME)).toEqual(["192.0.2.1"]);
  });

  test("whose answer is lost or broken is neither made nor not made", async () => {
    const changes = [{ action: "CREATE" as const, set: addressSet("192.0.2.1") }];
    server.faults.push({ on: "change", fault: "answer_lost" });
    expect(await zone().change(changes)).toMatchObject({ ok: false, fault: "unconfirmed" });
    expect(server.addresses(NAME)).toEqual(["192.0.2.1"]);
    server.faults.push({ on: "change", fault: "down" });
    expect(await zone().change(changes)).toMatchObject({ ok: false, fault: "unconfirmed" });
  });

  test("is sent once: limits, refusals and failures are told apart and not tried again", async () => {
    const changes = [{ action: "CREATE" as const, set: addressSet("192.0.2.1") }];
    server.faults.push({ on: "change", fault: "throttled" });
    server.faults.push({ on: "change", fault: "prior_not_complete" });
    server.faults.push({ on: "change", fault: "denied" });
    server.faults.push({ on: "read", fault: "down" });
    const target = zone();
    const faults = [
      await target.change(changes),
      await target.change(changes),
      await target.change(changes),
      await target.read(NAME),
      await createRoute53Zone(testDnsConfig({ zoneId: "ZOTHER" })).read(NAME),
    ];
    expect(faults.map((answer) => (answer.ok ? null : answer.fault))).toEqual([
      "throttled",
      "throttled",
      "refused",
      "unreachable",
      "refused",
    ]);
    expect(server.requests).toHaveLength(5);
  });
});
