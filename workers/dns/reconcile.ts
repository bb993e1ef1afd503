import type { DnsView, NameOutcome } from "../../schema/contracts/dns.ts";
import type { log } from "../log.ts";
import type { DialledName, DnsConfig } from "./dns-config.ts";
import { type DnsNode, planRecords } from "./plan-records.ts";
import { canonicalAddress, type Members, ownerMarkOf } from "./record-sets.ts";
import type { RegionNode } from "./region-nodes.ts";
import type { Zone, ZoneFault } from "./zone.ts";

/** What the reconciler remembers between its rounds. All of it may be lost. */
export interface RoundMemory {
  get<T>(key: string): T | undefined;
  put<T>(key: string, value: T): void;
}

export interface RoundDeps {
  readonly config: DnsConfig;
  /** Of the sets that this control plane has made. */
  readonly owner: string;
  readonly zone: Zone;
  /** The region's nodes, or null when it does not say. Never rejects. */
  readonly regionNodes: (region: string) => Promise<readonly RegionNode[] | null>;
  readonly memory: RoundMemory;
  readonly clock: () => number;
  readonly log: typeof log;
}

const LOOK_MS = 15_000;
/** Until what was written is looked at. */
const READ_BACK_MS = 5_000;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** For so long an older view than what was written is a server that lags; after it the zone was put back. */
const LAG_MS = 60_000;

export interface RoundEnd {
  /** Until the next round is due, at the latest; after a failure also at the earliest. */
  readonly nextInMs: number;
  readonly isFailed: boolean;
}

/** Of a name. */
interface NameMemory {
  readonly outcome: NameOutcome;
  readonly code: string | null;
  readonly sinceMs: number;
  readonly lookedAtMs: number;
  readonly standing: Members;
  readonly wanted: Members;
  readonly leftItems: readonly string[];
  /** The newest change that was taken. */
  readonly written: Written | null;
}

interface Written {
  readonly serial: number;
  readonly atMs: number;
  /** Null: every server has it. */
  readonly changeId: string | null;
}

interface KnownNode extends RegionNode {
  readonly region: string;
  /** Of the state. */
  readonly sinceMs: number;
}

const NOBODY: Members = { addresses: [], targets: [] };
const KEYS = { nodes: "nodes", unseen: "unseen", failedRounds: "failed_rounds" } as const;

/**
 * One look at regions and zone, and what follows from it. Each name's changes are one batch that is refused unless the
 * zone still is as it was read. Nothing is tried twice: the next round begins with another look.
 */
export async function reconcile(deps: RoundDeps): Promise<RoundEnd> {
  const { config, memory } = deps;
  const { nodes, unseen } = await lookAtRegions(deps);
  const dueFirst = config.names.toSorted(
    (a, b) => lookedAtMs(memory, a.name) - lookedAtMs(memory, b.name),
  );
  const outcomes: NameOutcome[] = [];
  for (const dialled of dueFirst) {
    outcomes.push(await reconcileName(deps, dialled, nodes, unseen));
    // The limit of requests is one for the whole account.
    if (outcomes.at(-1) === "throttled") break;
  }
  const isFailed = outcomes.some((outcome) => FAULTY.has(outcome));
  const failedRounds = isFailed ? (memory.get<number>(KEYS.failedRounds) ?? 0) + 1 : 0;
  memory.put(KEYS.failedRounds, failedRounds);
  if (isFailed) {
    return { isFailed, nextInMs: Math.min(RETRY_MS * 2 ** (failedRounds - 1), MAX_RETRY_MS) };
  }
  return { isFailed, nextInMs: outcomes.includes("written") ? READ_BACK_MS : LOOK_MS };
}

const FAULTY: ReadonlySet<NameOutcome> = new Set<ZoneFault>([
  "throttled",
  "unreachable",
  "conflict",
  "refused",
  "unconfirmed",
]);

async function lookAtRegions({ clock, config, memory, regionNodes }: RoundDeps) {
  const regions = [...new Set(config.names.flatMap((dialled) => dialled.regions))];
  const before = memory.get<readonly KnownNode[]>(KEYS.nodes) ?? [];
  const nowMs = clock();
  const looks = await Promise.all(
    regions.map(async (region) => ({ region, found: await regionNodes(region) })),
  );
  const nodes = looks.flatMap(({ region, found }): readonly KnownNode[] => {
    if (found === null) return before.filter((node) => node.region === region);
    return found.map((node) => {
      const known = before.find(({ nodeId }) => nodeId === node.nodeId);
      const sinceMs = known?.state === node.state ? known.sinceMs : nowMs;
      // A link that has gone silent was lost when it was last heard.
      const lostAtMs = node.state === "away" ? (node.heardAtMs ?? sinceMs) : sinceMs;
      return { ...node, region, sinceMs: Math.min(sinceMs, lostAtMs) };
    });
  });
  const unseen = looks.flatMap(({ region, found }) => (found === null ? [region] : []));
  memory.put(KEYS.nodes, nodes);
  memory.put(KEYS.unseen, unseen);
  return { nodes, unseen };
}

async function reconcileName(
  deps: RoundDeps,
  dialled: DialledName,
  nodes: readonly KnownNode[],
  unseen: readonly string[],
): Promise<NameOutcome> {
  const { config, clock, memory, owner, zone } = deps;
  const { name, regions } = dialled;
  const before = memory.get<NameMemory>(keyOf(name));
  const report = (outcome: NameOutcome, more: Partial<NameMemory> = {}): NameOutcome => {
    remember(deps, name, before, outcome, more);
    return outcome;
  };

  const read = await zone.read(name);
  if (!read.ok) return report(read.fault, { code: read.code });
  const standing = read.value;
  const nowMs = clock();
  const written = before?.written ?? null;
  const serial = ownerMarkOf(standing)?.serial ?? 0;
  // An older view than what was written says nothing.
  if (written !== null && serial < written.serial && nowMs - written.atMs < LAG_MS) {
    return report("written");
  }
  const plan = planRecords({
    name,
    owner,
    nowMs,
    standing,
    ttlSecs: config.ttlSecs,
    transports: config.transports,
    nodes: nodes
      .filter(({ region }) => regions.includes(region) && !unseen.includes(region))
      .flatMap((node) => dnsNode(node, config.domain)),
    isComplete: !regions.some((region) => unseen.includes(region)),
  });
  const seen = { standing: plan.standing, wanted: plan.wanted, leftItems: plan.leftItems };

  if (plan.serial !== null) {
    const change = await zone.change(plan.changes);
    if (!change.ok) return report(change.fault, { ...seen, code: change.code });
    const taken: Written = { serial: plan.serial, atMs: clock(), changeId: change.value };
    return report("written", { ...seen, written: taken });
  }
  const settled = written === null ? null : await settle(zone, written);
  const isOnItsWay = plan.left === null && (settled?.changeId ?? null) !== null;
  return report(plan.left ?? (isOnItsWay ? "written" : "in_place"), { ...seen, written: settled });
}

async function settle(zone: Zone, written: Written): Promise<Written> {
  if (written.changeId === null) return written;
  const sync = await zone.isInSync(written.changeId);
  // A change that the server has forgotten was made long ago.
  const isDone = sync.ok ? sync.value : sync.fault === "refused";
  return isDone ? { ...written, changeId: null } : written;
}

/** Says what has changed, and nothing else: a round that finds what the last one found is silent. */
function remember(
  deps: RoundDeps,
  name: string,
  before: NameMemory | undefined,
  outcome: NameOutcome,
  more: Partial<NameMemory>,
): void {
  const nowMs = deps.clock();
  const code = more.code ?? null;
  const isSame = before?.outcome === outcome && before.code === code;
  const next: NameMemory = {
    standing: before?.standing ?? NOBODY,
    wanted: before?.wanted ?? NOBODY,
    leftItems: before?.leftItems ?? [],
    written: before?.written ?? null,
    ...more,
    outcome,
    code,
    sinceMs: isSame ? before.sinceMs : nowMs,
    lookedAtMs: nowMs,
  };
  deps.memory.put(keyOf(name), next);
  if (isSame) return;
  const level = outcome === "in_place" || outcome === "written" ? "info" : "warn";
  deps.log(level, "dns_name", {
    name,
    outcome,
    code,
    standing: next.standing.addresses.length,
    wanted: next.wanted.addresses.length,
  });
}

/** What the last rounds have found. */
export function viewOf(config: DnsConfig, memory: RoundMemory): DnsView {
  const at = (ms: number) => new Date(ms).toISOString();
  const membersView = ({ addresses, targets }: Members) => ({
    addresses: [...addresses],
    targets: [...targets],
  });
  return {
    data: config.names.map(({ name, regions }) => {
      const known = memory.get<NameMemory>(keyOf(name));
      return {
        name,
        regions: [...regions],
        outcome: known?.outcome ?? "unknown",
        code: known?.code ?? null,
        since: known === undefined ? null : at(known.sinceMs),
        looked_at: known === undefined ? null : at(known.lookedAtMs),
        standing: membersView(known?.standing ?? NOBODY),
        wanted: membersView(known?.wanted ?? NOBODY),
        left: [...(known?.leftItems ?? [])],
      };
    }),
    nodes: (memory.get<readonly KnownNode[]>(KEYS.nodes) ?? []).map((node) => ({
      node_id: node.nodeId,
      region: node.region,
      fqdn: dnsNode(node, config.domain)[0]?.fqdn ?? null,
      address: node.address,
      state: node.state,
      since: at(node.sinceMs),
    })),
    unseen_regions: [...(memory.get<readonly string[]>(KEYS.unseen) ?? [])],
  };
}

/** None when the node's name is no label (RFC 1123 §2.1). */
function dnsNode(node: KnownNode, domain: string): readonly DnsNode[] {
  const label = node.name.toLowerCase();
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) return [];
  const { region, state, sinceMs } = node;
  const address = canonicalAddress(node.address);
  return [{ fqdn: `${label}.${region}.${domain}`, address, state, sinceMs }];
}

function lookedAtMs(memory: RoundMemory, name: string): number {
  return memory.get<NameMemory>(keyOf(name))?.lookedAtMs ?? 0;
}

function keyOf(name: string): string {
  return `name:${name}`;
}
