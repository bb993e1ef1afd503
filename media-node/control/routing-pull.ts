import type { KeyObject } from "node:crypto";
import {
  type RoutingChange,
  type RoutingChanges,
  type RoutingGone,
  routingChangesSchema,
  routingGoneSchema,
} from "../../schema/contracts/routing.ts";
import { applyPage, buildTable, checkLoss } from "../routing/apply.ts";
import { type HighWaterMark, isOlder } from "../routing/high-water.ts";
import { rowKey } from "../routing/row.ts";
import type { RoutingTable } from "../routing/table.ts";
import { type ControlPlaneClient, readAnswer, refusedAnswer } from "./http-client.ts";
import { fetchSnapshot } from "./snapshot.ts";

/** An update that the node does not take. It keeps the table that it has. */
class RoutingRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "RoutingRefused";
    this.code = code;
  }
}

export interface PullDeps {
  readonly client: ControlPlaneClient;
  readonly region: string;
  readonly snapshotKey: KeyObject;
  readonly signal: AbortSignal;
}

type Answer =
  | { readonly kind: "changes"; readonly update: RoutingChanges }
  | { readonly kind: "gone"; readonly gone: RoutingGone };

/**
 * One question for the changes after a version; (0, 0) asks for the snapshot, because epochs begin at 1.
 * @throws ControlPlaneFault
 */
export async function askForChanges(deps: PullDeps, from: HighWaterMark): Promise<Answer> {
  const response = await deps.client.send({
    method: "GET",
    path: `/v1/nodes/routing?epoch=${from.epoch}&since=${from.version}`,
    signal: deps.signal,
  });
  if (response.status === 200) {
    return { kind: "changes", update: readAnswer(response, routingChangesSchema) };
  }
  if (response.status === 410)
    return { kind: "gone", gone: readAnswer(response, routingGoneSchema) };
  throw refusedAnswer("routing changes", response);
}

/** Pages asked for in one round, so that a control plane that always has more cannot hold the loop. */
const MAX_PAGES = 10_000;

export type PullResult = "unchanged" | "changed" | RoutingGone;

/**
 * Brings the table up to the control plane's head, or tells that only a snapshot helps.
 * @throws RoutingRefused, ControlPlaneFault; the table then has every page before the one that failed
 */
export async function pullChanges(table: RoutingTable, deps: PullDeps): Promise<PullResult> {
  let result: "unchanged" | "changed" = "unchanged";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await askForChanges(deps, table);
    if (answer.kind === "gone") return answer.gone;
    const applied = await applyPage(table, answer.update);
    if (!applied.ok) throw new RoutingRefused(applied.code, applied.detail);
    if (applied.changed) result = "changed";
    if (!answer.update.more) return result;
  }
  throw new RoutingRefused("too_many_pages", "the control plane always has more changes");
}

/** What the candidate must not fall behind or lose from. */
export interface Replaced {
  readonly table: RoutingTable | null;
  readonly highWater: HighWaterMark | null;
  /** An operator has accepted whatever comes: neither age nor loss is checked. */
  readonly isAccepted: boolean;
}

/**
 * A whole new table: the snapshot, and the changes after it. Nothing is replaced here.
 * @throws RoutingRefused, SnapshotFault, ControlPlaneFault
 */
export async function pullSnapshot(
  gone: RoutingGone,
  replaced: Replaced,
  deps: PullDeps,
): Promise<RoutingTable> {
  const { head, rows } = await fetchSnapshot(deps.client, gone.snapshotUrl, {
    key: deps.snapshotKey,
    region: deps.region,
    signal: deps.signal,
  });
  const built = await buildTable(head, rows);
  if (!built.ok) throw new RoutingRefused(built.code, built.detail);
  const candidate = built.table;
  const removed = await catchUp(candidate, deps);
  if (replaced.isAccepted) return candidate;
  for (const newest of [replaced.highWater, replaced.table]) {
    if (newest !== null && isOlder(candidate, newest)) {
      throw new RoutingRefused(
        "older_than_high_water",
        `offered ${candidate.epoch}.${candidate.version}, had ${newest.epoch}.${newest.version}`,
      );
    }
  }
  const loss = await checkLoss(replaced.table, candidate, head.expectedRemovals, removed);
  if (!loss.ok) throw new RoutingRefused(loss.code, loss.detail);
  return candidate;
}

/** Applies what came after the snapshot; gives the keys of the rows that it removed by name. */
async function catchUp(candidate: RoutingTable, deps: PullDeps): Promise<Set<string>> {
  const removed = new Set<string>();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await askForChanges(deps, candidate);
    if (answer.kind === "gone") {
      throw new RoutingRefused(
        "snapshot_superseded",
        "the snapshot is too old for the changes after it",
      );
    }
    const applied = await applyPage(candidate, answer.update);
    if (!applied.ok) throw new RoutingRefused(applied.code, applied.detail);
    noteRemovals(removed, answer.update.changes);
    if (!answer.update.more) return removed;
  }
  throw new RoutingRefused("too_many_pages", "the control plane always has more changes");
}

function noteRemovals(removed: Set<string>, changes: readonly RoutingChange[]): void {
  for (const change of changes) {
    if (change.value === null) removed.add(rowKey(change));
    else removed.delete(rowKey(change));
  }
}
