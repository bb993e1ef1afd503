import type { CreatePhoneNumber } from "../../schema/contracts/phone-number.ts";
import { inboundTrunkConfigSchema } from "../../schema/contracts/phone-number.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { guardAgentExists } from "../db/agents.ts";
import {
  insertPhoneNumber,
  type PhoneNumberRow,
  putInboundTrunk,
  putOutboundTrunk,
} from "../db/phone-numbers.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { type Outcome, type RefusedField, refuse, succeed } from "../errors/refusal.ts";
import type { KeepAnswer } from "./create-once.ts";
import {
  canonicalIdentifier,
  dialledForms,
  inboundTrunkRow,
  outboundTrunkRow,
  parsePhoneNumber,
} from "./phone-number-rows.ts";
import {
  inboundTrunkEntry,
  outboundTrunkEntry,
  phoneNumberEntry,
  routingRevision,
} from "./routing-entries.ts";
import {
  type InboundTrunkSettings,
  parseInboundTrunk,
  parseOutboundTrunk,
} from "./trunk-settings.ts";
import { commitUnambiguous } from "./unambiguous.ts";

type ImportDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock">;

export interface ImportedPhoneNumber {
  readonly phone_number_id: string;
  readonly routing_revision: number;
}

/**
 * Imports a number with its trunks. Without an inbound configuration it gets an open inbound trunk, so
 * that it answers calls at once.
 */
export async function importPhoneNumber(
  deps: ImportDeps,
  principal: Principal,
  input: CreatePhoneNumber,
  keep: KeepAnswer,
): Promise<Outcome<ImportedPhoneNumber>> {
  const { workspaceId, region } = principal;
  const identifier = parsePhoneNumber(input.phone_number);
  const inbound = parseInboundTrunk(
    input.inbound_trunk_config ?? inboundTrunkConfigSchema.parse({}),
    null,
  );
  const outbound =
    input.outbound_trunk_config == null
      ? null
      : parseOutboundTrunk(input.outbound_trunk_config, null);
  const agentId = input.agent_id == null ? null : parseId("agent", input.agent_id);
  const errors = [
    ...(typeof identifier === "object" ? [identifier] : []),
    ...(inbound.ok ? [] : inbound.errors),
    ...(outbound === null || outbound.ok ? [] : outbound.errors),
    ...(input.agent_id != null && agentId === null ? [unknownAgent()] : []),
    ...(inbound.ok ? transferFormErrors(inbound.value, outbound !== null) : []),
  ];
  const isWrong = typeof identifier === "object" || !inbound.ok || outbound?.ok === false;
  if (isWrong || errors.length > 0) return refuseFields(errors);

  const nowMs = deps.clock();
  const owned = { workspaceId, createdAtMs: nowMs, updatedAtMs: nowMs };
  const inboundRow = await inboundTrunkRow(
    deps,
    { id: newId("inboundTrunk"), ...owned },
    inbound.value,
  );
  const outboundRow =
    outbound === null
      ? null
      : await outboundTrunkRow(deps, { id: newId("outboundTrunk"), ...owned }, outbound.value);
  const number: PhoneNumberRow = {
    id: newId("phoneNumber"),
    ...owned,
    region,
    calledIdentifier: identifier,
    canonicalIdentifier: canonicalIdentifier(identifier, inbound.value),
    label: input.label,
    agentId,
    inboundTrunkId: inboundRow.id,
    outboundTrunkId: outboundRow?.id ?? null,
    supportsInbound: input.supports_inbound,
    supportsOutbound: input.supports_outbound && outboundRow !== null,
    storeSipMessages: true,
    transferDestinations: input.transfer_destinations ?? [],
    vendorFields: {},
  };
  const forms = dialledForms(number, inboundRow);
  const trunkEntries = [
    await inboundTrunkEntry(deps, principal, inboundRow),
    ...(outboundRow === null ? [] : [await outboundTrunkEntry(deps, principal, outboundRow)]),
  ];
  const committed = await commitUnambiguous(
    deps,
    { workspaceId, region, number, forms, callers: inboundRow },
    [
      ...(agentId === null ? [] : [guardAgentExists(workspaceId, agentId)]),
      putInboundTrunk(inboundRow),
      ...(outboundRow === null ? [] : [putOutboundTrunk(outboundRow)]),
      ...insertPhoneNumber(number, forms),
      ...trunkEntries.map((entry) => appendRoutingChange(region, entry, nowMs)),
      appendRoutingChange(region, phoneNumberEntry(number), nowMs),
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

export function unknownAgent(): RefusedField {
  return { pointer: "/agent_id", code: "agent_not_found", detail: "There is no such agent." };
}

/** A SIP URI needs a host, which only the number's outbound trunk has. */
export function transferFormErrors(
  { phoneTransferForm }: InboundTrunkSettings,
  hasOutboundTrunk: boolean,
): readonly RefusedField[] {
  if (phoneTransferForm === "tel" || hasOutboundTrunk) return [];
  return [
    {
      pointer: "/inbound_trunk_config/phone_transfer_form",
      code: "outbound_trunk_missing",
      detail: "The SIP URIs would be at the number's outbound trunk, and it has none.",
      hint: "tel",
    },
  ];
}

export function refuseFields(errors: readonly RefusedField[]) {
  const detail = "The request is not valid.";
  return refuse({ status: 422, code: "validation_failed", detail, errors });
}
