import {
  isSameSet,
  itemsOf,
  type Members,
  type OwnerMark,
  ownerMarkOf,
  ownerNameOf,
  type RecordChange,
  type RecordSet,
  type Removal,
  type SipTransport,
  type StandingName,
  setsOf,
  writeOwnerMark,
} from "./record-sets.ts";

/** Of a name's nodes at most half leave it within this time. */
export const GUARD_MS = 300_000;
/** A node whose link is gone keeps its place for so long: links break for moments, together when the hub restarts. */
export const AWAY_MS = 30_000;

export interface DnsNode {
  /** Its own name, the target of SRV records. */
  readonly fqdn: string;
  /** Canonical, IPv4 or IPv6. */
  readonly address: string;
  readonly state: "ready" | "draining" | "away";
  readonly sinceMs: number;
}

export interface PlanInput {
  readonly name: string;
  /** Whose mark makes the sets ours. */
  readonly owner: string;
  readonly nowMs: number;
  readonly ttlSecs: number;
  readonly transports: readonly SipTransport[];
  /** Of the regions that serve the name. */
  readonly nodes: readonly DnsNode[];
  /** Every region that serves the name has said which nodes it has. */
  readonly isComplete: boolean;
  readonly standing: StandingName;
}

/**
 * Why something is left as it is: the sets are somebody else's; no node is ready, so that what stands may be all that
 * works; more would leave than may in five minutes; a region does not answer; a link has just been lost.
 */
type WhyLeft = "not_ours" | "no_ready_node" | "guarded" | "region_unseen" | "just_away";

export interface NamePlan {
  readonly standing: Members;
  /** What the name would lead to if nothing were left as it is. */
  readonly wanted: Members;
  /** One batch, applied as a whole or not at all. Empty: nothing is to be done, or to be done now. */
  readonly changes: readonly RecordChange[];
  /** Of the mark that `changes` leave; null without changes. */
  readonly serial: number | null;
  readonly left: WhyLeft | null;
  /** Addresses and targets that stand and are not wanted. */
  readonly leftItems: readonly string[];
}

/** A node, or what nobody knows any more, that is to leave: an address, a target or both. */
interface Leaver {
  readonly address: string | null;
  readonly target: string | null;
  /** Null: no node of the name. */
  readonly node: DnsNode | null;
}

/** What one set of the name may still lose; A and AAAA are one view. */
interface GuardedView {
  readonly kind: "address" | "target";
  readonly present: Set<string>;
  /** Not present, and present within the last five minutes. */
  removed: number;
}

/** What is to be changed at a dialled name. Every ready node is in it afterwards, whatever else is. */
export function planRecords(input: PlanInput): NamePlan {
  const { name, nodes, nowMs, standing, transports, ttlSecs } = input;
  const stands = standingMembers(standing);
  const ready = nodes.filter(({ state }) => state === "ready");
  const wanted: Members = {
    addresses: unique(ready.map(({ address }) => address)),
    targets: unique(ready.map(({ fqdn }) => fqdn)),
  };
  const untouched = (left: WhyLeft): NamePlan => {
    const leftItems = left === "not_ours" ? [] : strangers(stands, wanted);
    return { standing: stands, wanted, changes: [], serial: null, left, leftItems };
  };
  const mark = findMark(standing, input.owner);
  if (mark === "not_ours") return untouched("not_ours");
  if (ready.length === 0) return untouched(input.isComplete ? "no_ready_node" : "region_unseen");

  const removals = (mark?.removals ?? []).filter(({ atMs }) => Math.abs(nowMs - atMs) < GUARD_MS);
  const views = guardedViews(standing, removals);
  const kept: Leaver[] = [];
  const gone: Leaver[] = [];
  const reasons = new Set<WhyLeft>();
  for (const leaver of findLeavers(stands, wanted, nodes)) {
    const reason = whyKept(leaver, input) ?? (takeFrom(views, leaver) ? null : "guarded");
    if (reason === null) gone.push(leaver);
    else kept.push(leaver);
    if (reason !== null) reasons.add(reason);
  }
  const members: Members = {
    addresses: unique([...wanted.addresses, ...kept.flatMap(({ address }) => address ?? [])]),
    targets: unique([...wanted.targets, ...kept.flatMap(({ target }) => target ?? [])]),
  };
  const isMark = ({ type }: RecordSet) => type === "TXT";
  const changes = difference(
    standing.sets.filter((set) => !isMark(set)),
    setsOf(name, members, transports, ttlSecs),
  );
  const [left = null] = (["guarded", "region_unseen", "just_away"] as const).filter((reason) =>
    reasons.has(reason),
  );
  const leftItems = strangers(members, wanted);
  const plan = { standing: stands, wanted, left, leftItems };
  if (changes.length === 0) return { ...plan, changes, serial: null };
  const serial = (mark?.serial ?? 0) + 1;
  const values = writeOwnerMark({
    owner: input.owner,
    serial,
    removals: rememberRemovals(removals, gone, nowMs),
  });
  const markSet: RecordSet = { name: ownerNameOf(name), type: "TXT", ttlSecs, values };
  const marking = difference(standing.sets.filter(isMark), [markSet]);
  return { ...plan, changes: [...marking, ...changes], serial };
}

/** Null where nothing is at the name. */
function findMark(standing: StandingName, owner: string): OwnerMark | null | "not_ours" {
  if (standing.foreign.length > 0) return "not_ours";
  if (standing.sets.length === 0) return null;
  const mark = ownerMarkOf(standing);
  return mark?.owner === owner ? mark : "not_ours";
}

function standingMembers({ sets }: StandingName): Members {
  const items = (isService: boolean) =>
    unique(sets.filter(({ type }) => (type === "SRV") === isService).flatMap(itemsOf));
  return { addresses: items(false), targets: items(true) };
}

/** In the order in which they may leave: by their own word, then the longest away, then what nobody knows. */
function findLeavers(
  stands: Members,
  wanted: Members,
  nodes: readonly DnsNode[],
): readonly Leaver[] {
  const addresses = new Set(stands.addresses.filter((each) => !wanted.addresses.includes(each)));
  const targets = new Set(stands.targets.filter((each) => !wanted.targets.includes(each)));
  const takenFrom = (items: Set<string>, item: string) => (items.delete(item) ? item : null);
  const leavers: Leaver[] = [];
  const rank = ({ state }: DnsNode) => (state === "draining" ? 0 : 1);
  for (const node of nodes.toSorted(
    (a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs || a.fqdn.localeCompare(b.fqdn),
  )) {
    const address = takenFrom(addresses, node.address);
    const target = takenFrom(targets, node.fqdn);
    if (address !== null || target !== null) leavers.push({ address, target, node });
  }
  // Of what nobody knows, nobody knows which address has which name.
  const [unknown, unnamed] = [[...addresses], [...targets]];
  for (let at = 0; at < Math.max(unknown.length, unnamed.length); at += 1) {
    leavers.push({ address: unknown[at] ?? null, target: unnamed[at] ?? null, node: null });
  }
  return leavers;
}

function whyKept({ node }: Leaver, { isComplete, nowMs }: PlanInput): WhyLeft | null {
  if (node === null) return isComplete ? null : "region_unseen";
  return node.state === "away" && nowMs - node.sinceMs < AWAY_MS ? "just_away" : null;
}

function guardedViews(
  { sets }: StandingName,
  removals: readonly Removal[],
): readonly GuardedView[] {
  const addressSets = sets.filter(({ type }) => type === "A" || type === "AAAA");
  const serviceSets = sets.filter(({ type }) => type === "SRV");
  const view = (kind: GuardedView["kind"], items: readonly string[]): GuardedView => {
    const present = new Set(items);
    const left = new Set(removals.flatMap((removal) => removal[kind] ?? []));
    return { kind, present, removed: [...left].filter((item) => !present.has(item)).length };
  };
  return [
    view("address", addressSets.flatMap(itemsOf)),
    ...serviceSets.map((set) => view("target", itemsOf(set))),
  ];
}

/** Takes it out of every set that has it, unless one of them would have lost more than half: then out of none. */
function takeFrom(views: readonly GuardedView[], leaver: Leaver): boolean {
  const having = views.flatMap((view) => {
    const item = leaver[view.kind];
    return item !== null && view.present.has(item) ? [{ view, item }] : [];
  });
  const isAllowed = having.every(
    ({ view: { present, removed } }) => 2 * (removed + 1) <= present.size + removed,
  );
  if (!isAllowed) return false;
  for (const { view, item } of having) {
    view.present.delete(item);
    view.removed += 1;
  }
  return true;
}

/** The newest of each, so that a node that comes and goes is one. */
function rememberRemovals(
  before: readonly Removal[],
  gone: readonly Leaver[],
  nowMs: number,
): readonly Removal[] {
  const isAgain = (removal: Removal) =>
    gone.some(({ address, target }) => address === removal.address && target === removal.target);
  const now = gone.map(({ address, target }) => ({ address, target, atMs: nowMs }));
  return [...before.filter((removal) => !isAgain(removal)), ...now];
}

function difference(
  standing: readonly RecordSet[],
  wanted: readonly RecordSet[],
): readonly RecordChange[] {
  const isAt = (set: RecordSet) => (other: RecordSet) =>
    other.name === set.name && other.type === set.type;
  const stale = standing.filter((set) => {
    const next = wanted.find(isAt(set));
    return next === undefined || !isSameSet(set, next);
  });
  const missing = wanted.filter((set) => {
    const before = standing.find(isAt(set));
    return before === undefined || !isSameSet(before, set);
  });
  return [
    ...stale.map((set) => ({ action: "DELETE" as const, set })),
    ...missing.map((set) => ({ action: "CREATE" as const, set })),
  ];
}

function strangers(members: Members, wanted: Members): readonly string[] {
  return [
    ...members.addresses.filter((each) => !wanted.addresses.includes(each)),
    ...members.targets.filter((each) => !wanted.targets.includes(each)),
  ];
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)].toSorted();
}
