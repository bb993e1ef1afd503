import {
  type TrunkTestLine,
  type TrunkTestQuestion,
  type TrunkTestRequest,
  type TrunkTestStage,
  type TrunkTestView,
  trunkTestStageSchema,
} from "../../schema/contracts/trunk-test.ts";
import { newId } from "../../schema/values/ids.ts";
import { PROVIDER_PRESETS } from "../../schema/values/provider-presets.ts";
import { TRUNK_TEST_STAGES } from "../../schema/values/trunk-test-stages.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { missingScope } from "../auth/scopes.ts";
import { findPhoneNumber, type OutboundTrunkRow } from "../db/phone-numbers.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { TrunklineError } from "../errors/trunkline-error.ts";
import type { TrunkTestRun } from "../hub/trunk-tests.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { refuseFields } from "./import-phone-number.ts";
import { NoNodeAnswers } from "./no-node-answers.ts";
import { outboundTrunkRow } from "./phone-number-rows.ts";
import { outboundTrunkEntry } from "./routing-entries.ts";
import { parseOutboundTrunk } from "./trunk-settings.ts";

type TestDeps = Pick<AppDeps, "db" | "secrets" | "clock">;

/** The nodes of the region are ready, and older than the question. */
class TrunkTestNotSupported extends TrunklineError {
  readonly code = "trunk_test_not_supported";
  readonly publicMessage = "No media node of the region can test trunks yet.";
  readonly hint = "The operator has to bring the nodes of the region to a newer version.";
  readonly retryAfterSecs = 300;
}

const TOO_MANY: Refusal = {
  status: 429,
  code: "too_many_trunk_tests",
  detail: "Two tests of a workspace run at the same time, and ten begin in a minute.",
  hint: "Wait for those that run.",
  headers: { "retry-after": "10" },
};
const DEFAULT_CALLER = "trunk-test";

/** A test that has begun. */
export interface StartedTest {
  readonly start: Extract<TrunkTestLine, { type: "start" }>;
  /** Every stage, and `null` when the node has told all. */
  readonly stages: AsyncIterable<TrunkTestStage | null>;
}

/**
 * Has a node of the trunk's region test it.
 * @throws NoNodeAnswers, TrunkTestNotSupported
 */
export async function startTrunkTest(
  deps: TestDeps,
  principal: Principal,
  request: TrunkTestRequest,
  ask: (region: string, question: TrunkTestQuestion) => Promise<TrunkTestRun>,
): Promise<Outcome<StartedTest>> {
  // It rings somebody, which may cost money.
  const forbidden = request.invite === undefined ? null : missingScope(principal, "calls:create");
  if (forbidden !== null) return refuse(forbidden);
  const found = await trunkOf(deps, principal, request);
  if (!found.ok) return found;
  const { caller, region, row } = found.value;
  const entry = await outboundTrunkEntry(deps, { ...principal, region }, row);
  if (entry.kind !== "outbound_trunk" || entry.value === null) throw new TypeError("not a trunk");
  const run = await ask(region, {
    workspaceId: principal.workspaceId,
    trunk: entry.value,
    peerSide: peerSideOf(row.address),
    caller: request.caller ?? caller,
    called: request.invite?.to ?? null,
  });
  if (run.kind === "running") {
    const start = {
      type: "start",
      trunk_test_id: run.testId,
      region,
      node_id: run.nodeId,
    } as const;
    return succeed({ start, stages: readStages(run.stages) });
  }
  switch (run.failure) {
    case "too_many":
      return refuse(TOO_MANY);
    case "not_supported":
      throw new TrunkTestNotSupported(`trunk test in ${region}`);
    case "no_node":
      throw new NoNodeAnswers(`trunk test in ${region}`);
    default:
      return run.failure satisfies never;
  }
}

/** A carrier's where its name says so; any other SIP server is taken for the customer's own. */
function peerSideOf(address: string): TrunkTestQuestion["peerSide"] {
  const isCarrier = PROVIDER_PRESETS.some(
    ({ kind, outbound }) =>
      kind === "static" &&
      (outbound?.domains ?? []).some((name) => address === name || address.endsWith(`.${name}`)),
  );
  return isCarrier ? "carrier" : "pbx";
}

interface FoundTrunk {
  readonly row: OutboundTrunkRow;
  readonly region: string;
  /** The number that its calls come from. */
  readonly caller: string;
}

async function trunkOf(
  deps: TestDeps,
  { region, workspaceId }: Principal,
  { phone_number_id: numberId, outbound_trunk_config: config }: TrunkTestRequest,
): Promise<Outcome<FoundTrunk>> {
  if (config !== undefined) {
    const parsed = parseOutboundTrunk(config, null);
    if (!parsed.ok) return refuseFields(parsed.errors);
    const nowMs = deps.clock();
    const identity = { id: newId("outboundTrunk"), createdAtMs: nowMs, updatedAtMs: nowMs };
    // Of no table: its password is sealed for the node, and forgotten with the test.
    const row = await outboundTrunkRow(deps, { ...identity, workspaceId }, parsed.value);
    return succeed({ row, region, caller: DEFAULT_CALLER });
  }
  const record = await findPhoneNumber(deps.db, workspaceId, numberId ?? "");
  if (record === null) return notFound("There is no such phone number.");
  const { number, outboundTrunk: row } = record;
  if (row === null) {
    const detail = "The number has no outbound trunk to test.";
    const hint = "Give `outbound_trunk_config` instead, or store one for the number.";
    return refuseFields([{ pointer: "/phone_number_id", code: "no_outbound_trunk", detail, hint }]);
  }
  return succeed({ row, region: number.region, caller: number.calledIdentifier });
}

async function* readStages(
  bytes: ReadableStream<Uint8Array>,
): AsyncGenerator<TrunkTestStage | null, void> {
  const decoder = new TextDecoder();
  let pending = "";
  const reader = bytes.getReader();
  try {
    for (;;) {
      // A hub that is gone ends it like one that has been told nothing more.
      const read = await reader.read().catch(() => null);
      if (read === null || read.done) return;
      const lines = (pending + decoder.decode(read.value, { stream: true })).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) yield trunkTestStageSchema.nullable().parse(JSON.parse(line));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** The lines of the stream, as they come. */
export async function* trunkTestLines({
  start,
  stages,
}: StartedTest): AsyncGenerator<TrunkTestLine, void> {
  yield start;
  const told: TrunkTestStage[] = [];
  let isComplete = false;
  for await (const stage of stages) {
    if (stage === null) isComplete = true;
    else {
      told.push(stage);
      yield { type: "stage", ...stage };
    }
  }
  yield { type: "end", ...verdictOf(told, isComplete) };
}

/** The whole of it, when it is over; kept for who asks again with the same key. */
export async function finishTrunkTest(
  deps: Pick<AppDeps, "writer">,
  started: StartedTest,
  keep: KeepAnswer,
): Promise<TrunkTestView> {
  const stages: TrunkTestStage[] = [];
  let isComplete = false;
  for await (const stage of started.stages) {
    if (stage === null) isComplete = true;
    else stages.push(stage);
  }
  const { type: _type, ...run } = started.start;
  const view = { ...run, ...verdictOf(stages, isComplete), stages };
  const kept = await keep(view, null);
  if (kept.length > 0) await commitUnit(deps.writer, kept);
  return view;
}

/** The same as a stream would have told. */
export function linesOf({ stages, ...rest }: TrunkTestView): TrunkTestLine[] {
  const { trunk_test_id, region, node_id, verdict, failed_stage } = rest;
  return [
    { type: "start", trunk_test_id, region, node_id },
    ...stages.map((stage) => ({ type: "stage" as const, ...stage })),
    { type: "end", verdict, failed_stage },
  ];
}

function verdictOf(
  stages: readonly TrunkTestStage[],
  isComplete: boolean,
): Pick<TrunkTestView, "verdict" | "failed_stage"> {
  const failed = stages.find(({ status }) => status === "failed");
  if (failed !== undefined) return { verdict: "failed", failed_stage: failed.stage };
  const isWhole = isComplete && stages.length === TRUNK_TEST_STAGES.length;
  return { verdict: isWhole ? "passed" : "incomplete", failed_stage: null };
}
