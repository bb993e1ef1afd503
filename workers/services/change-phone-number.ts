import type { PhoneNumberView, UpdatePhoneNumber } from "../../schema/contracts/phone-number.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { guardAgentExists } from "../db/agents.ts";
import {
  findPhoneNumber,
  type PhoneNumberRecord,
  type PhoneNumberRow,
  putInboundTrunk,
  putOutboundTrunk,
  updatePhoneNumber,
} from "../db/phone-numbers.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import type { Statement } from "../db/write-unit.ts";
import { notFound, type Outcome, type RefusedField, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import { refuseFields } from "./import-phone-number.ts";
import {
  canonicalIdentifier,
  dialledForms,
  inboundTrunkRow,
  outboundTrunkRow,
  parsePhoneNumber,
} from "./phone-number-rows.ts";
import { phoneNumberView } from "./phone-number-view.ts";
import { transferFormErrors, unknownAgent } from "./plan-number.ts";
import { refusedPreset } from "./provider-presets.ts";
import {
  inboundTrunkEntry,
  outboundTrunkEntry,
  phoneNumberEntry,
  routingRevision,
} from "./routing-entries.ts";
import {
  type InboundTrunkSettings,
  type OutboundTrunkSettings,
  type Parsed,
  parseInboundTrunk,
  parseOutboundTrunk,
} from "./trunk-settings.ts";
import { type Claim, type ClaimOutcome, commitUnambiguous } from "./unambiguous.ts";

type ChangeDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock">;

export type ChangedPhoneNumber = PhoneNumberView & { readonly routing_revision: number };

const MAX_RACES = 5;
const NO_NUMBER = "There is no such phone number.";

/**
 * Applies what the update names. It is applied to the number as it stands: when another change comes
 * between, it is read and applied again. `onCommitted` is called before the answer is read.
 */
export async function changePhoneNumber(
  deps: ChangeDeps,
  principal: Principal,
  id: string,
  update: UpdatePhoneNumber,
  onCommitted: () => void,
): Promise<Outcome<ChangedPhoneNumber>> {
  const { workspaceId, region } = principal;
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const record = await findPhoneNumber(deps.db, workspaceId, id);
    if (record === null) return notFound(NO_NUMBER);
    const settings = parseUpdate(record, update);
    if (!settings.ok) return refuseFields(settings.errors);
    const plan = await planChange(deps, principal, record, settings.value, update);
    const committed = await commitPlan(deps, principal, plan);
    if (committed.kind === "ambiguous") return refuse(committed.refusal);
    if (committed.kind === "refused") {
      if (committed.guard === "agent_exists") return refuseFields([unknownAgent()]);
      continue;
    }
    onCommitted();
    const changed = await findPhoneNumber(deps.db, workspaceId, id);
    if (changed === null) return notFound(NO_NUMBER);
    const revision = await routingRevision(deps, region, committed.rows);
    return succeed({ ...phoneNumberView(changed), routing_revision: revision });
  }
  throw new ServiceUnavailable(`number ${id} changed ${MAX_RACES} times`, 1);
}

/** By what is dialled and by who may dial it a number can be confused with another, and by nothing else. */
async function commitPlan(
  deps: ChangeDeps,
  { region, workspaceId }: Principal,
  { claim, number, statements }: ChangePlan,
): Promise<ClaimOutcome> {
  if (claim !== null) {
    return commitUnambiguous(deps, { workspaceId, region, number, ...claim }, statements);
  }
  const committed = await commitUnit(deps.writer, statements);
  return committed.ok
    ? { kind: "committed", rows: committed.rows }
    : { kind: "refused", guard: committed.refusedBy };
}

interface UpdateSettings {
  readonly inbound: InboundTrunkSettings | null;
  readonly outbound: OutboundTrunkSettings | null;
  /** Undefined: stays. */
  readonly agentId: string | null | undefined;
}

function parseUpdate(record: PhoneNumberRecord, update: UpdatePhoneNumber): Parsed<UpdateSettings> {
  const inbound =
    update.inbound_trunk_config == null
      ? null
      : parseInboundTrunk(update.inbound_trunk_config, record.inboundTrunk);
  const outbound =
    update.outbound_trunk_config == null
      ? null
      : parseOutboundTrunk(update.outbound_trunk_config, record.outboundTrunk);
  const agentId = update.agent_id == null ? update.agent_id : parseId("agent", update.agent_id);
  const errors: RefusedField[] = [...refusedPreset(update.provider_preset)];
  if (update.agent_id != null && agentId === null) errors.push(unknownAgent());
  if (inbound?.ok === false) errors.push(...inbound.errors);
  if (outbound?.ok === false) errors.push(...outbound.errors);
  if (inbound?.ok === true) {
    const hasOutboundTrunk = outbound !== null || record.outboundTrunk !== null;
    errors.push(...transferFormErrors(inbound.value, hasOutboundTrunk));
  }
  if (errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    value: {
      inbound: inbound?.ok === true ? inbound.value : null,
      outbound: outbound?.ok === true ? outbound.value : null,
      agentId,
    },
  };
}

interface ChangePlan {
  readonly number: PhoneNumberRow;
  /** Null: what it is dialled by and who may dial it stay. */
  readonly claim: Pick<Claim, "forms" | "callers"> | null;
  readonly statements: readonly Statement[];
}

async function planChange(
  deps: ChangeDeps,
  principal: Principal,
  record: PhoneNumberRecord,
  settings: UpdateSettings,
  update: UpdatePhoneNumber,
): Promise<ChangePlan> {
  const before = record.number;
  // Later than the last change even within one millisecond: it is what a racing change is told by.
  const nowMs = Math.max(deps.clock(), before.updatedAtMs + 1);
  const identity = (kind: "inboundTrunk" | "outboundTrunk", trunk: { id: string } | null) => ({
    id: trunk?.id ?? newId(kind),
    workspaceId: principal.workspaceId,
    createdAtMs: before.createdAtMs,
    updatedAtMs: nowMs,
  });
  const inboundRow =
    settings.inbound === null
      ? record.inboundTrunk
      : await inboundTrunkRow(
          deps,
          identity("inboundTrunk", record.inboundTrunk),
          settings.inbound,
        );
  const outboundRow =
    settings.outbound === null
      ? record.outboundTrunk
      : await outboundTrunkRow(
          deps,
          identity("outboundTrunk", record.outboundTrunk),
          settings.outbound,
        );
  const number: PhoneNumberRow = {
    ...before,
    updatedAtMs: nowMs,
    label: update.label ?? before.label,
    agentId: settings.agentId === undefined ? before.agentId : settings.agentId,
    inboundTrunkId: inboundRow?.id ?? null,
    outboundTrunkId: outboundRow?.id ?? null,
    supportsOutbound: settings.outbound === null ? before.supportsOutbound : true,
    storeSipMessages: update.store_sip_messages ?? before.storeSipMessages,
    transferDestinations: update.transfer_destinations ?? before.transferDestinations,
    canonicalIdentifier: canonicalAfter(before, settings.inbound),
    vendorFields: { ...before.vendorFields, ...vendorFields(update) },
  };
  const claim =
    settings.inbound === null
      ? null
      : { forms: dialledForms(number, inboundRow), callers: inboundRow };
  const isTrunkChanged = settings.inbound !== null && inboundRow !== null;
  const isOutboundChanged = settings.outbound !== null && outboundRow !== null;
  const isRouteChanged =
    number.agentId !== before.agentId ||
    number.inboundTrunkId !== before.inboundTrunkId ||
    number.storeSipMessages !== before.storeSipMessages ||
    update.transfer_destinations != null ||
    // Numbers imported before outbound calls existed have routes that do not tell of the trunk.
    isOutboundChanged;
  const trunkEntries = [
    ...(isTrunkChanged ? [await inboundTrunkEntry(deps, principal, inboundRow)] : []),
    ...(isOutboundChanged ? [await outboundTrunkEntry(deps, principal, outboundRow)] : []),
  ];
  const { agentId } = settings;
  return {
    number,
    claim,
    statements: [
      ...(agentId == null ? [] : [guardAgentExists(principal.workspaceId, agentId)]),
      ...(isTrunkChanged ? [putInboundTrunk(inboundRow)] : []),
      ...(isOutboundChanged ? [putOutboundTrunk(outboundRow)] : []),
      ...updatePhoneNumber(number, claim?.forms ?? null, before.updatedAtMs),
      ...trunkEntries.map((entry) => appendRoutingChange(principal.region, entry, nowMs)),
      ...(isRouteChanged
        ? [appendRoutingChange(principal.region, phoneNumberEntry(number), nowMs)]
        : []),
    ],
  };
}

function canonicalAfter(before: PhoneNumberRow, inbound: InboundTrunkSettings | null): string {
  const identifier = parsePhoneNumber(before.calledIdentifier);
  if (inbound === null || typeof identifier === "object") return before.canonicalIdentifier;
  return canonicalIdentifier(identifier, inbound);
}

function vendorFields(update: UpdatePhoneNumber): Record<string, string> {
  const { branch_id, environment, livekit_stack, provider_preset } = update;
  return {
    ...(branch_id == null ? {} : { branch_id }),
    ...(environment == null ? {} : { environment }),
    ...(livekit_stack == null ? {} : { livekit_stack }),
    ...(provider_preset == null ? {} : { provider_preset }),
  };
}
