import ipaddr from "ipaddr.js";

/** The record sets that the reconciler has in a zone. Names are in lower case and without the last dot. */

type RecordType = "A" | "AAAA" | "SRV" | "TXT";

export interface RecordSet {
  readonly name: string;
  readonly type: RecordType;
  readonly ttlSecs: number;
  /** As a zone file has them (RFC 1035 §5.1), sorted. */
  readonly values: readonly string[];
}

/** How a zone is changed: what is deleted is named with all that it has, so that a change on a stale view is refused. */
export interface RecordChange {
  readonly action: "CREATE" | "DELETE";
  readonly set: RecordSet;
}

/** What is in the zone at one dialled name and the names below it that belong to it. */
export interface StandingName {
  readonly sets: readonly RecordSet[];
  /** Sets at these names that the reconciler never makes, such as `A alias` and `CNAME`. */
  readonly foreign: readonly string[];
}

export const SIP_TRANSPORTS = ["tls", "tcp", "udp"] as const;
export type SipTransport = (typeof SIP_TRANSPORTS)[number];

/** Service labels and default ports (RFC 3263 §4.1, RFC 3261 §19.1.2). */
const SERVICES = {
  tls: { prefix: "_sips._tcp", port: 5061 },
  tcp: { prefix: "_sip._tcp", port: 5060 },
  udp: { prefix: "_sip._udp", port: 5060 },
} as const satisfies Record<SipTransport, { prefix: string; port: number }>;

const PRIORITY = 10;
const WEIGHT = 100;

export function ownerNameOf(name: string): string {
  return `_trunkline-owner.${name}`;
}

/** Whether sets of the type at `setName` are the reconciler's part of `name`. */
export function isPartOf(name: string, setName: string, type: string): boolean {
  if (setName === name) return type === "A" || type === "AAAA" || type === "CNAME";
  if (setName === ownerNameOf(name)) return true;
  return SIP_TRANSPORTS.some((transport) => setName === `${SERVICES[transport].prefix}.${name}`);
}

/** What callers are led to: addresses for `host:port`, targets for SRV (RFC 2782). */
export interface Members {
  /** Canonical. */
  readonly addresses: readonly string[];
  /** Nodes' own names. */
  readonly targets: readonly string[];
}

/** The sets that lead to the members, without the owner's mark. An empty set is none. */
export function setsOf(
  name: string,
  members: Members,
  transports: readonly SipTransport[],
  ttlSecs: number,
): readonly RecordSet[] {
  const isV6 = (address: string) => address.includes(":");
  const addressSets = [
    { name, type: "A" as const, values: members.addresses.filter((each) => !isV6(each)) },
    { name, type: "AAAA" as const, values: members.addresses.filter(isV6) },
  ];
  const serviceSets = transports.map((transport) => {
    const { prefix, port } = SERVICES[transport];
    const values = members.targets.map((target) => `${PRIORITY} ${WEIGHT} ${port} ${target}.`);
    return { name: `${prefix}.${name}`, type: "SRV" as const, values };
  });
  return [...addressSets, ...serviceSets]
    .filter(({ values }) => values.length > 0)
    .map((set) => ({ ...set, ttlSecs, values: set.values.toSorted() }));
}

/** What a set leads to: canonical addresses of A and AAAA, targets of SRV. */
export function itemsOf({ type, values }: RecordSet): readonly string[] {
  switch (type) {
    case "A":
    case "AAAA":
      return values.map(canonicalAddress);
    case "SRV":
      return values.map((value) => bareName(value.split(/\s+/).at(-1) ?? ""));
    case "TXT":
      return [];
    default:
      return type satisfies never;
  }
}

/** As it is when it is no address. */
export function canonicalAddress(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.parse(text).toString() : text;
}

export function bareName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** However a server spells it. */
export function isSameSet(left: RecordSet, right: RecordSet): boolean {
  const text = (set: RecordSet) => set.values.map(spelling(set)).toSorted().join("\n");
  return left.ttlSecs === right.ttlSecs && text(left) === text(right);
}

function spelling({ type }: RecordSet): (value: string) => string {
  switch (type) {
    case "A":
    case "AAAA":
      return canonicalAddress;
    case "SRV":
      return bareName;
    case "TXT":
      return (value) => value;
    default:
      return type satisfies never;
  }
}

/** A node that was taken out of a name. */
export interface Removal {
  /** Whole seconds. */
  readonly atMs: number;
  readonly address: string | null;
  readonly target: string | null;
}

/**
 * The TXT set that says whose the sets of a name are. It changes with each of them, in the same batch: its serial
 * refuses a change that was planned on an older view, and what was removed lately is known wherever the zone is.
 */
export interface OwnerMark {
  readonly owner: string;
  /** One more with each change. */
  readonly serial: number;
  readonly removals: readonly Removal[];
}

export function writeOwnerMark(mark: OwnerMark): readonly string[] {
  const removals = mark.removals.map(
    ({ atMs, address, target }) =>
      `"removed=${Math.ceil(atMs / 1000)} ${target ?? "-"} ${address ?? "-"}"`,
  );
  return [`"trunkline-owner=${mark.owner}"`, `"serial=${mark.serial}"`, ...removals].toSorted();
}

/** Null without a mark, and for a text that is none. */
export function ownerMarkOf({ sets }: StandingName): OwnerMark | null {
  const values = sets.find(({ type }) => type === "TXT")?.values ?? [];
  const fields = values.map((value) => /^"([a-z-]+)=([^"]*)"$/.exec(value));
  const field = (name: string) => fields.find((each) => each?.[1] === name)?.[2];
  const owner = field("trunkline-owner");
  const serial = field("serial");
  if (owner === undefined || serial === undefined || !/^\d{1,15}$/.test(serial)) return null;
  const removals = fields.flatMap((each): readonly Removal[] => {
    if (each?.[1] !== "removed") return [];
    const [, secs, target = "-", address = "-"] =
      /^(\d{1,12}) (\S+) (\S+)$/.exec(each[2] ?? "") ?? [];
    if (secs === undefined) return [];
    const orNull = (text: string) => (text === "-" ? null : text);
    return [{ atMs: Number(secs) * 1000, target: orNull(target), address: orNull(address) }];
  });
  return { owner, serial: Number(serial), removals };
}
