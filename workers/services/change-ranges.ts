import type { RangesChanged, RangesView, RangeView } from "../../schema/contracts/network.ts";
import { RANGE_DIRECTIONS } from "../../schema/contracts/network.ts";
import { ADDRESS_BLOCK_ID, routingEntrySchema } from "../../schema/contracts/routing.ts";
import { parseId } from "../../schema/values/ids.ts";
import { RANGE_SERVICES } from "../../schema/values/port-rules.ts";
import type { AppDeps } from "../app-type.ts";
import {
  type AddressRangeRow,
  insertNetworkVersion,
  readNetworkHead,
  readNodeAddresses,
  readRanges,
} from "../db/address-ranges.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import { rangeEvents } from "./range-events.ts";
import {
  activateDue,
  isEnforced,
  type NetworkState,
  nodeRanges,
  type Step,
} from "./range-lifecycle.ts";

const MAX_RACES = 5;

type RangeDeps = Pick<AppDeps, "db" | "writer" | "clock" | "config">;

/** A version that is in the database. */
interface CommittedVersion {
  readonly version: number;
  readonly ranges: readonly RangeView[];
  /** Those whose nodes must hear of it. */
  readonly regions: readonly string[];
}

/**
 * Decides on the block as it stands and commits what was decided as the next version: above every one
 * that is known, also of a feed that has seen a later database than this one.
 */
async function commitVersion(
  deps: RangeDeps,
  publishedVersion: number,
  decide: (state: NetworkState, nowMs: number) => Outcome<Step>,
): Promise<Outcome<CommittedVersion>> {
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const state = await readNetworkState(deps);
    const floor = Math.max(state.version, publishedVersion);
    const nowMs = deps.clock();
    const decided = decide({ ...state, version: floor, publishedVersion }, nowMs);
    if (!decided.ok) return decided;
    const { notice, reason, changes } = decided.value;
    const version = floor + 1;
    const changed = decided.value.rows.map((row) => ({ ...row, changedVersion: version }));
    const rows = [
      ...state.rows.filter(({ id }) => !changed.some((row) => row.id === id)),
      ...changed,
    ];
    const regions = [...new Set([...rows, ...state.nodes].map(({ region }) => region))].sort();
    const committed = await commitUnit(deps.writer, [
      ...insertNetworkVersion(
        { version, publishedAtMs: nowMs, notice, reason, changes: JSON.stringify(changes) },
        changed,
        state.version,
      ),
      ...regions.map((region) =>
        appendRoutingChange(region, addressBlockEntry(version, rows, region), nowMs),
      ),
      ...(await rangeEvents(deps, version, decided.value, nowMs)),
    ]);
    if (committed.ok) return succeed({ version, ranges: changed.map(viewOf), regions });
  }
  throw new ServiceUnavailable(`the address block changed ${MAX_RACES} times`, 1);
}

/** Puts every announced range in use whose day has come: one version, or none. */
export async function activateRangesDue(
  deps: RangeDeps & Pick<AppDeps, "notifyRouting">,
  publishedVersion: number,
): Promise<void> {
  const due = (state: NetworkState, nowMs: number) => activateDue(state, publishedVersion, nowMs);
  if (due(await readNetworkState(deps), deps.clock()) === null) return;
  const committed = await commitVersion(deps, publishedVersion, (state, nowMs) => {
    const step = due(state, nowMs);
    return step === null ? notFound("No range is due.") : succeed(step);
  });
  if (!committed.ok) return;
  await Promise.all(committed.value.regions.map(deps.notifyRouting));
}

/**
 * An operator's change: commits it, tells the nodes and has the feed publish it.
 * @throws ServiceUnavailable when the feed does not say what it serves: the next version would not be known
 */
export async function changeBlock(
  deps: RangeDeps & Pick<AppDeps, "feed" | "notifyRouting">,
  decide: (state: NetworkState, nowMs: number) => Outcome<Step>,
): Promise<Outcome<RangesChanged>> {
  if (deps.config.feed.signingKey === null) return refuse(NO_SIGNING_KEY);
  const served = await deps.feed.publishedVersion();
  const committed = await commitVersion(deps, served, decide);
  if (!committed.ok) return committed;
  const { version, ranges, regions } = committed.value;
  const [published] = await Promise.all([
    // The change stands: the feed's own look repairs what fails here.
    deps.feed.publish().catch(() => null),
    ...regions.map(deps.notifyRouting),
  ]);
  return succeed({ version, published_version: published, ranges: [...ranges] });
}

const NO_SIGNING_KEY: Refusal = {
  status: 409,
  code: "feed_key_missing",
  detail: "The deployment has no key to sign the published block with.",
  hint: "Set FEED_SIGNING_KEY to a base64url PKCS #8 Ed25519 key.",
};

/** Decides on one range; 404 when there is none. */
export function onRange(
  rangeId: string,
  decide: (row: AddressRangeRow, state: NetworkState, nowMs: number) => Outcome<Step>,
): (state: NetworkState, nowMs: number) => Outcome<Step> {
  return (state, nowMs) => {
    const row = state.rows.find(({ id }) => id === rangeId);
    return row === undefined ? notFound("There is no such range.") : decide(row, state, nowMs);
  };
}

/** The block as it stood at one version. */
export async function readNetworkState(deps: Pick<AppDeps, "db">): Promise<NetworkState> {
  for (let attempt = 1; ; attempt += 1) {
    const [rows, nodes] = await Promise.all([readRanges(deps.db), readNodeAddresses(deps.db)]);
    const version = await readNetworkHead(deps.db);
    const newest = Math.max(0, ...rows.map(({ changedVersion }) => changedVersion));
    // Every version changes a row: another head came in between.
    if (newest === version || attempt === MAX_RACES) {
      return { version, publishedVersion: null, rows, nodes };
    }
  }
}

/** The ranges, removed ones last. */
export async function listRanges(deps: Pick<AppDeps, "db">): Promise<RangesView> {
  const { version, rows } = await readNetworkState(deps);
  const standing = rows.filter(({ state }) => state !== "removed");
  const removed = rows.filter(({ state }) => state === "removed");
  return { version, ranges: [...standing, ...removed].map(viewOf) };
}

/** What the region's nodes are told of the block. */
function addressBlockEntry(version: number, rows: readonly AddressRangeRow[], region: string) {
  const inUse = nodeRanges(rows, region, ["active", "deprecated"]);
  return routingEntrySchema.parse({
    kind: "address_block",
    entityId: ADDRESS_BLOCK_ID,
    value: {
      id: ADDRESS_BLOCK_ID,
      version,
      isEnforced: isEnforced(rows),
      prefixes: inUse.map(({ prefix }) => prefix).sort(),
    },
  });
}

function viewOf(row: AddressRangeRow): RangeView {
  const id = parseId("addressRange", row.id);
  if (id === null) throw new TypeError("a range has no identifier of its kind");
  return {
    range_id: id,
    prefix: row.prefix,
    region: row.region,
    geo: { country: row.country, subdivision: row.subdivision, city: row.city },
    services: RANGE_SERVICES.filter((service) => row.services.includes(service)),
    direction: RANGE_DIRECTIONS.filter((direction) => row.direction.includes(direction)),
    form: row.form,
    holder: row.holder,
    asn: row.asn,
    state: row.state,
    announced_version: row.announcedVersion,
    changed_version: row.changedVersion,
    announced_at: new Date(row.announcedAtMs).toISOString(),
    active_from: new Date(row.activeFromMs).toISOString(),
    remove_after: row.removeAfterMs === null ? null : new Date(row.removeAfterMs).toISOString(),
  };
}
