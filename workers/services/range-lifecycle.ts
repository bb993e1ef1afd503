import {
  type ChangeRange,
  type DeprecateRange,
  NOTICE_DAYS,
  type Notice,
  type ProposeRanges,
  type RangeChange,
} from "../../schema/contracts/network.ts";
import { cidrContains } from "../../schema/values/cidr.ts";
import { newId } from "../../schema/values/ids.ts";
import { RANGE_SERVICES } from "../../schema/values/port-rules.ts";
import type { AddressRangeRow, NodeAddress } from "../db/address-ranges.ts";
import type { ProblemCode } from "../errors/catalogue.ts";
import { type Outcome, type RefusedField, refuse, succeed } from "../errors/refusal.ts";
import { canonical, cidrOf, findOverlap, problemsOf } from "./range-checks.ts";

/** The rules by which the address block changes. No I/O: what they decide becomes one version. */

const DAY_MS = 86_400_000;
const NOTICE_MS = NOTICE_DAYS * DAY_MS;

/** What the rules look at. */
export interface NetworkState {
  /** 0: nothing has been published. */
  readonly version: number;
  /** What the feed serves; null: not asked. */
  readonly publishedVersion: number | null;
  readonly rows: readonly AddressRangeRow[];
  readonly nodes: readonly NodeAddress[];
}

/** What a version does. Rows lack the version that they become part of. */
export interface Step {
  readonly notice: Notice;
  readonly reason: string | null;
  readonly rows: readonly Omit<AddressRangeRow, "changedVersion">[];
  readonly changes: readonly RangeChange[];
}

type Hurry = Pick<ChangeRange, "notice" | "reason">;

/** Announces ranges; those that need no notice are in use at once. */
export function propose(state: NetworkState, request: ProposeRanges, nowMs: number): Outcome<Step> {
  const { notice } = request;
  const wrong = request.ranges.flatMap((range, index) => problemsOf(range, `/ranges/${index}`));
  if (notice === "emergency" && request.reason === undefined) wrong.push(REASON_MISSING);
  if (wrong.length > 0) return invalid(wrong);
  const overlap = findOverlap(state.rows, request.ranges);
  if (overlap !== null) return overlap;
  if (notice === "initial") {
    const busy = request.ranges.find(({ region }) => !mayBeInitial(state, region));
    if (busy !== undefined) return refuseInitial(busy.region);
  }
  const earliestMs = notice === "scheduled" ? wholeDayFrom(nowMs + NOTICE_MS) : nowMs;
  const activeFromMs =
    request.active_from === undefined ? earliestMs : Date.parse(request.active_from);
  const leastMs = notice === "scheduled" ? nowMs + NOTICE_MS : nowMs;
  if (activeFromMs < leastMs) return tooSoon("/active_from", earliestMs);
  const isNow = activeFromMs <= nowMs;
  const rows = request.ranges.map((range) => ({
    id: newId("addressRange"),
    prefix: canonical(range.prefix),
    region: range.region,
    ...range.geo,
    services: range.services,
    direction: range.direction,
    form: range.form,
    holder: range.holder,
    asn: range.asn,
    state: isNow ? ("active" as const) : ("pending" as const),
    announcedVersion: state.version + 1,
    announcedAtMs: nowMs,
    activeFromMs,
    activatedAtMs: isNow ? nowMs : null,
    deprecatedAtMs: null,
    removeAfterMs: null,
  }));
  return succeed({
    notice,
    reason: request.reason ?? null,
    rows,
    changes: rows.map((row) => changeOf(row, "announce", activeFromMs)),
  });
}

/** Puts a range in use whose day has come. */
export function activate(
  state: Pick<NetworkState, "publishedVersion">,
  row: AddressRangeRow,
  request: Hurry,
  nowMs: number,
): Outcome<Step> {
  const unfit = requireState(row, ["pending"], "range_not_pending") ?? requireReason(request);
  if (unfit !== null) return unfit;
  if (request.notice === "scheduled" && nowMs < row.activeFromMs) {
    return noticeRunning(`${row.prefix} was announced for a later day.`, row.activeFromMs);
  }
  if (request.notice === "scheduled" && row.announcedVersion > (state.publishedVersion ?? 0)) {
    return refuse({
      status: 409,
      code: "not_announced",
      detail: `${row.prefix} stands in no version that the public feed has served yet.`,
      hint: "Wait until the feed serves its version, which is tried every minute.",
    });
  }
  const active = { ...row, state: "active" as const, activatedAtMs: nowMs };
  return step(request, active, changeOf(row, "activate", nowMs));
}

/** Puts every range in use whose day has come; null when there is none. `publishedVersion` has told of them. */
export function activateDue(
  state: NetworkState,
  publishedVersion: number,
  nowMs: number,
): Step | null {
  const due = state.rows.filter(
    (row) =>
      row.state === "pending" &&
      row.activeFromMs <= nowMs &&
      row.announcedVersion <= publishedVersion,
  );
  if (due.length === 0) return null;
  return {
    notice: "scheduled",
    reason: null,
    rows: due.map((row) => ({ ...row, state: "active", activatedAtMs: nowMs })),
    changes: due.map((row) => changeOf(row, "activate", nowMs)),
  };
}

/** Announces the end of a range: no node enrols in it any more, and customers keep allowing it until then. */
export function deprecate(
  row: AddressRangeRow,
  request: DeprecateRange,
  nowMs: number,
): Outcome<Step> {
  const unfit = requireState(row, ["active"], "range_not_active") ?? requireReason(request);
  if (unfit !== null) return unfit;
  const leastMs = request.notice === "emergency" ? nowMs : nowMs + NOTICE_MS;
  const earliestMs = request.notice === "emergency" ? nowMs : wholeDayFrom(leastMs);
  const removeAfterMs =
    request.remove_after === undefined ? earliestMs : Date.parse(request.remove_after);
  if (removeAfterMs < leastMs) return tooSoon("/remove_after", earliestMs);
  const deprecated = {
    ...row,
    state: "deprecated" as const,
    deprecatedAtMs: nowMs,
    removeAfterMs,
  };
  return step(request, deprecated, changeOf(row, "deprecate", removeAfterMs));
}

/** Takes a range out of the lists: one that was never in use at once, else 30 days after its last use. */
export function remove(
  state: NetworkState,
  row: AddressRangeRow,
  request: Hurry,
  nowMs: number,
): Outcome<Step> {
  const gone = requireState(row, ["pending", "active", "deprecated"], "range_removed");
  const unfit = gone ?? requireReason(request);
  if (unfit !== null) return unfit;
  const isHurried = request.notice === "emergency";
  if (row.state !== "pending" && !isHurried) {
    const refused =
      requireState(row, ["deprecated"], "range_not_deprecated") ?? requireUnused(state, row, nowMs);
    if (refused !== null) return refused;
  }
  const removed = { ...row, state: "removed" as const, removeAfterMs: nowMs };
  const disposition = row.state === "pending" ? "withdraw" : "remove";
  return step(request, removed, changeOf(row, disposition, nowMs));
}

/** Whether nodes are held to the block: a range of the deployment has been in use. It stays so. */
export function isEnforced(rows: readonly Pick<AddressRangeRow, "activatedAtMs">[]): boolean {
  return rows.some(({ activatedAtMs }) => activatedAtMs !== null);
}

/** Ranges that nodes of the region may have their address in: signalling and media come from one address. */
export function nodeRanges(
  rows: readonly AddressRangeRow[],
  region: string,
  states: readonly AddressRangeRow["state"][],
): AddressRangeRow[] {
  return rows.filter(
    (row) =>
      row.region === region &&
      states.includes(row.state) &&
      row.services.includes("sip") &&
      row.services.includes("rtp"),
  );
}

function requireUnused(
  state: NetworkState,
  row: AddressRangeRow,
  nowMs: number,
): ReturnType<typeof refuse> | null {
  const dueAtMs = row.removeAfterMs ?? nowMs;
  if (nowMs < dueAtMs) {
    return noticeRunning(`${row.prefix} is announced to stay until later.`, dueAtMs);
  }
  const prefix = cidrOf(row);
  const inside = state.nodes.filter(({ publicAddress }) => cidrContains(prefix, publicAddress));
  const live = inside.filter(({ revokedAtMs }) => revokedAtMs === null);
  if (live.length > 0) {
    const names = live.map(({ name, publicAddress }) => `${name} (${publicAddress})`).join(", ");
    return refuse({
      status: 409,
      code: "range_in_use",
      detail: `Nodes are enrolled at addresses of ${row.prefix}: ${names}.`,
      hint: "Drain and revoke them first, or send notice: emergency with a reason.",
    });
  }
  const lastUseMs = Math.max(0, ...inside.map(({ revokedAtMs }) => revokedAtMs ?? 0));
  if (lastUseMs > 0 && nowMs < lastUseMs + NOTICE_MS) {
    return noticeRunning(
      `${row.prefix} was in use less than ${NOTICE_DAYS} days ago.`,
      lastUseMs + NOTICE_MS,
    );
  }
  const isLast = !state.rows.some(
    (other) => other.id !== row.id && (other.state === "active" || other.state === "deprecated"),
  );
  if (!isLast) return null;
  return refuse({
    status: 409,
    code: "last_range",
    detail: `${row.prefix} is the last range in use: an empty list would be of no use to any firewall.`,
    hint: "Propose and activate its successor first.",
  });
}

/** One that nobody can have relied on yet: nothing is published, or no node has ever been in the region. */
function mayBeInitial(state: NetworkState, region: string): boolean {
  return state.version === 0 || !state.nodes.some((node) => node.region === region);
}

const REASON_MISSING: RefusedField = {
  pointer: "/reason",
  code: "reason_required",
  detail: "An emergency is published with its reason.",
  hint: "reason: The provider withdrew the block.",
};

function requireReason(request: Hurry): ReturnType<typeof refuse> | null {
  const isMissing = request.notice === "emergency" && request.reason === undefined;
  return isMissing ? invalid([REASON_MISSING]) : null;
}

function requireState(
  row: AddressRangeRow,
  states: readonly AddressRangeRow["state"][],
  code: ProblemCode,
): ReturnType<typeof refuse> | null {
  if (states.includes(row.state)) return null;
  return refuse({
    status: 409,
    code,
    detail: `${row.prefix} is ${row.state}; this is for a range that is ${states.join(" or ")}.`,
  });
}

function invalid(errors: readonly RefusedField[]): ReturnType<typeof refuse> {
  const detail = "The request is not valid.";
  return refuse({ status: 422, code: "validation_failed", detail, errors });
}

function tooSoon(pointer: string, earliestMs: number): ReturnType<typeof refuse> {
  const hint = new Date(earliestMs).toISOString();
  const detail = `Customers are promised ${NOTICE_DAYS} days, and no time in the past.`;
  return invalid([{ pointer, code: "notice_too_short", detail, hint }]);
}

function noticeRunning(detail: string, untilMs: number): ReturnType<typeof refuse> {
  const until = new Date(untilMs).toISOString();
  return refuse({
    status: 409,
    code: "notice_running",
    detail,
    hint: `Wait until ${until}, or send notice: emergency with a reason.`,
  });
}

function refuseInitial(region: string): ReturnType<typeof refuse> {
  return refuse({
    status: 409,
    code: "initial_too_late",
    detail: `Nodes have been in region ${region}, so that its customers may rely on its addresses.`,
    hint: "notice: scheduled",
  });
}

function step(
  { notice, reason }: Hurry,
  row: Omit<AddressRangeRow, "changedVersion">,
  change: RangeChange,
): Outcome<Step> {
  return succeed({ notice, reason: reason ?? null, rows: [row], changes: [change] });
}

function changeOf(
  row: Pick<AddressRangeRow, "id" | "prefix" | "region" | "services">,
  disposition: RangeChange["disposition"],
  effectiveAtMs: number,
): RangeChange {
  return {
    range_id: row.id,
    disposition,
    prefix: row.prefix,
    region: row.region,
    services: RANGE_SERVICES.filter((service) => row.services.includes(service)),
    effective_at_ms: effectiveAtMs,
  };
}

/** The first midnight (UTC) at or after then. */
function wholeDayFrom(ms: number): number {
  return Math.ceil(ms / DAY_MS) * DAY_MS;
}
