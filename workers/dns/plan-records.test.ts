import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AWAY_MS, type DnsNode, GUARD_MS, type PlanInput, planRecords } from "./plan-records.ts";
import {
  itemsOf,
  ownerMarkOf,
  type RecordChange,
  type RecordSet,
  type StandingName,
} from "./record-sets.ts";

const NAME = "sip.example.net";
const NOW_MS = 1_790_000_000_000;
const EMPTY: StandingName = { sets: [], foreign: [] };

function node(number: number, state: DnsNode["state"] = "ready", sinceMs = 0): DnsNode {
  return { fqdn: `n${number}.us.example.net`, address: `192.0.2.${number}`, state, sinceMs };
}

function input(change: Partial<PlanInput>): PlanInput {
  return {
    name: NAME,
    owner: "default",
    nowMs: NOW_MS,
    ttlSecs: 60,
    transports: ["tls", "tcp"],
    nodes: [],
    isComplete: true,
    standing: EMPTY,
    ...change,
  };
}

/** As a zone applies a batch: what is deleted has to be there as it is named, what is created must not be. */
function applied(standing: StandingName, changes: readonly RecordChange[]): StandingName {
  let sets = [...standing.sets];
  for (const { action, set } of changes) {
    const before = sets.find(({ name, type }) => name === set.name && type === set.type);
    if (action === "CREATE") {
      expect(before).toBeUndefined();
      sets.push(set);
    } else {
      expect(before).toEqual(set);
      sets = sets.filter((each) => each !== before);
    }
  }
  return { ...standing, sets };
}

function made(nodes: readonly DnsNode[], change: Partial<PlanInput> = {}): StandingName {
  const first = input({ nodes, ...change });
  return applied(first.standing, planRecords(first).changes);
}

function valuesOf({ sets }: StandingName) {
  return Object.fromEntries(
    sets
      .filter(({ type }) => type !== "TXT")
      .map(({ name, type, values }) => [`${name} ${type}`, values]),
  );
}

function addressesOf({ sets }: StandingName): readonly string[] {
  return sets.filter(({ name }) => name === NAME).flatMap(itemsOf);
}

describe("what a name leads to", () => {
  test("A and AAAA for the address, SRV with the nodes' own names for each open transport, and a mark", () => {
    const second = { ...node(2), address: "2001:db8::2" };
    const standing = made([node(1), second], { transports: ["tls", "tcp", "udp"] });
    expect(valuesOf(standing)).toEqual({
      "sip.example.net A": ["192.0.2.1"],
      "sip.example.net AAAA": ["2001:db8::2"],
      "_sips._tcp.sip.example.net SRV": [
        "10 100 5061 n1.us.example.net.",
        "10 100 5061 n2.us.example.net.",
      ],
      "_sip._tcp.sip.example.net SRV": [
        "10 100 5060 n1.us.example.net.",
        "10 100 5060 n2.us.example.net.",
      ],
      "_sip._udp.sip.example.net SRV": [
        "10 100 5060 n1.us.example.net.",
        "10 100 5060 n2.us.example.net.",
      ],
    });
    expect(standing.sets.find(({ type }) => type === "TXT")).toEqual({
      name: "_trunkline-owner.sip.example.net",
      type: "TXT",
      ttlSecs: 60,
      values: ['"serial=1"', '"trunkline-owner=default"'],
    });
  });

  test("nothing is done when it stands, and a closed transport's set goes", () => {
    const standing = made([node(1)], { transports: ["tls", "udp"] });
    const same = planRecords(input({ nodes: [node(1)], standing, transports: ["tls", "udp"] }));
    expect(same).toMatchObject({ changes: [], serial: null, left: null });
    const closed = planRecords(input({ nodes: [node(1)], standing, transports: ["tls"] }));
    expect(Object.keys(valuesOf(applied(standing, closed.changes)))).toEqual([
      "sip.example.net A",
      "_sips._tcp.sip.example.net SRV",
    ]);
  });

  test("nothing is done either when the server spells it otherwise", () => {
    const nodes = [{ ...node(1), address: "2001:db8::1" }];
    const standing = made(nodes);
    const respelled = standing.sets.map((set): RecordSet => {
      if (set.type === "AAAA") return { ...set, values: ["2001:0DB8:0:0:0:0:0:1"] };
      return set.type === "SRV"
        ? { ...set, values: set.values.map((value) => value.toUpperCase()) }
        : set;
    });
    const plan = planRecords(input({ nodes, standing: { ...standing, sets: respelled } }));
    expect(plan).toMatchObject({ changes: [], left: null });
  });

  test("what somebody has changed under the mark is put right", () => {
    const standing = made([node(1), node(2)]);
    const sets = standing.sets.filter(({ type }) => type !== "SRV");
    const drifted = {
      ...standing,
      sets: sets.map((set): RecordSet => (set.type === "A" ? { ...set, ttlSecs: 3600 } : set)),
    };
    const plan = planRecords(input({ nodes: [node(1), node(2)], standing: drifted }));
    expect(valuesOf(applied(drifted, plan.changes))).toEqual(valuesOf(standing));
  });

  test("each change has the next serial, so that one made on an older view is refused", () => {
    const standing = made([node(1)]);
    const plan = planRecords(input({ nodes: [node(1), node(2)], standing }));
    expect(plan.serial).toBe(2);
    const [deleted] = plan.changes;
    expect(deleted).toMatchObject({ action: "DELETE", set: { type: "TXT" } });
    expect(ownerMarkOf(applied(standing, plan.changes))?.serial).toBe(2);
  });
});

describe("what is left as it is", () => {
  const ours = made([node(1), node(2)]);

  test("sets without our mark, or with another's", () => {
    const unmarked = { ...ours, sets: ours.sets.filter(({ type }) => type !== "TXT") };
    const others = made([node(1)], { owner: "eu" });
    const aliased = { sets: [], foreign: ["sip.example.net A"] };
    for (const standing of [unmarked, others, aliased]) {
      const plan = planRecords(input({ nodes: [node(3)], standing }));
      expect(plan).toMatchObject({ changes: [], left: "not_ours" });
    }
  });

  test("everything, while no node is ready or a region is silent", () => {
    const away = [node(1, "away"), node(2, "draining")];
    expect(planRecords(input({ nodes: away, standing: ours }))).toMatchObject({
      changes: [],
      left: "no_ready_node",
      leftItems: ["192.0.2.1", "192.0.2.2", "n1.us.example.net", "n2.us.example.net"],
    });
    const blind = planRecords(input({ nodes: [], standing: ours, isComplete: false }));
    expect(blind).toMatchObject({ changes: [], left: "region_unseen" });
  });

  test("nodes of a silent region, beside those of one that speaks", () => {
    const plan = planRecords(input({ nodes: [node(3)], standing: ours, isComplete: false }));
    expect(plan.left).toBe("region_unseen");
    expect(addressesOf(applied(ours, plan.changes))).toEqual([
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.3",
    ]);
  });

  test("a node whose link was lost a moment ago", () => {
    const at = (agoMs: number) =>
      planRecords(input({ nodes: [node(1), node(2, "away", NOW_MS - agoMs)], standing: ours }));
    expect(at(AWAY_MS - 1)).toMatchObject({ changes: [], left: "just_away" });
    expect(addressesOf(applied(ours, at(AWAY_MS).changes))).toEqual(["192.0.2.1"]);
  });

  test("what would be more than half within five minutes; who drains goes first, then the longest away", () => {
    const four = made([node(1), node(2), node(3), node(4)]);
    const nodes = [
      node(1),
      node(2, "away", NOW_MS - 90_000),
      node(3, "away", NOW_MS - 100_000),
      node(4, "draining", NOW_MS),
    ];
    const plan = planRecords(input({ nodes, standing: four }));
    expect(plan).toMatchObject({
      left: "guarded",
      leftItems: ["192.0.2.2", "n2.us.example.net"],
    });
    const after = applied(four, plan.changes);
    expect(addressesOf(after)).toEqual(["192.0.2.1", "192.0.2.2"]);
    const later = (ms: number) =>
      planRecords(input({ nodes, standing: after, nowMs: NOW_MS + ms }));
    expect(later(GUARD_MS - 1_000)).toMatchObject({ changes: [], left: "guarded" });
    const plan5 = later(GUARD_MS);
    expect(addressesOf(applied(after, plan5.changes))).toEqual(["192.0.2.1"]);
  });

  test("the only one, until another stands beside it", () => {
    const one = made([node(1)]);
    const nodes = [node(1, "draining"), node(2)];
    const beside = applied(one, planRecords(input({ nodes, standing: one })).changes);
    expect(addressesOf(beside)).toEqual(["192.0.2.1", "192.0.2.2"]);
    const plan = planRecords(input({ nodes, standing: beside }));
    expect(addressesOf(applied(beside, plan.changes))).toEqual(["192.0.2.2"]);
  });
});

/** A history: nodes change, rounds happen, somebody edits the zone. */
const stepArbitrary = fc.oneof(
  fc.record({
    kind: fc.constant("state" as const),
    number: fc.integer({ min: 1, max: 8 }),
    state: fc.constantFrom("ready" as const, "draining" as const, "away" as const, "gone" as const),
  }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 500, max: 200_000 }) }),
  fc.record({
    kind: fc.constant("blind" as const),
    isBlind: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("stray" as const),
    number: fc.integer({ min: 20, max: 24 }),
    isTarget: fc.boolean(),
  }),
);

function withStray(standing: StandingName, number: number, isTarget: boolean): StandingName {
  const sets = standing.sets.map((set): RecordSet => {
    const isMeant = isTarget ? set.name.startsWith("_sips.") : set.type === "A";
    const stray = isTarget ? `10 100 5061 n${number}.us.example.net.` : `192.0.2.${number}`;
    if (!isMeant || set.values.includes(stray)) return set;
    return { ...set, values: [...set.values, stray].toSorted() };
  });
  return { ...standing, sets };
}

/** Every view of a name by itself: its addresses, and each SRV set. */
function viewsOf({ sets }: StandingName): ReadonlyMap<string, ReadonlySet<string>> {
  const views = new Map<string, Set<string>>([["addresses", new Set()]]);
  for (const set of sets.filter(({ type }) => type !== "TXT")) {
    const key = set.type === "SRV" ? set.name : "addresses";
    views.set(key, new Set([...(views.get(key) ?? []), ...itemsOf(set)]));
  }
  return views;
}

describe("over any history", () => {
  test("every change leaves all ready nodes in the name, and no set has lost more than half of its nodes in five minutes", () => {
    const history = fc.array(stepArbitrary, { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(history, (steps) => {
        let nowMs = NOW_MS;
        let isComplete = true;
        let standing = EMPTY;
        const nodes = new Map<number, DnsNode>();
        const lost: { view: string; item: string; atMs: number }[] = [];
        for (const step of steps) {
          if (step.kind === "pass") nowMs += step.ms;
          else if (step.kind === "blind") isComplete = !step.isBlind;
          else if (step.kind === "stray") {
            standing = withStray(standing, step.number, step.isTarget);
          } else if (step.state === "gone") nodes.delete(step.number);
          else nodes.set(step.number, node(step.number, step.state, nowMs));
          const ready = [...nodes.values()].filter(({ state }) => state === "ready");
          const plan = planRecords(
            input({ nowMs, isComplete, standing, nodes: [...nodes.values()] }),
          );
          const after = applied(standing, plan.changes);
          const views = viewsOf(after);
          if (plan.changes.length > 0) {
            expect(ready.length).toBeGreaterThan(0);
            for (const { address } of ready) expect(addressesOf(after)).toContain(address);
          } else if (plan.left === "no_ready_node") {
            expect(after).toEqual(standing);
          }
          for (const [view, items] of viewsOf(standing)) {
            const now = views.get(view) ?? new Set();
            for (const item of items) if (!now.has(item)) lost.push({ view, item, atMs: nowMs });
          }
          for (const [view, now] of views) {
            const recent = lost.filter(
              (each) =>
                each.view === view && nowMs - each.atMs < GUARD_MS - 1_000 && !now.has(each.item),
            );
            const gone = new Set(recent.map(({ item }) => item)).size;
            expect(2 * gone).toBeLessThanOrEqual(now.size + gone);
          }
          standing = after;
        }
      }),
      { numRuns: 300 },
    );
  });
});
