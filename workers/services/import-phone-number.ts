import type { CreatePhoneNumber } from "../../schema/contracts/phone-number.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { guardAgentExists } from "../db/agents.ts";
import { insertPhoneNumber, putInboundTrunk, putOutboundTrunk } from "../db/phone-numbers.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { type Outcome, type RefusedField, refuse, succeed } from "../errors/refusal.ts";
import type { KeepAnswer } from "./create-once.ts";
import { planNumber, unknownAgent } from "./plan-number.ts";
import { routingRevision } from "./routing-entries.ts";
import { commitUnambiguous } from "./unambiguous.ts";

type ImportDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock">;

export interface ImportedPhoneNumber {
  readonly phone_number_id: string;
  readonly routing_revision: number;
}

/** Imports a number with its trunks. */
export async function importPhoneNumber(
  deps: ImportDeps,
  principal: Principal,
  input: CreatePhoneNumber,
  keep: KeepAnswer,
): Promise<Outcome<ImportedPhoneNumber>> {
  const { workspaceId, region } = principal;
  const nowMs = deps.clock();
  const planned = await planNumber(deps, principal, input, nowMs);
  if (!planned.ok) return refuseFields(planned.errors);
  const { entries, forms, inboundTrunk, number, outboundTrunk } = planned.value;
  const { agentId } = number;
  const committed = await commitUnambiguous(
    deps,
    { workspaceId, region, number, forms, callers: inboundTrunk },
    [
      ...(agentId === null ? [] : [guardAgentExists(workspaceId, agentId)]),
      putInboundTrunk(inboundTrunk),
      ...(outboundTrunk === null ? [] : [putOutboundTrunk(outboundTrunk)]),
      ...insertPhoneNumber(number, forms),
      ...entries.map((entry) => appendRoutingChange(region, entry, nowMs)),
      ...(await keep({ phone_number_id: number.id }, region)),
    ],
  );
  if (committed.kind === "ambiguous") return refuse(committed.refusal);
  if (committed.kind === "refused") return refuseFields([unknownAgent()]);
  return succeed({
    phone_number_id: number.id,
    routing_revision: await routingRevision(deps, region, committed.rows),
  });
}

export function refuseFields(errors: readonly RefusedField[]) {
  const detail = "The request is not valid.";
  return refuse({ status: 422, code: "validation_failed", detail, errors });
}
