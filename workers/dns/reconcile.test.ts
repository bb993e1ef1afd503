import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { DnsConfig } from "./dns-config.ts";
import { GUARD_MS } from "./plan-records.ts";
import { type RoundDeps, reconcile, viewOf } from "./reconcile.ts";
import type { RegionNode } from "./region-nodes.ts";
import { createRoute53Zone } from "./route53.ts";
import { SDK_WITHIN_MS, TestRoute53, testDnsConfig, warmSdk } from "./test-route53.ts";

const NAME = "sip.example.net";
const US = "sip.us.residency.example.net";

/** A deployment with a clock of its own: its nodes, its zone behind the API, and rounds when they are due. */
class TestDeployment {
  nowMs = 1_790_000_000_000;
  readonly server = new TestRoute53();
  readonly nodes = new Map<string, RegionNode & { readonly region: string }>();
  readonly silent = new Set<string>();
  readonly logged: unknown[][] = [];
  #memory = new Map<string, unknown>();
  readonly deps: RoundDeps;

  constructor(change: Partial<DnsConfig> = {}) {
    const config = testDnsConfig(change);
    this.server.install();
    this.deps = {
      config,
      owner: "default",
      zone: createRoute53Zone(config),
      regionNodes: async (region) =>
        this.silent.has(region)
          ? null
          : [...this.nodes.values()].filter((node) => node.region === region),
      memory: {
        // What was kept by `put` under the key is of the type that `get` is called with.
        get: <T>(key: string) => structuredClone(this.#memory.get(key)) as T | undefined,
        put: (key, value) => void this.#memory.set(key, structuredClone(value)),
      },
      clock: () => this.nowMs,
      log: (...line) => void this.logged.push(line),
    };
  }

  loseMemory(): void {
    this.#memory = new Map();
  }

  node(id: number, state: RegionNode["state"], region = "us"): void {
    const address = `192.0.2.${id}`;
    const nodeId = `node_${id}`;
    this.nodes.set(nodeId, { nodeId, name: `N${id}`, address, state, heardAtMs: null, region });
  }

  async round(): Promise<number> {
    return (await reconcile(this.deps)).nextInMs;
  }

  /** Rounds as they are due. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) this.nowMs += Math.min(await this.round(), untilMs - this.nowMs);
    await this.round();
  }

  outcome(name = NAME) {
    return viewOf(this.deps.config, this.deps.memory).data.find((each) => each.name === name);
  }

  outcomes(): readonly unknown[] {
    return this.logged.map(([, , fields]) => (fields as { outcome: string }).outcome);
  }
}

beforeAll(warmSdk, SDK_WITHIN_MS);
let deployment: TestDeployment;
beforeEach(() => {
  deployment = new TestDeployment();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a round", () => {
  test("writes what is ready, reads it back, and is content when every server has it", async () => {
    deployment.node(1, "ready");
    deployment.node(2, "ready");
    deployment.server.pendingAnswers = 1;
    await deployment.round();
    expect(deployment.outcome()?.outcome).toBe("written");
    await deployment.round();
    expect(deployment.outcome()?.outcome).toBe("written");
    await deployment.round();
    expect(deployment.outcome()).toMatchObject({
      outcome: "in_place",
      code: null,
      regions: ["us"],
      standing: {
        addresses: ["192.0.2.1", "192.0.2.2"],
        targets: ["n1.us.example.net", "n2.us.example.net"],
      },
      left: [],
    });
    expect(deployment.server.addresses(NAME)).toEqual(["192.0.2.1", "192.0.2.2"]);
    const before = deployment.server.requests.length;
    expect(await deployment.round()).toBe(15_000);
    expect(deployment.server.requests.length - before).toBe(1);
    expect(deployment.outcomes()).toEqual(["written", "in_place"]);
  });

  test("a node's word takes it out at once, a lost link after half a minute, a ready node brings it back", async () => {
    for (const id of [1, 2, 3, 4]) deployment.node(id, "ready");
    await deployment.pass(15_000);
    deployment.node(1, "draining");
    await deployment.round();
    expect(deployment.server.targets(NAME)).toEqual([2, 3, 4].map((id) => `n${id}.us.example.net`));
    deployment.node(2, "away");
    await deployment.pass(29_000);
    expect(deployment.server.addresses(NAME)).toContain("192.0.2.2");
    expect(deployment.outcome()?.outcome).toBe("just_away");
    await deployment.pass(1_000);
    expect(deployment.server.addresses(NAME)).toEqual(["192.0.2.3", "192.0.2.4"]);
    deployment.node(1, "ready");
    await deployment.round();
    expect(deployment.server.addresses(NAME)).toEqual(["192.0.2.1", "192.0.2.3", "192.0.2.4"]);
  });

  test("each name has the nodes of its regions only, and a node whose name is no label has no record", async () => {
    const names = [
      { name: NAME, regions: ["us", "eu"] },
      { name: US, regions: ["us"] },
    ];
    deployment = new TestDeployment({ names });
    deployment.node(1, "ready", "us");
    deployment.node(2, "ready", "eu");
    const strange = { nodeId: "node_3", name: "node 3", address: "192.0.2.3" };
    deployment.nodes.set("node_3", { ...strange, region: "us", state: "ready", heardAtMs: null });
    await deployment.pass(15_000);
    expect(deployment.server.targets(NAME)).toEqual(["n1.us.example.net", "n2.eu.example.net"]);
    expect(deployment.server.addresses(US)).toEqual(["192.0.2.1"]);
    const { nodes } = viewOf(deployment.deps.config, deployment.deps.memory);
    expect(nodes.map(({ fqdn }) => fqdn)).toEqual(["n1.us.example.net", null, "n2.eu.example.net"]);
  });
});

describe("a server that", () => {
  beforeEach(async () => {
    for (const id of [1, 2, 3, 4]) deployment.node(id, "ready");
    await deployment.pass(15_000);
    deployment.logged.length = 0;
    deployment.node(4, "draining");
  });
  const three = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

  test("shows old views is not believed, and nothing is written on them", async () => {
    await deployment.round();
    deployment.server.lagReads = 4;
    deployment.server.lagChanges = 1;
    deployment.node(3, "draining");
    const before = deployment.server.requests.filter(({ method }) => method === "POST").length;
    for (let round = 1; round <= 4; round += 1) {
      await deployment.round();
      expect(deployment.outcome()?.outcome).toBe("written");
    }
    expect(deployment.server.requests.filter(({ method }) => method === "POST")).toHaveLength(
      before,
    );
    await deployment.pass(15_000);
    expect(deployment.server.addresses(NAME)).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(deployment.outcome()?.outcome).toBe("in_place");
  });

  test("shows old views to a reconciler that has forgotten everything refuses what it makes of them", async () => {
    await deployment.round();
    deployment.loseMemory();
    deployment.server.lagReads = 3;
    deployment.server.lagChanges = 1;
    await deployment.round();
    expect(deployment.outcome()?.outcome).toBe("conflict");
    expect(deployment.server.addresses(NAME)).toEqual(three);
    await deployment.pass(30_000);
    expect(deployment.server.addresses(NAME)).toEqual(three);
    expect(deployment.outcome()?.outcome).toBe("in_place");
  });

  test("limits requests is left alone for longer and longer, and asked nothing else in that round", async () => {
    deployment.server.faults.push(
      { on: "read", fault: "throttled" },
      { on: "read", fault: "throttled" },
      { on: "change", fault: "prior_not_complete" },
    );
    const before = deployment.server.requests.length;
    expect([await deployment.round(), await deployment.round(), await deployment.round()]).toEqual([
      1_000, 2_000, 4_000,
    ]);
    expect(deployment.server.requests.length - before).toBe(4);
    expect(deployment.outcome()).toMatchObject({
      outcome: "throttled",
      code: "PriorRequestNotComplete",
    });
    await deployment.pass(10_000);
    expect(deployment.server.addresses(NAME)).toEqual(three);
  });

  test("does what it is told and loses the answer is looked at, not told again", async () => {
    deployment.server.faults.push({ on: "change", fault: "answer_lost" });
    await deployment.round();
    expect(deployment.outcome()?.outcome).toBe("unconfirmed");
    await deployment.pass(20_000);
    expect(deployment.server.addresses(NAME)).toEqual(three);
    expect(deployment.outcomes()).toEqual(["unconfirmed", "in_place"]);
    const changes = deployment.server.requests.filter(({ method }) => method === "POST");
    expect(changes).toHaveLength(2);
  });

  test("fails before it does anything is told again", async () => {
    deployment.server.faults.push({ on: "change", fault: "down" });
    await deployment.pass(20_000);
    expect(deployment.server.addresses(NAME)).toEqual(three);
    expect(deployment.outcomes()).toEqual(["unconfirmed", "written", "in_place"]);
  });

  test("does not let the key change the zone is named with its own code, once in the log", async () => {
    for (let time = 1; time <= 8; time += 1) {
      deployment.server.faults.push({ on: "change", fault: "denied" });
    }
    await deployment.pass(60_000);
    expect(deployment.outcome()).toMatchObject({ outcome: "refused", code: "AccessDenied" });
    expect(deployment.outcomes()).toEqual(["refused"]);
    expect(deployment.server.addresses(NAME)).toContain("192.0.2.4");
  });

  test("somebody else changes too is read again: his sets are never overwritten unseen", async () => {
    const mark = `_trunkline-owner.${NAME}`;
    deployment.server.remove(mark, "TXT");
    // At first that may be an old view.
    await deployment.pass(80_000);
    expect(deployment.outcome()?.outcome).toBe("not_ours");
    expect(deployment.server.addresses(NAME)).toContain("192.0.2.4");
  });
});

describe("memory", () => {
  test("of what was removed is in the zone: a reconciler that has lost its own takes out no more", async () => {
    for (const id of [1, 2, 3, 4]) deployment.node(id, "ready");
    await deployment.pass(15_000);
    deployment.node(1, "draining");
    deployment.node(2, "draining");
    await deployment.round();
    deployment.loseMemory();
    deployment.node(3, "draining");
    await deployment.pass(60_000);
    expect(deployment.server.addresses(NAME)).toEqual(["192.0.2.3", "192.0.2.4"]);
    expect(deployment.outcome()).toMatchObject({
      outcome: "guarded",
      left: ["192.0.2.3", "n3.us.example.net"],
    });
    await deployment.pass(GUARD_MS);
    expect(deployment.server.addresses(NAME)).toEqual(["192.0.2.4"]);
  });
});

/** A sequence that is the same in every run (Numerical Recipes' linear congruential generator). */
function sequence(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("nodes come, drain, die and come back behind a server that lags, limits and loses answers: whoever asks the zone finds a ready node, and never has half the nodes gone in five minutes", async () => {
  const names = [
    { name: NAME, regions: ["us", "eu"] },
    { name: US, regions: ["us"] },
  ];
  deployment = new TestDeployment({ names });
  const { nodes, server } = deployment;
  const next = sequence(20_261_122);
  for (let id = 1; id <= 10; id += 1) deployment.node(id, "ready", id % 2 === 0 ? "us" : "eu");
  await deployment.pass(15_000);
  const isReady = (address: string) =>
    [...nodes.values()].some((node) => node.address === address && node.state === "ready");
  const stood = new Map(names.map(({ name }) => [name, new Set(server.addresses(name))]));
  const lost: { name: string; address: string; atMs: number }[] = [];
  let changes = 0;
  server.onChanged = () => {
    changes += 1;
    for (const { name } of names) {
      const now = new Set(server.addresses(name));
      expect([...now].some(isReady)).toBe(true);
      expect(server.targets(name)).toHaveLength(now.size);
      for (const address of stood.get(name) ?? []) {
        if (!now.has(address)) lost.push({ name, address, atMs: deployment.nowMs });
      }
      stood.set(name, now);
      const recent = lost.filter(
        (each) =>
          each.name === name &&
          !now.has(each.address) &&
          deployment.nowMs - each.atMs < GUARD_MS - 1_000,
      );
      const gone = new Set(recent.map(({ address }) => address)).size;
      expect(2 * gone).toBeLessThanOrEqual(gone + now.size);
    }
  };
  for (let step = 1; step <= 80; step += 1) {
    const id = 1 + next(10);
    const state = (["ready", "ready", "ready", "draining", "away"] as const)[next(5)] ?? "ready";
    // Of each region one node is always well, as else nothing in the zone could be.
    if (id > 2) deployment.node(id, state, id % 2 === 0 ? "us" : "eu");
    const event = next(12);
    const fault = (["throttled", "prior_not_complete", "answer_lost", "down"] as const)[next(4)];
    if (event < 3 && fault !== undefined) server.faults.push({ on: "change", fault });
    if (event === 3) server.faults.push({ on: "read", fault: "throttled" });
    if (event === 4) [server.lagChanges, server.lagReads] = [1 + next(3), 1 + next(4)];
    if (event === 5) deployment.loseMemory();
    if (event === 6) deployment.silent.add("eu");
    if (event === 7) deployment.silent.clear();
    await deployment.pass(next(40_000));
  }
  expect(changes).toBeGreaterThan(25);
  deployment.silent.clear();
  for (let id = 1; id <= 10; id += 1) deployment.node(id, "ready", id % 2 === 0 ? "us" : "eu");
  await deployment.pass(120_000);
  expect([deployment.outcome()?.outcome, deployment.outcome(US)?.outcome]).toEqual([
    "in_place",
    "in_place",
  ]);
  expect([server.addresses(NAME).length, server.addresses(US).length]).toEqual([10, 5]);
}, 60_000);
