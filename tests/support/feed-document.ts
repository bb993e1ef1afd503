import type { RangeState } from "../../schema/contracts/network.ts";
import { parseCidr } from "../../schema/values/cidr.ts";
import type { RangeService } from "../../schema/values/port-rules.ts";
import {
  createDocument,
  type FeedDocument,
  type FeedRange,
  type FeedVersion,
} from "../../workers/network/document.ts";

/** Noon, 2026-12-01. */
const PUBLISHED_AT_MS = Date.UTC(2026, 11, 1, 12);
const DAY_MS = 86_400_000;
const EVERYTHING = ["sip", "rtp", "webhook", "agent", "probe"] as const;

const PLACES = {
  us: { country: "US", subdivision: "US-VA", city: "Ashburn" },
  eu: { country: "DE", subdivision: "DE-HE", city: "Frankfurt" },
  in: { country: "IN", subdivision: null, city: null },
} as const;

/** A range of a public block that nobody announces. */
export function feedRange(
  prefix: string,
  region: keyof typeof PLACES,
  state: Exclude<RangeState, "removed"> = "active",
  services: readonly RangeService[] = EVERYTHING,
): FeedRange {
  const cidr = parseCidr(prefix);
  if (cidr === null) throw new Error(`${prefix} does not parse`);
  return {
    id: `rng_${prefix}`,
    prefix: cidr,
    region,
    geo: PLACES[region],
    services,
    direction: ["ingress", "egress"],
    form: "brought_block",
    holder: 'Example & "Sons", Inc.',
    asn: 64_500,
    state,
    changedVersion: 1,
    announcedAtMs: PUBLISHED_AT_MS - 40 * DAY_MS,
    activeFromMs: PUBLISHED_AT_MS + (state === "pending" ? 34 : -10) * DAY_MS,
    removeAfterMs: state === "deprecated" ? PUBLISHED_AT_MS + 45 * DAY_MS : null,
  };
}

/** Three regions, both families, every state, text that every format has to escape. */
export function feedDocument(change: Partial<FeedDocument> = {}): FeedDocument {
  const ranges = [
    feedRange("25.10.20.0/25", "us"),
    feedRange("25.10.20.128/26", "eu", "active", ["sip", "rtp"]),
    feedRange("25.10.20.192/27", "in", "deprecated", ["sip", "rtp"]),
    feedRange("25.9.0.0/24", "us", "active", ["webhook", "agent"]),
    feedRange("25.9.0.0/25", "us", "pending", ["agent"]),
    feedRange("2a0f:ffff:0:1::/64", "eu"),
  ];
  return createDocument({
    version: 8,
    publishedAtMs: PUBLISHED_AT_MS,
    ranges,
    versions: [7, 8].map((version) => versionOf(version, ranges)),
    regionVersions: { us: 8, eu: 7, in: 7 },
    settings: {
      url: "https://sip.example.net",
      provider: "Trunkline",
      sipDomain: "sip.example.net",
      ports: { rtpPorts: { first: 10_000, last: 19_999 }, isSipUdpOpen: true },
      tlsRoots: [],
    },
    ...change,
  });
}

function versionOf(version: number, ranges: readonly FeedRange[]): FeedVersion {
  const [first, second] = ranges;
  return {
    version,
    publishedAtMs: PUBLISHED_AT_MS - (8 - version) * DAY_MS,
    notice: version === 7 ? "initial" : "emergency",
    reason: version === 7 ? null : 'Provider <withdrew> the block & said "now"',
    changes: [first, second].flatMap((range) =>
      range === undefined
        ? []
        : [
            {
              range_id: range.id,
              disposition: version === 7 ? ("announce" as const) : ("deprecate" as const),
              prefix: range.prefix,
              region: range.region,
              services: [...range.services],
              effective_at_ms: PUBLISHED_AT_MS,
            },
          ],
    ),
  };
}
