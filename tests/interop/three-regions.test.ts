import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/deadline.ts";
import { whyNoKamailio } from "../support/kamailio.ts";
import { whyNoNamespaces } from "../support/namespaces.ts";
import { hasNsd } from "../support/nsd.ts";
import { hasSipp, runSipp, type SippResult, sippExpects, sippRequest } from "../support/sipp.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import {
  NUMBERS,
  nameOf,
  REGIONS,
  type RegionName,
  type RegionNode,
  startThreeRegions,
  type ThreeRegions,
} from "../support/three-regions.ts";

const missing =
  whyNoNamespaces() ??
  whyNoKamailio() ??
  (hasNsd() ? null : "Debian's nsd is not installed") ??
  (hasSipp() ? null : "Debian's sip-tester is not installed");

const HELD = 50;
const HELD_MS = 14_000;

interface Calls {
  readonly to: string;
  readonly calls: number;
  readonly heldMs?: number;
  /** Where the carrier sends the INVITE, instead of where its Request-URI leads. */
  readonly inviteTo?: RegionNode;
  /** Where it sends ACK and BYE, instead of along the dialog's route. */
  readonly restTo?: RegionNode;
}

describe.skipIf(skipsFor(missing))(suiteName("three regions of two nodes", missing), () => {
  let regions: ThreeRegions;
  beforeAll(async () => {
    regions = await startThreeRegions();
  }, 120_000);
  afterAll(async () => {
    await regions?.[Symbol.asyncDispose]();
  }, 60_000);

  let runs = 0;
  /** Runs the steps in the customer's network, by way of its carrier. */
  const run = (steps: readonly string[], calls: number): Promise<SippResult> => {
    const { outside: namespace, phoneAddress: address } = regions.network;
    runs += 1;
    return runSipp({
      steps: steps.join("\n"),
      target: `${address}:${regions.carrier.tcpPort}`,
      calls,
      callsPerSecond: 25,
      transport: "t1",
      from: { namespace, address },
      // Several run at once, and each would take the same port.
      args: ["-p", String(16_000 + 2 * runs)],
    });
  };

  const nextHop = (node: RegionNode | undefined): string[] =>
    node === undefined ? [] : [`X-Next-Hop: sip:${node.address}:5061;transport=tls`];

  const place = ({ to, calls, heldMs = 200, inviteTo, restTo }: Calls) => {
    const rest = { extra: ["[routes]", ...nextHop(restTo)] };
    return run(
      [
        sippRequest("INVITE", 1, { target: to, sdp: "srtp", extra: nextHop(inviteTo) }),
        sippExpects(100, { optional: true }),
        sippExpects(180, { optional: true }),
        // The promise is three seconds, dead target and all.
        sippExpects(200, { rrs: true, withinMs: 3_000 }),
        sippRequest("ACK", 1, rest),
        `<pause milliseconds="${heldMs}"/>`,
        sippRequest("BYE", 2, rest),
        sippExpects(200),
      ],
      calls,
    );
  };

  const all = (calls: number) => ({ exitCode: 0, succeeded: calls, failed: 0, errors: "" });
  const byName = (region: RegionName): string => `sip:${NUMBERS[region]}@${nameOf(region)}`;
  const landed = (): number[] =>
    REGIONS.flatMap((region) => regions.nodesOf(region).map((node) => node.count("call_started")));

  it.each([
    { way: "NAPTR and SRV", suffix: "", transport: "tls" },
    { way: "host and port", suffix: ":5061;transport=tls", transport: "tls" },
    { way: "host and port in clear", suffix: ":5060;transport=tcp", transport: "tcp" },
  ])(
    "calls by $way land in the region that they name, and in no other",
    async ({ suffix, transport }) => {
      const before = landed();
      const calls = { us: 2, eu: 3, in: 4 } as const satisfies Record<RegionName, number>;
      const results = await Promise.all(
        REGIONS.map((region) => place({ to: byName(region) + suffix, calls: calls[region] })),
      );
      expect(results).toEqual(REGIONS.map((region) => all(calls[region])));
      const since = landed().map((count, index) => count - (before[index] ?? 0));
      const sums = REGIONS.map((_region, at) => (since[2 * at] ?? 0) + (since[2 * at + 1] ?? 0));
      expect(sums).toEqual(REGIONS.map((region) => calls[region]));
      const started = REGIONS.flatMap((region) =>
        regions
          .nodesOf(region)
          .flatMap((node, index) =>
            node.lines("call_started").slice(before[REGIONS.indexOf(region) * 2 + index]),
          ),
      );
      expect(started).toHaveLength(9);
      expect(new Set(started.map((call) => call["transport"]))).toEqual(new Set([transport]));
    },
  );

  it("a number of one region is unknown in another", async () => {
    const before = landed();
    const elsewhere = [
      sippRequest("INVITE", 1, { target: `sip:${NUMBERS.us}@${nameOf("eu")}`, sdp: "srtp" }),
      sippExpects(100, { optional: true }),
      sippExpects(404),
      sippRequest("ACK", 1),
    ];
    expect(await run(elsewhere, 2)).toEqual(all(2));
    expect(landed()).toEqual(before);
  });

  it("ACK and BYE that the carrier sends to the other node of the region are answered 200", async () => {
    const [owner, other] = regions.nodesOf("in");
    const [owned, astray] = [owner.count("call_ended"), other.count("call_started")];
    const result = await place({ to: byName("in"), calls: 5, inviteTo: owner, restTo: other });
    expect(result).toEqual(all(5));
    expect(owner.count("call_ended")).toBe(owned + 5);
    expect(other.count("call_started")).toBe(astray);
    const { process } = owner;
    expect(process.output().split('"code":"caller_hung_up"').length - 1).toBeGreaterThanOrEqual(5);
  });

  it("a node that is killed takes no call with it: the next ones are answered by the other within 3 s", async () => {
    const [dying, other] = regions.nodesOf("us");
    await dying.process.kill();
    const before = other.count("call_answered");
    expect(await place({ to: byName("us"), calls: 6 })).toEqual(all(6));
    const byHost = `${byName("us")}:5061;transport=tls`;
    expect(await place({ to: byHost, calls: 6 })).toEqual(all(6));
    expect(other.count("call_answered")).toBe(before + 12);
  });

  it("a node that is drained under fifty calls drops none of them, and new ones land on the other", async () => {
    const [draining, other] = regions.nodesOf("eu");
    const before = draining.count("call_answered");
    const to = byName("eu");
    const held = place({ to, calls: HELD, heldMs: HELD_MS, inviteTo: draining });
    const isFull = () => (draining.count("call_answered") === before + HELD ? true : null);
    await eventually(isFull, 20_000, "fifty calls were not answered");
    const stopped = draining.process.stop();
    await eventually(() => (draining.count("node_draining") > 0 ? true : null), 5_000, "no drain");
    const started = draining.count("call_started");
    const taken = other.count("call_answered");
    // First as somebody asks whose resolver still has the name of before, then as the reconciler leaves it.
    expect(await place({ to, calls: 4 })).toEqual(all(4));
    await regions.publish(new Map([[draining, "draining"]]));
    expect(await place({ to: `${to}:5061;transport=tls`, calls: 4 })).toEqual(all(4));
    expect(draining.count("call_started")).toBe(started);
    expect(other.count("call_answered")).toBe(taken + 8);
    expect(draining.count("call_ended")).toBe(before);
    expect(await held).toEqual(all(HELD));
    expect(await stopped).toBe(0);
    // The numbers refuse what is not encrypted, so that all of them were.
    const media = draining.lines("call_ended").map((call) => call["media"]);
    expect(media).toHaveLength(before + HELD);
    for (const one of media) expect(one).toMatchObject({ srtpSuite: "AES_CM_128_HMAC_SHA1_80" });
  });
});
