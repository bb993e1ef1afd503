import {
  type Limits,
  MAX_USAGE_DAYS,
  type Usage,
  type UsageQuery,
  type WorkspaceView,
} from "../../schema/contracts/usage.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { Quota } from "../auth/request-quota.ts";
import { countLiveCalls, readUsage } from "../db/usage.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const NO_WORKSPACE = "There is no such workspace.";

/** Calls of the workspace by day. */
export async function readWorkspaceUsage(
  deps: Pick<AppDeps, "db" | "clock">,
  { workspaceId }: Principal,
  query: UsageQuery,
): Promise<Outcome<Usage>> {
  const to = query.to ?? dayOf(deps.clock());
  const from = query.from ?? dayOf(Date.parse(to) - (DEFAULT_DAYS - 1) * DAY_MS);
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to) + DAY_MS];
  if (fromMs >= toMs || toMs - fromMs > MAX_USAGE_DAYS * DAY_MS) {
    return refuse({
      status: 422,
      code: "validation_failed",
      detail: "The request is not valid.",
      errors: [
        {
          location: "query",
          pointer: "/from",
          code: "out_of_range",
          detail: `It must be before \`to\`, and ${MAX_USAGE_DAYS} days at most.`,
          hint: dayOf(Date.parse(to) - (DEFAULT_DAYS - 1) * DAY_MS),
        },
      ],
    });
  }
  const rows = await readUsage(deps.db, workspaceId, fromMs, toMs);
  const data = rows.map(({ answered, calls, date, direction, durationMs, tests }) => ({
    date,
    direction,
    calls,
    answered_calls: answered,
    call_secs: Math.round(durationMs / 1000),
    test_calls: tests,
  }));
  const sum = (of: "calls" | "answered_calls" | "call_secs" | "test_calls") =>
    data.reduce((total, row) => total + row[of], 0);
  const total = {
    calls: sum("calls"),
    answered_calls: sum("answered_calls"),
    call_secs: sum("call_secs"),
    test_calls: sum("test_calls"),
  };
  return succeed({ from, to, data, total });
}

export async function readLimits(
  deps: Pick<AppDeps, "db" | "config">,
  { workspaceId }: Principal,
  quota: Quota | null,
): Promise<Outcome<Limits>> {
  const [workspace, activeCalls] = await Promise.all([
    findWorkspace(deps.db, workspaceId),
    countLiveCalls(deps.db, workspaceId),
  ]);
  if (workspace === null) return notFound(NO_WORKSPACE);
  const { limit, windowSecs } = deps.config.requestQuota;
  return succeed({
    concurrency_limit: workspace.concurrencyLimit,
    active_calls: activeCalls,
    calls_per_second: deps.config.callsPerSecondOfKey,
    requests: {
      limit,
      window_secs: windowSecs,
      remaining: quota?.remaining ?? null,
      reset_secs: quota?.resetSecs ?? null,
    },
  });
}

/** The key's own workspace; every other is not there. */
export async function readWorkspace(
  deps: Pick<AppDeps, "db" | "config">,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<WorkspaceView>> {
  const row = id === workspaceId ? await findWorkspace(deps.db, id) : null;
  if (row === null) return notFound(NO_WORKSPACE);
  return succeed({
    workspace_id: row.id,
    name: row.name,
    host_label: row.hostLabel,
    region: row.region,
    sip_host: `${row.hostLabel}.${deps.config.sipDomain}`,
    concurrency_limit: row.concurrencyLimit,
    operates_nodes: row.operatesNodes,
    created_at: new Date(row.createdAtMs).toISOString(),
  });
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
